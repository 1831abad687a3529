"""The table of quality: scores with intervals, and paired differences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ticketscope.measures import translation_scores as measures
from ticketscope.measures.resampling import resample
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY


@dataclass(frozen=True)
class _Scored:
    """One metric of one network on one test set with its resamples."""

    stats: measures.SentenceStatistics
    boot: np.ndarray


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of quality.csv, without the columns that every table begins with."""
    settings = bench.experiment.quality
    resamples = cache(lambda num: resample(num, settings.resamples, settings.seed))
    stored = cache(lambda level: bench.results.read(QUALITY, level)["test_sets"])

    @cache
    def scored(level: LevelId, test_set: str, metric: str) -> _Scored:
        raw = stored(level)[test_set]["statistics"][metric]
        stats = measures.SentenceStatistics(metric, np.array(raw["sentences"]), raw["signature"])
        return _Scored(stats, measures.bootstrap(stats, resamples(len(stats))))

    for level in bench.panel.labels:
        for test_set, result in stored(level).items():
            for metric in result["statistics"]:
                ours = scored(level, test_set, metric)
                row: dict[str, Any] = {
                    "level_id": level,
                    "test_set": test_set,
                    "metric": metric,
                    **measures.estimate(ours.stats, ours.boot).cells(),
                    "signature": measures.bootstrap_signature(
                        ours.stats, settings.resamples, settings.seed
                    ),
                }
                for name, other in bench.panel.baselines(level).items():
                    row |= _difference(name, ours, scored(other, test_set, metric))
                yield row


def _difference(name: str, ours: _Scored, other: _Scored) -> Mapping[str, float]:
    difference = measures.paired_difference(ours.stats, ours.boot, other.stats, other.boot)
    return {**difference.cells(f"difference_{name}"), f"p_{name}": difference.p}
