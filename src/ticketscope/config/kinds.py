"""Kinds of settings and of sections: which values they take, and what a change of them costs."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ticketscope.controls import control_character, printable

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
OpenFraction = Annotated[float, Field(gt=0.0, lt=1.0)]
# Counts have upper bounds far above what any run needs, so that a slip of the finger is a line, not
# a machine that hangs.
Few = Annotated[int, Field(ge=1, le=1_000)]
"""For things of which each takes a process, a training, a layer or a pass over the data."""
FewOrZero = Annotated[int, Field(ge=0, le=1_000)]
Size = Annotated[int, Field(ge=1, le=1_000_000)]
"""For things that lie in memory all at once: widths, rows, sentences that are not streamed."""
Positions = Annotated[int, Field(ge=2, le=65_536)]
"""Of a network: one for the end of sentence, and as many more as a table in memory may have."""
SizeOrZero = Annotated[int, Field(ge=0, le=1_000_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""For things that come one after the other: pairs, updates."""
CountOrZero = Annotated[int, Field(ge=0, le=1_000_000_000)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Factor = Annotated[float, Field(gt=1.0, le=1_000.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]


States = Literal["normed", "raw"]
"""Which states of a pre-norm network's layers are measured: as the layer above reads them, through
its layer norm, or as they are. A post-norm network's are normalised by the network."""


class LeftOut(Enum):
    """Marks a setting that is part of no digest, and says why it need not be."""

    FREE = auto()
    """It says how many there are, and none changes the bytes of another: a run may be extended."""
    BY_CONTENT = auto()
    """It chooses what is measured: the digest of what that holds is part of the identity."""
    OF_TABLES = auto()
    """Only the table needs it, and tables are written anew every time."""


FREE, BY_CONTENT, OF_TABLES = LeftOut.FREE, LeftOut.BY_CONTENT, LeftOut.OF_TABLES


@dataclass(frozen=True)
class Later:
    """Marks a setting that came later: while it has the value that runs from before were made with,
    it is left out, so that these keep their digest."""

    value: Any


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


class TrainingSection(Section):
    """One that makes the tickets: all of these share one digest."""


class AnalysisSection(Section):
    """One that an analysis step has for its own: a change has that step done again."""
