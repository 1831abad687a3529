"""Figures that are known without each block of sentences, too, as cells of tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from ticketscope.measures.bounds import BOUNDS, Bounds
from ticketscope.measures.resampling import jackknife


@dataclass(frozen=True)
class Figure:
    """A figure of a measure.

    Args:
        value: of all sentences.
        left_out: without each of the blocks; empty where that is not known.
    """

    value: float
    left_out: Sequence[float] = ()

    def __sub__(self, other: "Figure") -> "Figure":
        """The difference, the same blocks left out of both."""
        value = self.value - other.value
        if not (self.left_out and other.left_out):
            return Figure(value)
        pairs = zip(self.left_out, other.left_out, strict=True)
        return Figure(value, [ours - theirs for ours, theirs in pairs])

    def cells(self, bounds: Bounds | None, column: str = "") -> dict[str, float]:
        """The cells of the value and of its interval, where there are blocks to leave out."""
        if not self.left_out:
            return {column or "value": self.value}
        return jackknife(self.value, self.left_out, bounds).cells(column)


def beside_control(figure: Figure, control: Figure | None, measure: str) -> dict[str, float]:
    """The cells of a figure of a measure, and of its difference to the control's."""
    bounds = BOUNDS[measure]
    cells = figure.cells(bounds)
    if control is not None:
        cells |= (figure - control).cells(bounds.of_differences, "difference_control")
    return cells
