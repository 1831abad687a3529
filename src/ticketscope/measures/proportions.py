"""Intervals of shares: of one, and of the difference of two on the same items.

Both hold where a share is 0 or 1, as shares of right answers often are; a bootstrap would call
these certain.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.estimate import Estimate

_NORMAL = 1.959964
"""97.5 % quantile of the normal distribution."""


def wilson(num_right: int, num: int) -> Estimate:
    """The share `num_right` of `num` with its 95 % score interval (Wilson 1927)."""
    if not 0 <= num_right <= num or num < 1:
        raise ValueError(f"wilson: no share is {num_right} of {num}")
    share = num_right / num
    return Estimate(share, *score_ends(share, num))


def score_ends(share: float, num: float) -> tuple[float, float]:
    """The ends of Wilson's interval of a share of so many answers, which need not be whole."""
    weight = _NORMAL**2 / num
    middle = (share + weight / 2) / (1 + weight)
    half = _NORMAL * sqrt(share * (1 - share) / num + weight / (4 * num)) / (1 + weight)
    # At a share of 0 or 1 an end is there exactly; rounding would push it beyond.
    return (0.0 if share == 0 else middle - half), (1.0 if share == 1 else middle + half)


def paired_difference(ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> Estimate:
    """Difference of two shares on the same items, both ``[num_items]``, with its 95 % interval.

    Wilson's intervals of the two shares, joined by how far the answers go together (Newcombe 1998,
    method 10, the one he recommends for paired shares). Raises `ValueError` for unequal shapes or
    no items.
    """
    if ours.shape != theirs.shape or ours.ndim != 1 or not len(ours):
        raise ValueError(f"paired_difference: shapes {ours.shape} and {theirs.shape}")
    num = len(ours)
    of_ours, of_theirs = (int(ours.sum()) / num, num), (int(theirs.sum()) / num, num)
    return newcombe(of_ours, of_theirs, _correlation(ours, theirs))


def newcombe(ours: tuple[float, float], theirs: tuple[float, float], together: float) -> Estimate:
    """The difference of two shares, each given with the number of answers, by method 10.

    `together`: the correlation of the answers, 0 for shares of different items.
    """
    share, other = ours[0], theirs[0]
    lower, upper = score_ends(*ours)
    other_lower, other_upper = score_ends(*theirs)

    def side(near: float, far: float) -> float:
        return sqrt(max(0.0, near**2 - 2 * together * near * far + far**2))

    return Estimate(
        share - other,
        share - other - side(share - lower, other_upper - other),
        share - other + side(upper - share, other - other_lower),
    )


def _correlation(ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> float:
    """φ of the fourfold table, with Newcombe's correction for continuity."""
    both, none = int((ours & theirs).sum()), int((~ours & ~theirs).sum())
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((~ours & theirs).sum())
    margins = (both + only_ours) * (only_theirs + none) * (both + only_theirs) * (only_ours + none)
    if not margins:
        return 0.0
    excess = both * none - only_ours * only_theirs
    corrected = max(excess - len(ours) / 2, 0.0) if excess > 0 else float(excess)
    return corrected / sqrt(margins)


def fisher(num_a: int, of_a: int, num_b: int, of_b: int) -> float:
    """The two-sided p-value of equal shares on different items (Fisher's exact test)."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[num_a, of_a - num_a], [num_b, of_b - num_b]]).pvalue)
