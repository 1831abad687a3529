"""Measures that cannot leave a range, and their intervals, which must not leave it either.

An interval that is symmetric around its value can reach beyond what the measure can be, such as a
similarity of 1. It is cut there. That costs no coverage, since the truth lies in the range; and an
end that stands at the bound says that the bound itself is not left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest that a measure can be."""

    lowest: float
    highest: float

    def __post_init__(self) -> None:
        assert self.lowest < self.highest

    @property
    def of_differences(self) -> "Bounds":
        """Those of the difference of two figures of the measure."""
        reach = self.highest - self.lowest
        return Bounds(-reach, reach)

    def cut(self, lower: float, value: float, upper: float) -> tuple[float, float]:
        """The ends of an interval around `value`, within the range.

        A value that rounding puts a little outside stays inside its interval.
        """
        return min(value, max(lower, self.lowest)), max(value, min(upper, self.highest))


SHARE: Final = Bounds(0.0, 1.0)
CORRELATION: Final = Bounds(-1.0, 1.0)
BOUNDS: Final[Mapping[str, Bounds]] = {
    **dict.fromkeys(("maxcorr", "maxlinreg", "svcca", "pwcca", "cka"), SHARE),
    # An inner product over two norms, of matrices that debiasing leaves below 0 (Song et al. 2012).
    "cka_debiased": CORRELATION,
    **dict.fromkeys(("pearson", "pearson_assigned"), CORRELATION),
    **dict.fromkeys(("jensen_shannon", "matched"), SHARE),
}
"""Of every measure of similarity, by its name in similarity.csv and attention.csv."""
