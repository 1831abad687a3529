"""How many replicates would decide, from the spread seen."""

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
    nums = np.arange(len(numbers) + 1, MOST + 1)
    enough = nums[power(numbers, statistic, levels, nums, sentence_error) >= POWER]
    planned = enough[np.isin(enough, looks) | (enough > max(looks, default=0))]
    return str(planned[0]) if len(planned) else MORE


def power(
    numbers: Numbers,
    statistic: Statistic,
    levels: Levels,
    nums: NDArray[np.int_],
    sentence_error: float = 0.0,
) -> NDArray[np.float64]:
    """How likely a verdict is with so many replicates, ``[nums]``: the likelier of direction and no
    relevant effect.

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

    away = abs(mean - statistic.bound) / sd * roots
    direction = special.ndtr(away - reach(levels.direction)).mean(axis=1)
    if statistic.margin is None or statistic.claimed == "not below":
        return np.asarray(direction, dtype=np.float64)
    shift, half = mean - statistic.null, reach(levels.equivalence)
    above = special.ndtr((statistic.margin - shift) / sd * roots - half)
    below = special.ndtr(-(statistic.margin + shift) / sd * roots + half)
    within = np.maximum(above - below, 0).mean(axis=1)
    return np.asarray(np.maximum(direction, within), dtype=np.float64)


@cache
def _deviations(num_replicates: int) -> NDArray[np.float64]:
    """Equally likely standard deviations of so many replicates, in shares of the true one."""
    points = (np.arange(_POINTS) + 0.5) / _POINTS
    freedom = num_replicates - 1
    return np.asarray(np.sqrt(stats.chi2.ppf(points, freedom) / freedom), dtype=np.float64)
