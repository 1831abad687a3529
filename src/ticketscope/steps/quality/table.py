"""The table of quality: scores with intervals, and paired differences."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketscope.measures import translation_scores as measures
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality.resampled import Scored, metrics_of, scores


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of quality.csv, without the columns that every table begins with."""
    settings = bench.study.quality
    scored = bench.once(scores)
    for label in bench.panel.labels:
        for test_set, metrics in metrics_of(label, bench).items():
            for metric in metrics:
                ours = scored(label, test_set, metric)
                row: dict[str, Any] = {
                    "level_id": label,
                    "test_set": test_set,
                    "metric": metric,
                    **measures.estimate(ours.stats, ours.boot).cells(),
                    "signature": measures.bootstrap_signature(
                        ours.stats, settings.resamples, settings.seed
                    ),
                }
                for name, other in bench.panel.baselines(label).items():
                    row |= _difference(name, ours, scored(other, test_set, metric))
                yield row


def _difference(name: str, ours: Scored, other: Scored) -> Mapping[str, float]:
    if not measures.are_comparable(ours.stats, other.stats):
        return {}
    difference = measures.paired_difference(ours.stats, ours.boot, other.stats, other.boot)
    return {**difference.cells(f"difference_{name}"), f"p_{name}": difference.p}
