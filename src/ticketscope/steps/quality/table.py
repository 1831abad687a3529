"""The table of quality: scores with intervals, and paired differences."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketscope.measures import translation_scores as measures
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality.resampled import Pair, better, metrics_of, pairs, scores


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of quality.csv, without the columns that every table begins with."""
    settings = bench.study.quality
    scored, pair = bench.once(scores), bench.once(pairs)
    for label in bench.panel.labels:
        for test_set, metrics in metrics_of(label, bench).items():
            for metric in metrics:
                ours = scored(label, test_set, metric)
                row: dict[str, Any] = {
                    "level_id": label,
                    "test_set": test_set,
                    "metric": metric,
                    "better": better(metric, bench),
                    **measures.estimate(ours.stats, ours.boot).cells(),
                    "num_sentences": ours.num_sentences,
                    "signature": measures.bootstrap_signature(
                        ours.stats, settings.resamples, settings.seed
                    ),
                }
                for name, other in bench.panel.baselines(label).items():
                    if both := pair(label, other, test_set, metric):
                        row |= _difference(name, both)
                yield row


def _difference(name: str, both: Pair) -> Mapping[str, float]:
    ours, other = both
    difference = measures.paired_difference(ours.stats, ours.boot, other.stats, other.boot)
    return {
        **difference.cells(f"difference_{name}"),
        f"p_{name}": difference.p,
        f"num_sentences_{name}": ours.num_sentences,
    }
