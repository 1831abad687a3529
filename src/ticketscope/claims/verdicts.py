"""From one number per replicate to two intervals and a verdict.

A sentence bootstrap tells how a figure of one replicate would change with other sentences. Only
replicates tell whether a finding would come back with other seeds, so every interval here is
Student's t interval over their numbers. Resampling two to five replicates instead calls pure noise
an effect far too often.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ticketscope.claims.looks import Levels
from ticketscope.measures.bounds import Bounds
from ticketscope.measures.estimate import Estimate

Numbers = NDArray[np.float64]
Verdict = Literal["supported", "contradicted", "no relevant effect", "undecided", "not measured"]
_ROUNDING = 1e-12
NORMAL = 1.96
"""Standard errors in half of a 95 % interval over sentences. A jackknife has more of them, so that
its error is rather taken as too large."""


@dataclass(frozen=True)
class Statistic:
    """One number per replicate, and what the claim says of its mean."""

    name: str
    claimed: Literal["above", "below", "not below"]
    """Above or below `null`; or not below it by `margin`: that nothing is lost."""
    computes: str
    """What is computed: a sentence without its full stop, with ``{arm}`` and ``{reference}`` in the
    places of their names."""
    null: float = 0.0
    """Where there is no effect."""
    margin: float | None = None
    """The smallest effect of interest, registered before the run; None: there is none, and nothing
    can be said to be too small to matter."""
    per_round: bool = False
    """Whether it grows with what is pruned: then it is taken per round, and its margin too."""
    within: Bounds | None = None
    """What the statistic cannot leave; None: it can be anything."""

    def __post_init__(self) -> None:
        assert self.claimed != "not below" or not self.per_round

    @property
    def bound(self) -> float:
        """Which value the interval must leave out."""
        return self.null - (self.margin or 0.0) if self.claimed == "not below" else self.null

    def at_full_dose(self, rounds: int) -> "Statistic":
        """The same, not per round but as it is after so many."""
        if not self.per_round:
            return self
        margin = None if self.margin is None else rounds * self.margin
        return replace(self, per_round=False, margin=margin)

    def with_margin(self, margin: float) -> "Statistic":
        """The same with its smallest effect of interest."""
        return replace(self, margin=margin)


@dataclass(frozen=True)
class Found:
    """The mean over replicates with two intervals; no ends where the spread is unknown."""

    interval: Estimate
    """Of 95 %, or the repeated interval of the registered looks: tells the direction."""
    narrow: Estimate
    """Of 90 %, or likewise: must lie inside the smallest effect of interest for there to be none.
    Two one-sided tests of 5 % (Schuirmann 1987)."""


def found_in(
    numbers: Numbers, levels: Levels, within: Bounds | None = None, sentence_error: float = 0.0
) -> Found:
    """The mean of independent replicates' numbers with its intervals at a look; see `pooled`."""
    return Found(
        pooled(numbers, sentence_error, confidence=1 - 2 * levels.direction, within=within),
        pooled(numbers, sentence_error, confidence=1 - 2 * levels.equivalence, within=within),
    )


def t_interval(
    numbers: Numbers, *, confidence: float = 0.95, within: Bounds | None = None
) -> Estimate:
    """The mean of independent replicates' numbers with its two-sided t interval, cut to the bounds
    that they are `within`.

    numbers: ``[replicates]``, finite, at least one. There are no ends for one replicate, nor where
    all numbers are the same: counts are so by chance (three replicates with as many components),
    and how far the next one would lie is then unknown, not nothing.
    """
    return pooled(numbers, 0.0, confidence=confidence, within=within)


def pooled(
    numbers: Numbers,
    sentence_error: float,
    *,
    confidence: float = 0.95,
    within: Bounds | None = None,
) -> Estimate:
    """As `t_interval`, for other sentences too: all replicates have the same ones, so what these
    move does not shrink with more replicates.

    sentence_error: standard error of the mean over replicates from the sentences that they share.
    The half width is the root of both halves squared, Student's of the replicates and the normal
    one of the sentences (Banerjee 1961), which never errs more often than it says.
    """
    assert np.isfinite(numbers).all()
    value = float(numbers.mean())
    if len(numbers) == 1 or spread(numbers) == sentence_error == 0:
        return Estimate(value)
    of_seeds = quantile(confidence, len(numbers)) * spread(numbers) / np.sqrt(len(numbers))
    of_sentences = special.ndtri((1 + confidence) / 2) * sentence_error
    half = float(np.hypot(of_seeds, of_sentences))
    ends = value - half, value + half
    return Estimate(value, *(within.cut(ends[0], value, ends[1]) if within else ends))


def over_sentences(value: float, error: float, *, confidence: float = 0.95) -> Estimate:
    """The normal interval of one network's figure over other sentences, from its standard error."""
    half = float(special.ndtri((1 + confidence) / 2)) * error
    return Estimate(value, value - half, value + half)


def spread(numbers: Numbers) -> float:
    """Standard deviation over two replicates or more; 0 where only rounding makes them differ."""
    found = float(numbers.std(ddof=1))
    return found if found > _ROUNDING * float(np.abs(numbers).max()) else 0.0


def judge(statistic: Statistic, found: Found) -> Verdict:
    """What the intervals say of the claim.

    Whatever lies inside the smallest effect of interest is no relevant effect, be it shown to
    differ from nothing or not.
    """
    narrow, margin = found.narrow, statistic.margin
    if statistic.claimed != "not below" and margin is not None:
        inside = narrow.lies_above(statistic.null - margin)
        if inside and narrow.lies_below(statistic.null + margin):
            return "no relevant effect"
    above = found.interval.lies_above(statistic.bound)
    if not above and not found.interval.lies_below(statistic.bound):
        return "undecided"
    return "supported" if above == (statistic.claimed != "below") else "contradicted"


@cache
def quantile(confidence: float, num_replicates: int) -> float:
    """Of Student's t, for a two-sided interval."""
    return float(stats.t.ppf((1 + confidence) / 2, num_replicates - 1))
