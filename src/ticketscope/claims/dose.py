"""What a claim takes from levels: curves of a statistic over what is pruned.

Rounds are the dose: one round prunes a fifth of what is left, so x rounds leave .8 to the power of
x, whatever a level of the run prunes. The number of a replicate is the mean over levels of what the
statistic is per round, which weights for a variance that grows with the square of the dose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ticketscope.claims.verdicts import Numbers, Statistic

KEPT = 0.8
"""Of the weights that are left, by one round of the study."""
EIGHT = 8
"""The rounds at which smallest effects of interest are said, and at which the study ends."""
Reference = Literal["control", "dense", ""]
_PLACES = 3
"""Shares are counts of weights, so levels of one size differ behind these places."""


@dataclass(frozen=True)
class Curve:
    """A statistic of the tickets of an arm, minus that of a reference, at levels."""

    statistic: Statistic
    reference: Reference
    levels: tuple[int, ...]
    sparsities: tuple[float, ...]
    """Share of the prunable weights that is pruned, by level."""
    numbers: NDArray[np.float64]
    """``[replicates, levels]``"""
    sentence_errors: tuple[float, ...] = ()
    """Standard errors of the mean over replicates from the choice of the sentences, which all
    replicates share, by level; empty: the figures hold for these sentences."""
    note: str = ""
    """What a reader must know of these figures: tasks left out, say."""

    def __post_init__(self) -> None:
        assert self.numbers.ndim == 2
        assert self.numbers.shape[1] == len(self.levels) == len(self.sparsities)
        assert np.isfinite(self.numbers).all()
        assert not self.sentence_errors or len(self.sentence_errors) == len(self.levels)

    @property
    def rounds(self) -> NDArray[np.float64]:
        """``[levels]``"""
        return rounds(np.array(self.sparsities))

    def up_to(self, sparsity: float) -> "Curve":
        """The levels that prune something, and no more than this share."""
        kept = [
            index
            for index, share in enumerate(self.sparsities)
            if share > 0 and at_most(share, sparsity)
        ]
        return replace(
            self,
            levels=tuple(self.levels[index] for index in kept),
            sparsities=tuple(self.sparsities[index] for index in kept),
            numbers=self.numbers[:, kept],
            sentence_errors=tuple(self.sentence_errors[i] for i in kept if self.sentence_errors),
        )

    def per_replicate(self) -> Numbers:
        """The number of each replicate, ``[replicates]``; there must be a level."""
        assert self.levels
        numbers: Numbers = self.numbers
        if self.statistic.per_round:
            numbers = numbers / self.rounds
        return np.asarray(numbers.mean(axis=1), dtype=np.float64)

    def at(self, index: int) -> Statistic:
        """The statistic at one level, where its margin is that of as many rounds."""
        margin = self.statistic.margin
        if not self.statistic.per_round or margin is None:
            return self.statistic
        return self.statistic.with_margin(margin * float(self.rounds[index]))


@dataclass(frozen=True)
class Missing:
    """A statistic that could not be measured, and why: what lacks, and how to get it."""

    statistic: Statistic
    reference: Reference
    reason: str


Measured = Sequence[Curve | Missing]
"""The statistics of a claim, each against each reference; the first one decides."""


def rounds(sparsity: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how many rounds of the study so large a share of the prunable weights is pruned.

    .36 is 2 rounds, .832 is 8; the share must be below 1.
    """
    return np.asarray(np.log1p(-sparsity) / np.log(KEPT), dtype=np.float64)


def at_most(share: float, sparsity: float) -> bool:
    """Whether a level prunes no more than this share of the weights, but for rounding."""
    return round(share, _PLACES) <= round(sparsity, _PLACES)
