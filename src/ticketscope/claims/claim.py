"""The value type of a row of claims.csv, and how rows are worded."""

from dataclasses import dataclass, replace
from typing import Literal

from ticketscope.claims.claim_tables import Studied
from ticketscope.claims.dose import EIGHT, Curve, Missing, Reference
from ticketscope.claims.looks import levels_of
from ticketscope.claims.needed import replicates_needed
from ticketscope.claims.verdicts import (
    Found,
    Numbers,
    Statistic,
    Verdict,
    found_in,
    judge,
    over_sentences,
)
from ticketscope.config import Claims
from ticketscope.measures.estimate import Estimate

CLAIM = "claim"
"""What the column `statistic` holds in the row of the claim itself, the first of each claim."""
ONE = "1 replicate"
"""The reason why a single replicate decides nothing."""
Over = Literal["registered", "held", ""]
"""Over which levels a figure is taken: all registered ones, or of them those up to which quality
holds; empty where that makes no sense."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A row of claims.csv: the verdict on a claim, or on one of the statistics beside it.

    A figure is None (an empty cell) where it does not apply: one replicate has no interval. The
    verdict of a statistic is on that statistic alone.
    """

    arm: str
    claim: str
    statistic: str
    reference: Reference = ""
    """With which networks the arm's are compared."""
    levels: Over = ""
    value: float | None = None
    """The mean over replicates."""
    lower: float | None = None
    upper: float | None = None
    lower_90: float | None = None
    upper_90: float | None = None
    margin: float | None = None
    """The smallest effect of interest, in the unit of the value."""
    num_replicates: int
    verdict: Verdict
    replicates_needed: str = ""
    """Of an undecided one, how many would decide: a number, "more than 50", or "" for unknown."""
    mark: str = ""
    """What weakens every verdict on the arm: that the dense model was still learning."""
    reason: str
    sentence: str
    """What is computed, against which reference, over how many replicates and which levels."""


@dataclass(frozen=True)
class Writer:
    """Writes the rows of one claim on one arm."""

    claim: str
    studied: Studied
    registered: Claims
    rule: str
    """When the claim is supported: words as those of `Statistic.computes`."""
    num_replicates: int

    def verdict(self, verdict: Verdict, reason: str) -> Claim:
        """The claim's own row where no statistic alone decides."""
        if verdict == "undecided" and self.num_replicates == 1 and ONE not in reason:
            reason = f"{ONE}; {reason}"
        return self.figure(CLAIM, None, verdict, reason, self._rule)

    def decided_by(self, row: Claim) -> Claim:
        """The claim's own row where one statistic decides, whose figures it holds."""
        counted = self._sample(self.num_replicates)
        return replace(row, statistic=CLAIM, sentence=f"{self._rule}; {counted}.")

    def measured(
        self,
        statistic: Statistic,
        numbers: Numbers,
        note: str = "",
        *,
        reference: Reference = "control",
        over: Over = "",
        sentence_error: float = 0.0,
    ) -> Claim:
        """A statistic with the intervals and the verdict that the replicates' `numbers` give."""
        looks = self.registered.looks
        levels = levels_of(looks, len(numbers))
        found = found_in(numbers, levels, statistic.within, sentence_error)
        needed = ""
        if judge(statistic, found) == "undecided":
            needed = replicates_needed(numbers, statistic, levels, looks, sentence_error)
        row = self.estimated(statistic, found, len(numbers), note, reference=reference, over=over)
        return replace(row, replicates_needed=needed)

    def estimated(
        self,
        statistic: Statistic,
        found: Found,
        num_replicates: int,
        note: str = "",
        *,
        reference: Reference = "control",
        over: Over = "",
    ) -> Claim:
        """A statistic with these intervals and the verdict that they give."""
        computes = self.studied.in_words(statistic.computes, reference)
        outcome = self._outcome(statistic, found, num_replicates)
        mean = "" if self.studied.is_given else "mean over "
        return Claim(
            arm=self.studied.arm,
            claim=self.claim,
            statistic=statistic.name,
            reference=reference,
            levels=over,
            value=found.interval.value,
            lower=found.interval.lower,
            upper=found.interval.upper,
            lower_90=found.narrow.lower,
            upper_90=found.narrow.upper,
            margin=statistic.margin,
            num_replicates=num_replicates,
            verdict=judge(statistic, found),
            reason="; ".join(filter(None, (outcome, note))),
            sentence=f"{computes}; {mean}{self._sample(num_replicates)}.",
        )

    def at_level(self, curve: Curve, index: int) -> Claim:
        """A curve at one level."""
        if self.studied.is_given:
            return self.of_one_network(curve)
        return self.measured(
            curve.at(index),
            curve.numbers[:, index],
            curve.note,
            reference=curve.reference,
            sentence_error=curve.sentence_errors[index] if curve.sentence_errors else 0.0,
        )

    def of_one_network(self, curve: Curve) -> Claim:
        """A curve of a network that others made: the figure itself, as there are no rounds, with
        its interval over sentences where it has one, and the margins of eight rounds."""
        statistic, value = curve.statistic.at_full_dose(EIGHT), float(curve.numbers.item())
        found = Found(Estimate(value), Estimate(value))
        if curve.sentence_errors:
            (error,) = curve.sentence_errors
            wide, narrow = (over_sentences(value, error, confidence=c) for c in (0.95, 0.9))
            found = Found(wide, narrow)
        return self.estimated(statistic, found, 1, curve.note, reference=curve.reference)

    def no_level(self, curve: Curve, up_to: float | None = None) -> Missing:
        """What is missing where no level prunes at most a share, by default the registered one."""
        share = self.registered.up_to if up_to is None else up_to
        return Missing(
            curve.statistic,
            curve.reference,
            f"no level at which it was measured prunes at most {percent(share)} of the prunable "
            f"weights, the first one {percent(min(curve.sparsities, default=0.0))}: raise "
            "claims.up_to, lower lottery.prune_fraction, or probe earlier levels (probing.levels)",
        )

    def curve(self, curve: Curve, over: Over, up_to: float, note: str = "") -> Claim:
        """The number that a curve gives over the levels that prune at most a share."""
        used = curve.up_to(up_to)
        if not used.levels:
            return self.missing(self.no_level(curve, up_to), over)
        taken = used.statistic
        if taken.per_round:
            taken = replace(taken, computes=f"{taken.computes}, per round of 20 %")
        last = percent(used.sparsities[-1])
        reason = f"over levels {', '.join(map(str, used.levels))} (up to {last} pruned)"
        told = "; ".join(filter(None, (reason, note, curve.note)))
        return self.measured(
            taken, used.per_replicate(), told, reference=curve.reference, over=over
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
            num_replicates=self.num_replicates,
            verdict=verdict,
            reason=reason,
            sentence=f"{computes}; {self._sample(self.num_replicates)}.",
        )

    def missing(self, missing: Missing, over: Over = "") -> Claim:
        """The row of a statistic that was not measured."""
        statistic = missing.statistic
        if self.studied.is_given:
            statistic = statistic.at_full_dose(EIGHT)
        computes = self.studied.in_words(statistic.computes, missing.reference)
        row = self.figure(statistic.name, None, "not measured", missing.reason, computes)
        return replace(row, reference=missing.reference, levels=over, margin=statistic.margin)

    @property
    def _rule(self) -> str:
        return self.studied.in_words(self.rule, "control")

    def _sample(self, num_replicates: int) -> str:
        """What a figure rests on."""
        if self.studied.is_given:
            return "of these networks alone, so other seeds may give others"
        return plural(num_replicates, "replicate")

    def _outcome(self, statistic: Statistic, found: Found, num_replicates: int) -> str:
        """What the intervals say."""
        given = self.studied.is_given
        if found.interval.lower is None and given:
            return "nothing tells how much of it is due to the choice of sentences"
        if num_replicates == 1 and not given:
            return ONE
        if found.interval.lower is None:
            return "the replicates do not differ, so there is no interval"
        name = "the repeated" if self.registered.looks and not given else "the"
        over = " over sentences" if given else ""
        if judge(statistic, found) == "no relevant effect":
            assert statistic.margin is not None
            around = f"{number(statistic.margin)} of {number(statistic.null)}"
            return f"{name} 90 % interval{over} lies within {around}"
        bound = number(statistic.bound)
        if found.interval.lies_above(statistic.bound):
            return f"{name} 95 % interval{over} lies above {bound}"
        side = "lies below" if found.interval.lies_below(statistic.bound) else "holds"
        return f"{name} 95 % interval{over} {side} {bound}"


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
