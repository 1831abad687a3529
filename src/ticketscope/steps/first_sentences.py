"""The first sentences of the first test set, on which is measured what would take long on all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ticketscope.corpus.stored_texts import ParallelText
from ticketscope.measures.translation_scores import SentenceStatistics, sentence_statistics
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.quality.measure import as_json

METRICS = ("bleu", "chrf")
Stored = Mapping[str, Mapping[str, Any]]
"""Statistics by metric, as `as_json` has them."""


@dataclass(frozen=True, eq=False)
class Translated:
    """What a network made of sentences, and the statistics of each by metric.

    Args:
        texts: the translations.
        statistics: of `METRICS` and of the loss.
    """

    texts: Sequence[str]
    statistics: Mapping[str, SentenceStatistics]


def first_test_set(bench: Bench) -> str:
    """Its name."""
    return bench.held_out.test_sets[0]


def first_sentences(bench: Bench, num: int) -> ParallelText:
    """At most `num` of its sentences, in their order."""
    text = bench.held_out.text(first_test_set(bench))
    return ParallelText(text.source[:num], text.target[:num])


def as_measured(bench: Bench, label: LevelId, num: int) -> Translated:
    """What the quality step kept of them."""
    kept = bench.results.read(QUALITY, label)["test_sets"][first_test_set(bench)]
    return Translated(kept["translations"][:num], read_statistics(kept["statistics"], num))


def read_statistics(stored: Stored, num: int | None = None) -> dict[str, SentenceStatistics]:
    """Statistics as they were stored, of the first `num` sentences."""
    return {
        metric: SentenceStatistics(metric, np.array(raw["sentences"])[:num], raw["signature"])
        for metric, raw in stored.items()
    }


def stored_statistics(texts: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Statistics of translations by `METRICS`, to be stored."""
    found = sentence_statistics(texts, references)
    return {metric: as_json(found[metric]) for metric in METRICS}
