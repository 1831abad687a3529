"""A figure of a network, joined over its replicates, with an interval of any confidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, hypot, inf, isfinite, sqrt
from typing import Self

import numpy as np
from scipy import special

from ticketscope.claims.verdicts import NORMAL, quantile, spread
from ticketscope.gate.rules import Bound
from ticketscope.measures.estimate import Estimate

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class JoinedFigure:
    """The mean over replicates, and what moves it.

    Replicates share their sentences, so what these move does not shrink with more replicates: both
    parts of the interval are joined as squares, as `claims.verdicts.pooled` does.

    Args:
        value: the mean over replicates.
        below, above: how far the 95 % interval over sentences reaches to both sides; None: there is
            none.
        error: standard error of the mean from the choice of seeds; 0 for one replicate.
        num_replicates: over how many it is the mean.
        num_sentences: on how many sentences it rests, where the interval is over these and their
            number is known.
    """

    value: float
    below: float | None = None
    above: float | None = None
    error: float = 0.0
    num_replicates: int = 1
    num_sentences: int | None = None

    def __post_init__(self) -> None:
        assert (self.below is None) == (self.above is None)
        assert self.error == 0 or self.num_replicates > 1

    @classmethod
    def of_replicates(cls, figures: Sequence[Estimate], num_sentences: int | None = None) -> Self:
        """The mean of one figure per replicate, in which each counts as much.

        The error from sentences of a mean is at most the mean of the errors, however far the
        replicates go together; that most is taken.
        """
        values = np.array([figure.value for figure in figures])
        error = spread(values) / sqrt(len(values)) if len(values) > 1 else 0.0
        value = float(values.mean())
        reaches = [
            (each.value - each.lower, each.upper - each.value)
            for each in figures
            if each.lower is not None and each.upper is not None
        ]
        if not reaches:
            return cls(value, None, None, error, len(values))
        below, above = (max(0.0, float(np.mean(side))) for side in zip(*reaches, strict=True))
        return cls(value, below, above, error, len(values), num_sentences)

    def interval(self, confidence: float = CONFIDENCE) -> Estimate:
        """The figure with its interval; without ends where nothing tells how far it would move.

        From 95 % to another confidence an interval over sentences is stretched as a normal one is,
        and that over replicates as Student's.
        """
        if self.below is None and self.error == 0:
            return Estimate(self.value)
        return Estimate(
            self.value,
            self.value - self._reach(self.below, confidence),
            self.value + self._reach(self.above, confidence),
        )

    def sentences_needed(self, bound: Bound, confidence: float = CONFIDENCE) -> int | None:
        """How many sentences would bring the whole interval to one side of the bound, if the figure
        stays as it is: a forecast, since its width shrinks with the root of their number.

        None where nothing is known of sentences, where the figure lies at the bound, and where
        the replicates alone leave it open.
        """
        if self.num_sentences is None:
            return None
        is_above = self.value > bound.value
        reach = self._of_sentences(self.below if is_above else self.above, confidence)
        left = (self.value - bound.value) ** 2 - self._of_replicates(confidence) ** 2
        if left <= 0 or not isfinite(reach):
            return None
        return max(self.num_sentences, ceil(self.num_sentences * reach**2 / left))

    def is_left_open_by_replicates(self, bound: Bound, confidence: float = CONFIDENCE) -> bool:
        """Whether no number of sentences would bring the interval to one side of the bound."""
        return self.error > 0 and self._of_replicates(confidence) >= abs(self.value - bound.value)

    def _reach(self, of_sentences: float | None, confidence: float) -> float:
        return hypot(self._of_sentences(of_sentences, confidence), self._of_replicates(confidence))

    def _of_sentences(self, reach: float | None, confidence: float) -> float:
        if reach is None or reach == 0 or confidence == CONFIDENCE:
            return reach or 0.0
        return inf if reach == inf else reach * float(special.ndtri((1 + confidence) / 2)) / NORMAL

    def _of_replicates(self, confidence: float) -> float:
        return quantile(confidence, self.num_replicates) * self.error if self.error else 0.0
