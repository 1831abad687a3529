"""The scores of a run's networks, and what these are on resampled sentences.

All networks get the same resamples, so that what their sentences have in common falls out of a
difference.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures import translation_scores as measures
from ticketscope.measures.resampling import resample
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY


@dataclass(frozen=True)
class Scored:
    """One metric of one network on one test set with its resamples."""

    stats: measures.SentenceStatistics
    boot: NDArray[np.float64]


def metrics_of(label: LevelId, bench: Bench) -> dict[str, tuple[str, ...]]:
    """The metrics that a network has by test set; of the validation split the losses alone."""
    stored = bench.results.read(QUALITY, label)["test_sets"]
    return {
        test_set: (*result["statistics"], measures.LOSS_WORD) for test_set, result in stored.items()
    }


def scores(bench: Bench) -> Callable[[LevelId, str, str], Scored]:
    """Gives a network's score on a test set by a metric; each is made once (`bench.once`)."""
    settings = bench.study.quality
    resamples = cache(lambda num: resample(num, settings.resamples, settings.seed))
    stored = cache(lambda label: bench.results.read(QUALITY, label)["test_sets"])

    @cache
    def scored(label: LevelId, test_set: str, metric: str) -> Scored:
        kept = measures.LOSS if metric == measures.LOSS_WORD else metric
        raw = stored(label)[test_set]["statistics"][kept]
        stats = measures.SentenceStatistics(kept, np.array(raw["sentences"]), raw["signature"])
        if metric == measures.LOSS_WORD:
            stats = measures.loss_by_word(stats, bench.held_out.text(test_set).target)
        return Scored(stats, measures.bootstrap(stats, resamples(len(stats))))

    return scored
