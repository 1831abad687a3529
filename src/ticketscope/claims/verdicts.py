"""From one number per replicate to an interval and a verdict.

A sentence bootstrap tells how a figure of one replicate would change with other sentences. Only
replicates tell whether a finding would come back with other seeds, so every interval here is
Student's t interval over their numbers. Resampling two to five replicates instead calls pure noise
an effect far too often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from ticketscope.measures.bounds import Bounds
from ticketscope.measures.estimate import Estimate

Numbers = NDArray[np.float64]
Verdict = Literal["supported", "contradicted", "undecided", "not measured"]
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Statistic:
    """One number per replicate, and on which side of which bound the claim puts its mean."""

    name: str
    claimed: Literal["above", "below"]
    computes: str
    """What is computed: a sentence without its full stop, with ``{arm}`` and ``{control}`` in the
    places of their names."""
    bound: float = 0.0
    confidence: float = 0.95
    within: Bounds | None = None
    """What the statistic cannot leave; None: it can be anything."""


def t_interval(
    numbers: Numbers, *, confidence: float = 0.95, within: Bounds | None = None
) -> Estimate:
    """The mean of independent replicates' numbers with its two-sided t interval, cut to the bounds
    that they are `within`.

    numbers: ``[replicates]``, finite, at least one. There are no ends for one replicate, nor where
    all numbers are the same: counts are so by chance (three replicates with as many components),
    and how far the next one would lie is then unknown, not nothing.
    """
    assert np.isfinite(numbers).all()
    value = float(numbers.mean())
    if len(numbers) == 1 or spread(numbers) == 0:
        return Estimate(value)
    error = spread(numbers) / float(np.sqrt(len(numbers)))
    half = _quantile(confidence, len(numbers)) * error
    ends = value - half, value + half
    return Estimate(value, *(within.cut(ends[0], value, ends[1]) if within else ends))


def spread(numbers: Numbers) -> float:
    """Standard deviation over two replicates or more; 0 where only rounding makes them differ."""
    found = float(numbers.std(ddof=1))
    return found if found > _ROUNDING * float(np.abs(numbers).max()) else 0.0


def detectable_difference(
    numbers: Numbers, *, confidence: float = 0.95, power: float = 0.8
) -> float | None:
    """How far from the bound the true mean must lie for the interval to leave the bound out.

    In `power` of all repetitions with as many replicates, from the noncentral t distribution and
    these replicates' standard deviation. None where that is unknown.
    """
    if len(numbers) == 1 or spread(numbers) == 0:
        return None
    error = spread(numbers) / float(np.sqrt(len(numbers)))
    return _noncentrality(confidence, len(numbers), power) * error


def judge(statistic: Statistic, found: Estimate) -> Verdict:
    """Supported or contradicted where the whole interval lies on one side of the bound."""
    above, below = found.lies_above(statistic.bound), found.lies_below(statistic.bound)
    if not above and not below:
        return "undecided"
    return "supported" if above == (statistic.claimed == "above") else "contradicted"


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Supported if every verdict is; contradicted if one is and none speaks for the claim."""
    if all(verdict == "supported" for verdict in verdicts):
        return "supported"
    return _contradicted(verdicts)


def any_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Supported if one verdict is and none speaks against the claim; contradicted the other way
    round."""
    if "supported" in verdicts and "contradicted" not in verdicts:
        return "supported"
    return _contradicted(verdicts)


def _contradicted(verdicts: Sequence[Verdict]) -> Verdict:
    if "contradicted" in verdicts and "supported" not in verdicts:
        return "contradicted"
    return "undecided"


@cache
def _quantile(confidence: float, num_replicates: int) -> float:
    return float(stats.t.ppf((1 + confidence) / 2, num_replicates - 1))


@cache
def _noncentrality(confidence: float, num_replicates: int, power: float) -> float:
    critical, freedom = _quantile(confidence, num_replicates), num_replicates - 1
    root = optimize.brentq(
        lambda shift: float(stats.nct.sf(critical, freedom, shift)) - power, 0.0, 4 * critical
    )
    return float(root)
