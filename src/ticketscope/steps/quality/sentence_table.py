"""The table of every translation: one row per sentence and network, to be sorted elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from ticketscope.measures.translation_scores import LOSS, SentenceStatistics, sentence_scores
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY

SCORES: Final = ("chrf", "ter", LOSS)
"""Metrics that mean something of one sentence; BLEU does not."""
_DIGITS: Final = 4


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of sentences.csv.gz: network by network, test set by test set, line by line.

    Nothing is measured: all of it was kept with the quality of the networks.
    """
    for level in bench.panel.labels:
        for test_set, measured in bench.results.read(QUALITY, level)["test_sets"].items():
            if measured["translations"] is None:
                continue  # of the validation split the loss alone is measured
            columns = _columns(measured["statistics"])
            cells = zip(measured["translations"], *columns, strict=True)
            for line, (translation, *scores) in enumerate(cells, start=1):
                yield {
                    "test_set": test_set,
                    "line": line,
                    **asdict(level),
                    "translation": translation,
                    **dict(zip((*SCORES, "num_tokens"), scores, strict=True)),
                }


def _columns(statistics: Mapping[str, Mapping[str, Any]]) -> list[list[Any]]:
    """The scores of each sentence, and how many target pieces its loss is over."""
    kept = {
        name: SentenceStatistics(name, np.array(raw["sentences"]), raw["signature"])
        for name, raw in statistics.items()
    }
    scores = [sentence_scores(kept[name]).round(_DIGITS).tolist() for name in SCORES]
    return [*scores, kept[LOSS].statistics[:, 1].astype(int).tolist()]
