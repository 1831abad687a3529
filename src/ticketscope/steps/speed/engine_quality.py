"""The table of quality by engine: what int8 costs, and what pruning costs in int8.

Scores in float32, or of a network of CTranslate2's as it is stored, are those of the table of
quality; those in int8 come from translations of their own. All take the same resamples.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from ticketscope.measures import translation_scores as measures
from ticketscope.measures.resampling import resample
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality.resampled import Scored, scores

_METRICS = ("bleu", "chrf")


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of engine_quality.csv, without the columns that every table begins with."""
    settings = bench.study.quality
    test_set = bench.held_out.test_sets[0]
    as_measured = bench.once(scores)
    draws = cache(lambda num: resample(num, settings.resamples, settings.seed))
    stored = cache(lambda reference: bench.results.read("speed", reference))

    @cache
    def in_engines(label: LevelId, metric: str) -> dict[str, Scored]:
        """By engine, that of the table of quality first."""
        found = stored(bench.panel.reference_or_self(label))
        first = found["tickets"][str(label)][0]["engine"]
        scored = {first: as_measured(label, test_set, metric)}
        for engine, statistics in found["scored"].get(str(label), {}).items():
            raw = statistics[metric]
            stats = measures.SentenceStatistics(
                metric, np.array(raw["sentences"]), raw["signature"]
            )
            scored[engine] = Scored(stats, measures.bootstrap(stats, draws(len(stats))))
        return scored

    for label in bench.panel.labels:
        reference = bench.panel.reference(label)
        for metric in _METRICS:
            own = in_engines(label, metric)
            dense = in_engines(reference, metric) if reference else {}
            for engine, scored in own.items():
                row = {
                    "level_id": label,
                    "engine": engine,
                    "test_set": test_set,
                    "metric": metric,
                    **measures.estimate(scored.stats, scored.boot).cells(),
                    "signature": measures.bootstrap_signature(
                        scored.stats, settings.resamples, settings.seed
                    ),
                }
                if engine in dense:
                    row |= _difference("dense", scored, dense[engine])
                if scored is not (first := next(iter(own.values()))):
                    row |= _difference("float", scored, first)
                yield row


def _difference(name: str, own: Scored, other: Scored) -> dict[str, float]:
    difference = measures.paired_difference(own.stats, own.boot, other.stats, other.boot)
    return difference.cells(f"difference_{name}")
