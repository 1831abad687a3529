"""Kinds of settings, and what every section of an experiment has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ticketscope.controls import control_character, printable

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
OpenFraction = Annotated[float, Field(gt=0.0, lt=1.0)]
# Counts have upper bounds far above what any run needs, so that a slip of the finger is a line, not
# a machine that hangs.
Few = Annotated[int, Field(ge=1, le=1_000)]
"""Of things that each take a process, a training, a layer or a pass over the data."""
FewOrZero = Annotated[int, Field(ge=0, le=1_000)]
Size = Annotated[int, Field(ge=1, le=1_000_000)]
"""Of things that lie in memory all at once: widths, rows, sentences that are not streamed."""
Positions = Annotated[int, Field(ge=2, le=65_536)]
"""Of a network: one for the end of sentence, and as many more as a table in memory may have."""
SizeOrZero = Annotated[int, Field(ge=0, le=1_000_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""Of things that are met one after the other: pairs, updates."""
CountOrZero = Annotated[int, Field(ge=0, le=1_000_000_000)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]


class Section(BaseModel):
    """A frozen group of settings; unknown keys and wrong types are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _without_controls(cls, value: Any) -> Any:
        """Names and paths become parts of tables and lines."""
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and (found := control_character(text)):
                raise ValueError(f"{printable(text)} holds a control character, {found}: remove it")
        return value
