"""How sure each look must be, so that all looks together err as seldom as one.

Who looks at a verdict after 3, 5, 8 and 12 replicates and stops at the first that decides has four
chances of a false one: with 95 % intervals 14 % instead of 5 %. So each look gets a narrower level,
the same for all (Pocock 1977), and its intervals are wider.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

PATHS = 200_000
"""Simulated series of replicates: the level is then known to 1 %."""


@dataclass(frozen=True)
class Levels:
    """One-sided levels of one look, with which all looks together err in 5 % at most."""

    direction: float = 0.025
    """For the ends of the interval that tells supported from contradicted: both sides count."""
    equivalence: float = 0.05
    """For those of the interval that must lie inside the smallest effect of interest."""


def levels_of(looks: tuple[int, ...], num_replicates: int) -> Levels:
    """The levels at a look after so many replicates.

    A number of replicates that was not registered is one look more, which makes all of them
    stricter.
    """
    if not looks:
        return Levels()
    return nominal(tuple(sorted({*looks, num_replicates} - {1})))


@cache
def nominal(looks: tuple[int, ...]) -> Levels:
    """The levels for looks after so many replicates each, in order.

    From the smallest p-value of all looks, in `PATHS` simulated series of normal numbers without an
    effect, always the same ones: a share of 5 % of the series has one below the level.
    """
    if len(looks) < 2:
        return Levels()
    above, below = np.ones(PATHS), np.ones(PATHS)
    for t, num in zip(_t_values(looks), looks, strict=True):
        tail = stats.t.sf(np.abs(t), num - 1)
        above = np.minimum(above, np.where(t > 0, tail, 1 - tail))
        below = np.minimum(below, np.where(t > 0, 1 - tail, tail))
    both = np.minimum(above, below)
    return Levels(float(np.quantile(both, 0.05)), float(np.quantile(above, 0.05)))


def _t_values(looks: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """Student's t of each series ``[PATHS]`` at each look."""
    rng = np.random.default_rng(1977)
    total, squares, found = np.zeros(PATHS), np.zeros(PATHS), []
    for num in range(1, looks[-1] + 1):
        drawn = rng.standard_normal(PATHS)
        total += drawn
        squares += drawn**2
        if num in looks:
            error = np.sqrt((squares - total**2 / num) / (num - 1) / num)
            found.append(total / num / error)
    return found
