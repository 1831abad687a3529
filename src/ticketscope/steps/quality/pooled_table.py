"""The table of pooled differences: over replicates and in-domain test sets, with both errors.

A difference y of replicate r on sentence i is taken as mu + a(r) + b(i) + e(r, i): both the seeds
and the sentences are a sample (crossed random effects). The variance of the mean over R replicates
is then S²/R, where S² is the variance of the replicates' means and holds both a and e, plus what
the replicates have in common by b, which no further replicate makes smaller. All replicates are
resampled on the same sentences, so that is the covariance of their resampled differences: the mean
over all pairs of replicates.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.claims.verdicts import pooled
from ticketscope.measures.resampling import with_percentiles
from ticketscope.measures.translation_scores import score
from ticketscope.networks.panel import Panel
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality.resampled import Pair, better, metrics_of, pairs


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of quality_pooled.csv: arm by arm, level by level."""
    test_sets = bench.study.in_domain
    if not test_sets:
        return
    labels = [label for label in bench.panel.labels if bench.panel.reference(label)]
    arms = [*dict.fromkeys(label.arm for label in labels)]
    labels.sort(key=lambda label: (arms.index(label.arm), label.level))
    for (arm, level), of_level in groupby(labels, key=lambda label: (label.arm, label.level)):
        replicates = list(of_level)
        shares = [bench.panel[label].sparsity.prunable for label in replicates]
        for metric in metrics_of(replicates[0], bench)[test_sets[0]]:
            for reference in compared_with(replicates[0], bench.panel):
                by_replicate = _pairs(bench, replicates, test_sets, metric, reference)
                if by_replicate is None:
                    continue
                yield {
                    "arm": arm,
                    "level": level,
                    "sparsity_prunable": float(np.mean(shares)),
                    "metric": metric,
                    "better": better(metric, bench),
                    "reference": reference,
                    "num_replicates": len(replicates),
                    **_pooled(by_replicate),
                }


def compared_with(label: LevelId, panel: Panel) -> dict[str, LevelId]:
    """What a network is compared with, by the name of the reference: beside the dense one and the
    control the network of the first arm under study at the same level, where both are pruned, so
    that methods can be told apart."""
    found = panel.baselines(label)
    first = replace(label, arm=panel.first_arm)
    if label.arm != panel.first_arm and {label, first} <= panel.pruned:
        found["first"] = first
    return found


def _pairs(
    bench: Bench,
    replicates: Sequence[LevelId],
    test_sets: Sequence[str],
    metric: str,
    reference: str,
) -> list[list[Pair]] | None:
    """By replicate and test set the scores of both networks; None where any cannot be compared."""
    pair = bench.once(pairs)
    found = [
        [
            pair(label, compared_with(label, bench.panel)[reference], name, metric)
            for name in test_sets
        ]
        for label in replicates
    ]
    if any(both is None for of_label in found for both in of_label):
        return None
    return [[both for both in of_label if both] for of_label in found]


def _pooled(by_replicate: Sequence[Sequence[Pair]]) -> dict[str, Any]:
    values = np.array(
        [[score(ours.stats) - score(others.stats) for ours, others in row] for row in by_replicate]
    )
    resampled = np.array(
        [np.mean([ours.boot - others.boot for ours, others in row], axis=0) for row in by_replicate]
    )
    of_replicates = values.mean(axis=1)
    cells: dict[str, Any] = {
        "num_sentences": min(
            sum(ours.num_sentences for ours, _ in of_label) for of_label in by_replicate
        ),
        "value": float(of_replicates.mean()),
    }
    num = len(by_replicate)
    if num == 1:
        return cells | with_percentiles(cells["value"], resampled[0]).cells()
    error, of_sentences = of_replicates.std(ddof=1), shared_error(resampled)
    return {
        **cells,
        **pooled(of_replicates, of_sentences).cells(),
        "error_replicates": float(error / np.sqrt(num)),
        "error_sentences": of_sentences,
    }


def shared_error(resampled: NDArray[np.float64]) -> float:
    """The standard error that all replicates have in common by their sentences, of differences
    ``[replicates, resamples]``: the root of their mean covariance, 0 where that is negative."""
    covariance = np.cov(resampled)
    num = len(resampled)
    shared = (covariance.sum() - np.trace(covariance)) / (num * (num - 1))
    return float(np.sqrt(max(shared, 0.0)))
