"""Rows of behaviour.csv: accuracy on minimal pairs, and scores of slices of the test sets."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.corpus.grammar import Contrast
from ticketscope.measures.proportions import paired_difference, wilson
from ticketscope.steps.behaviour import BEHAVIOUR, contrasts
from ticketscope.steps.behaviour.slices import slice_rows
from ticketscope.steps.bench import Bench


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of behaviour.csv, without the columns that every table begins with."""
    if contrasts.are_asked(bench.study):
        yield from _pair_rows(bench)
    yield from slice_rows(bench)


def _pair_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """Of each set of pairs: all of them (an empty bucket), then by phenomenon."""
    levels = bench.panel.labels
    measured = {level: bench.results.read(BEHAVIOUR, level) for level in levels}
    for name, pairs in bench.once(contrasts.kept).items():
        likelier = {level: np.array(measured[level][name]) for level in levels}
        right = {level: both[:, 0] > both[:, 1] for level, both in likelier.items()}
        tied = {level: both[:, 0] == both[:, 1] for level, both in likelier.items()}
        for phenomenon, places in _by_phenomenon(pairs):
            for level in levels:
                row = {
                    "level_id": level,
                    "bucket_kind": "phenomenon",
                    "bucket": phenomenon,
                    "test_set": name,
                    "num_sentences": len(places),
                }
                yield {
                    **row,
                    "metric": "accuracy",
                    "better": "higher",
                    **_accuracy(right[level][places]),
                    **dict(
                        chain.from_iterable(
                            _difference(which, right[level][places], right[other][places]).items()
                            for which, other in bench.panel.baselines(level).items()
                        )
                    ),
                }
                yield {**row, "metric": "tied", "value": float(tied[level][places].mean())}


def _by_phenomenon(pairs: Sequence[Contrast]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    phenomena = np.array([pair.phenomenon for pair in pairs])
    yield "", np.arange(len(pairs))
    for phenomenon in dict.fromkeys(phenomena.tolist()):
        yield phenomenon, np.flatnonzero(phenomena == phenomenon)


def _accuracy(right: NDArray[np.bool_]) -> dict[str, float]:
    return wilson(int(right.sum()), len(right)).cells()


def _difference(name: str, ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> dict[str, float]:
    return paired_difference(ours, theirs).cells(f"difference_{name}")
