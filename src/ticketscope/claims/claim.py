"""The value type of a row of claims.csv, and how rows are worded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ticketscope.claims.claim_tables import Studied
from ticketscope.claims.verdicts import (
    Numbers,
    Statistic,
    Verdict,
    detectable_difference,
    judge,
    t_interval,
)
from ticketscope.measures.estimate import Estimate

CLAIM = "claim"
"""What the column `statistic` holds in the row of the claim itself, the first of each claim."""


@dataclass(frozen=True)
class Claim:
    """A row of claims.csv: the verdict on a claim, or on one of the statistics beside it.

    `value`, `lower`, `upper` are None (an empty cell) where they do not apply: the claim as a whole
    has none, one replicate has no interval. The verdict of a statistic is on that statistic alone.
    """

    arm: str
    claim: str
    statistic: str
    value: float | None
    lower: float | None
    upper: float | None
    detectable: float | None
    """What could not have been seen: how far beyond its bound the true mean must lie, to be shown
    in `POWER` of all repetitions with so many replicates and this spread."""
    num_replicates: int
    verdict: Verdict
    reason: str
    sentence: str
    """What is computed, against which control, over how many replicates."""


ONE = "1 replicate"
"""The reason why a single replicate decides nothing."""
UNSEEN = "there is nothing to be seen"
"""Begins the reason of a verdict on a difference of two quantities that have not moved."""
POWER = 0.8


@dataclass(frozen=True)
class Writer:
    """Writes the rows of one claim on one arm."""

    claim: str
    studied: Studied
    rule: str
    """When the claim is supported: words as those of `Statistic.computes`."""
    num_replicates: int

    def verdict(self, verdict: Verdict, reason: str) -> Claim:
        """The claim's own row."""
        if verdict == "undecided" and self.num_replicates == 1 and ONE not in reason:
            reason = f"{ONE}; {reason}"
        return self.figure(CLAIM, None, verdict, reason, self.studied.in_words(self.rule))

    def measured(self, statistic: Statistic, numbers: Numbers, note: str) -> Claim:
        """A statistic with the interval and the verdict that the replicates' `numbers` give."""
        found = t_interval(numbers, confidence=statistic.confidence, within=statistic.within)
        reason = f"{_outcome(statistic, found, len(numbers))}; {note}"
        computes = self.studied.in_words(statistic.computes)
        sentence = f"{computes}; mean over {plural(len(numbers), 'replicate')}."
        return Claim(
            arm=self.studied.arm,
            claim=self.claim,
            statistic=statistic.name,
            value=found.value,
            lower=found.lower,
            upper=found.upper,
            detectable=detectable_difference(numbers, confidence=statistic.confidence, power=POWER),
            num_replicates=len(numbers),
            verdict=judge(statistic, found),
            reason=reason,
            sentence=sentence,
        )

    def figure(
        self, name: str, value: float | None, verdict: Verdict, reason: str, computes: str
    ) -> Claim:
        """A figure that is no mean over replicates and has no interval."""
        return Claim(
            arm=self.studied.arm,
            claim=self.claim,
            statistic=name,
            value=value,
            lower=None,
            upper=None,
            detectable=None,
            num_replicates=self.num_replicates,
            verdict=verdict,
            reason=reason,
            sentence=f"{computes}; {plural(self.num_replicates, 'replicate')}.",
        )

    def not_measured(self, statistics: Iterable[Statistic], reason: str) -> tuple[Claim, ...]:
        """The claim's row and those of its statistics where something is missing."""
        rows = [self.verdict("not measured", reason)]
        return (*rows, *(self.missing(statistic, reason) for statistic in statistics))

    def missing(self, statistic: Statistic, reason: str) -> Claim:
        """The row of a statistic that was not measured."""
        computes = self.studied.in_words(statistic.computes)
        return self.figure(statistic.name, None, "not measured", reason, computes)


def unless_unmoved(row: Claim, moved: Mapping[Verdict, Claim]) -> tuple[Verdict, str]:
    """The verdict of a row on a difference of two quantities, and why it decides nothing, or "".

    Such a difference can lie beside 0, and narrowly, while both quantities lie where the control's
    do: with few replicates chance alone does that. A verdict says that one of the two moved more;
    `moved` has, for each verdict, the row on the one that must have. Where that is not shown, there
    is nothing to be seen and the verdict is "undecided".
    """
    needed = moved.get(row.verdict)
    if needed is None or needed.verdict == "supported":
        return row.verdict, ""
    assert needed.value is not None
    found = f"{number(needed.value)}, {needed.reason.partition(';')[0]}"
    return "undecided", f"{UNSEEN}: {needed.statistic} {found}"


def _outcome(statistic: Statistic, found: Estimate, num_replicates: int) -> str:
    if num_replicates == 1:
        return ONE
    if found.lower is None:
        return "the replicates do not differ, so there is no interval"
    bound = number(statistic.bound)
    interval = f"the {100 * statistic.confidence:g} % interval"
    if found.lies_above(statistic.bound):
        return f"{interval} lies above {bound}"
    return f"{interval} {'lies below' if found.lies_below(statistic.bound) else 'holds'} {bound}"


# ----------------------------------------------------------------------------- wording


def number(value: float) -> str:
    """Three digits and a true minus sign."""
    return f"{value:.3g}".replace("-", "\u2212")


def percent(share: float) -> str:
    """0.488 as "48.8 %"."""
    return f"{100 * share:.1f} %"


def plural(num: int, noun: str) -> str:
    """1 "replicate", 2 "replicates"."""
    return f"{num} {noun}" if num == 1 else f"{num} {noun}s"
