"""The scores of a run's networks, and what these are on resampled sentences.

All networks get the same resamples, so that what their sentences have in common falls out of a
difference. Scores that others gave go the same way as those that are measured here.
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
from ticketscope.steps.scores import kept_scores


@dataclass(frozen=True)
class Scored:
    """One metric of one network on one test set with its resamples."""

    stats: measures.SentenceStatistics
    boot: NDArray[np.float64]

    @property
    def num_sentences(self) -> int:
        """How many sentences the score is over."""
        return measures.num_scored(self.stats)


Pair = tuple[Scored, Scored]


def metrics_of(label: LevelId, bench: Bench) -> dict[str, tuple[str, ...]]:
    """The metrics that a network has by test set; of the validation split the losses alone."""
    stored = bench.results.read(QUALITY, label)["test_sets"]
    given = bench.once(kept_scores.statistics)
    return {
        test_set: (*result["statistics"], measures.LOSS_WORD, *given.get((label, test_set), ()))
        for test_set, result in stored.items()
    }


def scores(bench: Bench) -> Callable[[LevelId, str, str], Scored]:
    """Gives a network's score on a test set by a metric; each is made once (`bench.once`)."""
    stored = cache(lambda label: bench.results.read(QUALITY, label)["test_sets"])
    given = bench.once(kept_scores.statistics)

    def statistics(label: LevelId, test_set: str, metric: str) -> measures.SentenceStatistics:
        if metric not in measures.BETTER:
            return given[label, test_set][metric]
        kept = measures.LOSS if metric == measures.LOSS_WORD else metric
        raw = stored(label)[test_set]["statistics"][kept]
        stats = measures.SentenceStatistics(kept, np.array(raw["sentences"]), raw["signature"])
        if metric == measures.LOSS_WORD:
            return measures.loss_by_word(stats, bench.held_out.text(test_set).target)
        return stats

    @cache
    def scored(label: LevelId, test_set: str, metric: str) -> Scored:
        return _resampled(statistics(label, test_set, metric), bench)

    return scored


def pairs(bench: Bench) -> Callable[[LevelId, LevelId, str, str], Pair | None]:
    """Gives the scores of two networks on the sentences that both have; None where they cannot be
    compared: one has no such metric, or they have it in different units, or nearly no sentence
    in common."""
    scored, given = bench.once(scores), bench.once(kept_scores.statistics)

    @cache
    def pair(label: LevelId, other: LevelId, test_set: str, metric: str) -> Pair | None:
        is_given = metric not in measures.BETTER
        if is_given and any(metric not in given.get((one, test_set), {}) for one in (label, other)):
            return None
        ours, others = scored(label, test_set, metric), scored(other, test_set, metric)
        if not measures.are_comparable(ours.stats, others.stats):
            return None
        a, b = measures.in_common(ours.stats, others.stats)
        if measures.num_scored(a) == ours.num_sentences == others.num_sentences:
            return ours, others
        if measures.num_scored(a) < kept_scores.FEWEST_SENTENCES:
            return None
        return _resampled(a, bench), _resampled(b, bench)

    return pair


def better(metric: str, bench: Bench) -> str:
    """Whether a `higher` or a `lower` score is better."""
    return measures.BETTER.get(metric) or bench.once(kept_scores.kept).better[metric]


def _resampled(stats: measures.SentenceStatistics, bench: Bench) -> Scored:
    settings = bench.study.quality
    resamples = bench.once(_resamples)(len(stats), settings.resamples, settings.seed)
    return Scored(stats, measures.bootstrap(stats, resamples))


def _resamples(_bench: Bench) -> Callable[[int, int, int], NDArray[np.uint16]]:
    return cache(resample)
