"""A figure and how sure it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its interval, of 95 % where nothing else is said.

    There are no ends if nothing tells how far the figure would move.
    """

    value: float
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        assert (self.lower is None) == (self.upper is None)

    def lies_above(self, bound: float) -> bool:
        """Whether the whole interval does, which needs one."""
        return self.lower is not None and self.lower > bound

    def lies_below(self, bound: float) -> bool:
        """Whether the whole interval does, which needs one."""
        return self.upper is not None and self.upper < bound

    def cells(self, column: str = "") -> dict[str, float]:
        """Cells of a row: `value`, `lower`, `upper`; with a `column`: that column, `…_lower`,
        `…_upper`. Ends that are not there have no cell."""
        found = {column or "value": self.value}
        if self.lower is not None and self.upper is not None:
            before = f"{column}_" if column else ""
            found |= {f"{before}lower": self.lower, f"{before}upper": self.upper}
        return found
