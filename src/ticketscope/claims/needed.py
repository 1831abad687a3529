"""How many replicates would decide, from the spread seen."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ticketscope.claims.looks import Levels
from ticketscope.claims.verdicts import Numbers, Statistic, quantile, spread

POWER = 0.8
MOST = 50
MORE = f"more than {MOST}"
_POINTS = 64


def replicates_needed(
    numbers: Numbers,
    statistic: Statistic,
    levels: Levels,
    looks: tuple[int, ...],
    sentence_error: float = 0.0,
) -> str:
    """The least number of replicates with which a verdict is likely (`POWER`), be it on the
    direction or that there is no relevant effect: a number, or `MORE`; "" where nobody can say.

    It takes the mean and the spread of these replicates for the truth. Of registered `looks` it is
    one of them, as long as one suffices.
    """
    if len(numbers) == 1 or spread(numbers) == 0:
        return ""
    nums = _to_come(numbers)
    return _least(nums, power(numbers, statistic, levels, nums, sentence_error), looks)


def needed_for_all(
    numbers: NDArray[np.float64],
    statistic: Statistic,
    levels: Levels,
    looks: tuple[int, ...],
    sentence_errors: Sequence[float],
) -> str:
    """The same where a statistic that is not to be below its bound must be shown so at several
    levels at once; `numbers` ``[replicates, levels]``.

    The chances of the levels are multiplied: those of one replicate move together, so that all of
    them hold rather more often than that.
    """
    columns = list(zip(numbers.T, sentence_errors, strict=True))
    if len(numbers) == 1:
        return ""
    if any(of_level.mean() <= statistic.bound for of_level, _ in columns):
        return MORE
    if any(spread(of_level) == 0 for of_level, _ in columns):
        return ""
    nums = _to_come(numbers)
    each = [power(of_level, statistic, levels, nums, error) for of_level, error in columns]
    return _least(nums, np.prod(each, axis=0), looks)


def power(
    numbers: Numbers,
    statistic: Statistic,
    levels: Levels,
    nums: NDArray[np.int_],
    sentence_error: float = 0.0,
) -> NDArray[np.float64]:
    """How likely a verdict is with so many replicates, ``[nums]``: on the direction that these
    replicates have, or that there is no relevant effect.

    Both follow from a normal mean and an independent standard deviation, over which the mean is
    taken at `_POINTS` equally likely values.
    """
    if not len(nums):
        return np.zeros(0)
    mean, sd = float(numbers.mean()), spread(numbers)
    deviations = np.stack([_deviations(int(num)) for num in nums])
    roots = np.sqrt(nums)[:, None]

    def reach(level: float) -> NDArray[np.float64]:
        """Half of the interval in standard errors, ``[nums, points]``."""
        ends = [quantile(1 - 2 * level, int(num)) for num in nums]
        of_sentences = stats.norm.isf(level) * sentence_error / sd * roots
        return np.asarray(np.hypot(np.array(ends)[:, None] * deviations, of_sentences))

    away, least = abs(mean - statistic.bound) / sd * roots, reach(levels.direction)
    chance = special.ndtr(away - least)
    if statistic.margin is not None and statistic.claimed != "not below":
        # Where the interval lies within the margin and does not tell the direction besides.
        margin, half = statistic.margin / sd * roots, reach(levels.equivalence)
        above = special.ndtr(np.minimum(margin - half, least) - away)
        chance = chance + np.maximum(above - special.ndtr(half - margin - away), 0)
    return np.asarray(chance.mean(axis=1), dtype=np.float64)


def _to_come(numbers: NDArray[np.float64]) -> NDArray[np.int_]:
    return np.arange(len(numbers) + 1, MOST + 1)


def _least(nums: NDArray[np.int_], chances: NDArray[np.float64], looks: tuple[int, ...]) -> str:
    enough = nums[chances >= POWER]
    planned = enough[np.isin(enough, looks) | (enough > max(looks, default=0))]
    return str(planned[0]) if len(planned) else MORE


@cache
def _deviations(num_replicates: int) -> NDArray[np.float64]:
    """Equally likely standard deviations of so many replicates, in shares of the true one."""
    points = (np.arange(_POINTS) + 0.5) / _POINTS
    freedom = num_replicates - 1
    return np.asarray(np.sqrt(stats.chi2.ppf(points, freedom) / freedom), dtype=np.float64)
