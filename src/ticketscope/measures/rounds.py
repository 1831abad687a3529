"""Figures of what is timed round by round.

Rounds are few, and what disturbs a machine only ever makes it slower: medians, and intervals that
ask nothing of how times are distributed.
"""

from collections.abc import Sequence
from math import comb
from statistics import median
from typing import Final

from ticketscope.measures.estimate import Estimate

FEWEST_ROUNDS: Final = 6
"""Of fewer, not even the lowest and the highest are the ends of a 95 % interval."""
_PER_TAIL: Final = 0.025


def median_of_rounds(values: Sequence[float]) -> Estimate:
    """The median, with the interval between two of the values, alike from either end, that holds
    the true median with at least 95 % (David and Nagaraja 2003, Order Statistics, 7.1); without one
    where there are fewer than `FEWEST_ROUNDS`."""
    if len(values) < FEWEST_ROUNDS:
        return Estimate(median(values))
    in_order = sorted(values)
    beyond = _values_beyond(len(values))
    return Estimate(median(values), in_order[beyond], in_order[-1 - beyond])


def median_ratio(of: Sequence[float], to: Sequence[float]) -> Estimate:
    """The median over rounds of one rate by another one of the same round, with its interval.

    What slows the machine down for a whole round falls out of each ratio. Raises `ValueError` for
    unequal numbers of rounds.
    """
    return median_of_rounds([a / b for a, b in zip(of, to, strict=True)])


def _values_beyond(num: int) -> int:
    """The most values that may lie beyond either end: that no more than so many of `num` fall to
    one side of the median has a probability of at most 2.5 %."""
    cumulated, beyond = 0.0, -1
    while cumulated <= _PER_TAIL:
        beyond += 1
        cumulated += comb(num, beyond) / 2**num
    return beyond - 1
