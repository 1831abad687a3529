"""What a rule says: which figure of which table, for which networks, and the bound that it must
keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from ticketscope.config.kinds import FewOrZero, Section
from ticketscope.controls import control_character, printable
from ticketscope.measures.estimate import Estimate

Reference = Literal["base", "dense", "control"]
Side = Literal["at_least", "at_most"]
Scalar = str | int | float
Selection = Mapping[str, tuple[Scalar, ...]]
"""Which values the cells of some columns may have; "" is an empty cell."""
_BESIDE = {"arm": "networks", "level": "levels"}
"""Columns that name networks, with the settings that select these."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure must not go beyond. The bound itself is on the right side."""

    side: Side
    value: float

    def keeps(self, value: float) -> bool:
        """Whether one value is on the right side."""
        return value >= self.value if self.side == "at_least" else value <= self.value

    def has_within(self, figure: Estimate) -> bool:
        """Whether the whole interval is on the right side; without one, the figure itself."""
        return all(map(self.keeps, _ends(figure)))

    def has_beyond(self, figure: Estimate) -> bool:
        """Whether the whole interval is on the wrong side; without one, the figure itself."""
        return not any(map(self.keeps, _ends(figure)))


def _ends(figure: Estimate) -> tuple[float, float]:
    if figure.lower is None or figure.upper is None:
        return figure.value, figure.value
    return figure.lower, figure.upper


class GateRule(Section):
    """A bound that a figure of the chosen networks must keep."""

    table: str
    """A table of the run, as docs/run-directory.md names it, without ending."""
    figure: str = "value"
    """The column that is judged; its interval is in the columns `…_lower` and `…_upper`."""
    where: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)
    """Which rows, by columns; "" is an empty cell, and a list allows several values."""
    each: bool = False
    """Whether each of several rows must keep the bound; else there must be one row per network."""
    difference_to: Reference | None = None
    ratio_to: Reference | None = None
    """Not the figure itself is judged, but how it compares with that of another network: `base` or
    `dense`, which all others are made from, or the `control`."""
    reference_where: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)
    """Columns in which the row of the other network differs from that of the network."""
    at_least: float | None = None
    at_most: float | None = None
    networks: tuple[str, ...] = ()
    """For which arms or variants; empty: as the file says at its top."""
    levels: tuple[FewOrZero, ...] = ()
    """For which levels of them; empty: likewise."""

    @field_validator("where", "reference_where", mode="before")
    @classmethod
    def _one_or_several(cls, found: Any) -> Any:
        if not isinstance(found, dict):
            raise ValueError('give columns with their values, such as { metric = "bleu" }')
        several = {
            column: tuple(value) if isinstance(value, list | tuple) else (value,)
            for column, value in found.items()
        }
        for column, values in several.items():
            if not values:
                raise ValueError(
                    f"{column}: the list is empty, so that no row is left; take it out"
                )
            if any(isinstance(v, bool) or not isinstance(v, get_args(Scalar)) for v in values):
                raise ValueError(f"{column}: give a text, a number, or a list of such")
            for value in values:
                if isinstance(value, str) and (control := control_character(value)):
                    raise ValueError(
                        f"{column}: {printable(value)} holds a control character, {control}"
                    )
            if column in _BESIDE:
                raise ValueError(f"{column}: select networks by {_BESIDE[column]} = […]")
            if column == "replicate":
                raise ValueError("replicate: all replicates are judged together; take it out")
        return several

    @model_validator(mode="after")
    def _one_bound_and_one_comparison(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give one of at_least and at_most; two bounds are two rules")
        if self.difference_to and self.ratio_to:
            raise ValueError("give one of difference_to and ratio_to, or neither")
        if self.reference_where and not (self.difference_to or self.ratio_to):
            raise ValueError("reference_where is of use with difference_to or ratio_to alone")
        if any(len(values) > 1 for values in self.reference_where.values()):
            raise ValueError("reference_where: give one value per column")
        return self

    @property
    def bound(self) -> Bound:
        """What the figure must keep."""
        if self.at_least is not None:
            return Bound("at_least", self.at_least)
        assert self.at_most is not None
        return Bound("at_most", self.at_most)

    @property
    def reference(self) -> Reference | None:
        """What the figure is compared with; None: nothing."""
        return self.difference_to or self.ratio_to


class GateRules(Section):
    """The rules of a gate by name, and for which networks they are where they do not say it.

    Without names of networks these are all that are under study: of a dissection its variants, of
    a lottery the arms that are no controls. Without levels it is each of them.
    """

    networks: tuple[str, ...] = ()
    levels: tuple[FewOrZero, ...] = ()
    rules: Annotated[dict[str, GateRule], Field(min_length=1)]

    @field_validator("rules")
    @classmethod
    def _names_to_be_shown(cls, rules: dict[str, GateRule]) -> dict[str, GateRule]:
        for name in rules:
            if not name.strip() or control_character(name):
                raise ValueError(f"{printable(name)!r} is no name for a rule: give a plain text")
        return rules
