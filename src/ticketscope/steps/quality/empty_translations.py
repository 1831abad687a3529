"""Translations without a word of texts that have some, counted by network and test set."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY


def view(bench: Bench) -> dict[str, Any]:
    """views/quality.json: where there are some."""
    return {"empty": [{**asdict(label), **counts} for label, counts in _counted(bench)]}


def remarks(bench: Bench) -> Iterator[str]:
    """A line per network and test set where there are some."""
    for label, counts in _counted(bench):
        yield (
            f"quality: {label} translates {counts['num_empty']:,} of "
            f"{counts['num_sentences']:,} sentences of {counts['test_set']} with nothing; all "
            "scores count them"
        )


def _counted(bench: Bench) -> Iterator[tuple[LevelId, dict[str, Any]]]:
    for label in bench.panel.labels:
        for test_set, measured in bench.results.read(QUALITY, label)["test_sets"].items():
            if measured["translations"] is None:
                continue  # of the validation split the loss alone is measured
            sources = bench.held_out.text(test_set).source
            pairs = zip(sources, measured["translations"], strict=True)
            num_empty = sum(bool(source.strip()) and not said.strip() for source, said in pairs)
            if num_empty:
                yield (
                    label,
                    {
                        "test_set": test_set,
                        "num_empty": num_empty,
                        "num_sentences": len(sources),
                    },
                )
