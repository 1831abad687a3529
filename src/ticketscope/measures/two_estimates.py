"""The difference and the ratio of two figures that have intervals of 95 %."""

from math import inf, sqrt
from typing import Final

from ticketscope.measures.estimate import Estimate

_NORMAL: Final = 1.959964
"""97.5 % quantile of the normal distribution."""


def difference_of(first: Estimate, second: Estimate) -> Estimate:
    """`first` less `second` with its 95 % interval, as of independent figures.

    Each end joins the near halves of both intervals, squared (Zou and Donner 2008, MOVER). Figures
    of the same sentences mostly go up and down together: then it is wider than it need be. Without
    ends where neither figure has any.
    """
    value = first.value - second.value
    if first.lower is None and second.lower is None:
        return Estimate(value)
    (low, high), (other_low, other_high) = _ends(first), _ends(second)
    return Estimate(
        value,
        value - sqrt((first.value - low) ** 2 + (other_high - second.value) ** 2),
        value + sqrt((high - first.value) ** 2 + (second.value - other_low) ** 2),
    )


def ratio_of(first: Estimate, second: Estimate, difference: Estimate | None = None) -> Estimate:
    """`first` over `second` with its 95 % interval (Fieller 1954).

    difference: of the two, paired, where there is one: it tells how far they go together.

    The ends are minus and plus infinity where `second` may be 0. Without ends where neither
    figure has any. Raises `ValueError` unless `second` is above 0.
    """
    if second.value <= 0:
        raise ValueError(f"ratio_of: {second.value} is not above 0")
    value = first.value / second.value
    if first.lower is None and second.lower is None:
        return Estimate(value)
    of_first, of_second = _variance(first), _variance(second)
    together = 0.0
    if difference is not None and difference.lower is not None:
        together = (of_first + of_second - _variance(difference)) / 2
        most = sqrt(of_first * of_second)
        together = max(-most, min(most, together))
    # The ratios r for which first − r second is not shown to differ from 0: between the roots of
    # a r² − 2 b r + c.
    a = second.value**2 - _NORMAL**2 * of_second
    b = first.value * second.value - _NORMAL**2 * together
    c = first.value**2 - _NORMAL**2 * of_first
    if a <= 0:
        return Estimate(value, -inf, inf)
    half = sqrt(max(b * b - a * c, 0.0))
    # Where there is no spread at all rounding would push an end beyond the value.
    return Estimate(value, min((b - half) / a, value), max((b + half) / a, value))


def _ends(figure: Estimate) -> tuple[float, float]:
    if figure.lower is None or figure.upper is None:
        return figure.value, figure.value
    return figure.lower, figure.upper


def _variance(figure: Estimate) -> float:
    low, high = _ends(figure)
    return ((high - low) / 2 / _NORMAL) ** 2
