"""Rows of robustness.csv: what each network loses by each kind of noise."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures import translation_scores as measures
from ticketscope.measures.resampling import resample, with_percentiles
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.first_sentences import (
    METRICS,
    as_measured,
    first_sentences,
    first_test_set,
    read_statistics,
)
from ticketscope.steps.robustness import ROBUSTNESS
from ticketscope.steps.robustness.measure import Cell, noisy_sources

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Loss:
    """What is lost: as it is, and on resamples of sentences."""

    value: float
    boot: Floats


Losses = Mapping[tuple[Cell, str], _Loss]
"""By kind and strength of noise, and by metric."""


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of robustness.csv, without the columns that every table begins with."""
    losses = bench.once(_losses)
    num = len(first_sentences(bench, bench.study.robustness.sentences).source)
    num_changed = {cell: len(of) for cell, of in bench.once(noisy_sources).items()}
    for label in bench.panel.labels:
        clean, own = losses(label)
        others = {name: losses(other)[1] for name, other in bench.panel.baselines(label).items()}
        for (cell, metric), loss in own.items():
            cells = with_percentiles(loss.value, loss.boot).cells()
            for name, of_other in others.items():
                if other := of_other.get((cell, metric)):
                    found = with_percentiles(loss.value - other.value, loss.boot - other.boot)
                    cells |= found.cells(f"difference_{name}")
            yield {
                "level_id": label,
                "test_set": first_test_set(bench),
                "kind": cell[0],
                "strength": cell[1],
                "metric": metric,
                **cells,
                "clean": clean[metric.removesuffix("_share")],
                "num_sentences": num,
                "num_changed": num_changed[cell],
            }


def _losses(bench: Bench) -> Callable[[LevelId], tuple[Mapping[str, float], Losses]]:
    """Gives the clean scores of a network, and what it loses; each is made once."""
    settings, quality = bench.study.robustness, bench.study.quality
    num = len(first_sentences(bench, settings.sentences).source)
    draws = resample(num, quality.resamples, quality.seed)

    @cache
    def losses(label: LevelId) -> tuple[Mapping[str, float], Losses]:
        clean = as_measured(bench, label, settings.sentences).statistics
        scores = {metric: measures.score(clean[metric]) for metric in METRICS}
        boots = {metric: measures.bootstrap(clean[metric], draws) for metric in METRICS}
        found: dict[tuple[Cell, str], _Loss] = {}
        for stored in bench.results.read(ROBUSTNESS, label)["cells"]:
            cell = (stored["kind"], stored["strength"])
            changed = read_statistics(stored["statistics"])
            for metric in METRICS:
                noisy = _put_in(clean[metric], changed[metric], stored["places"])
                value = scores[metric] - measures.score(noisy)
                boot = boots[metric] - measures.bootstrap(noisy, draws)
                found[cell, metric] = _Loss(value, boot)
                if scores[metric]:
                    shares = boot / np.where(boots[metric], boots[metric], np.inf)
                    found[cell, f"{metric}_share"] = _Loss(value / scores[metric], shares)
        return scores, found

    return losses


def _put_in(
    clean: measures.SentenceStatistics,
    changed: measures.SentenceStatistics,
    places: list[int],
) -> measures.SentenceStatistics:
    """The statistics of all sentences, of which those at some places are changed."""
    assert clean.signature == changed.signature
    statistics = clean.statistics.copy()
    statistics[places] = changed.statistics
    return replace(clean, statistics=statistics)
