"""Every translation with its source and reference, for metrics that others compute."""

from collections.abc import Iterator
from typing import Final

from ticketscope.files import is_there
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.scores.score_files import names_of

COLUMNS: Final = ("test_set", "line", "network", "source", "translation", "reference")


def lines(bench: Bench) -> Iterator[str]:
    """A tab-separated table with a header. The first three columns are those by which a file of
    scores names a sentence. A tab in a text becomes a space."""
    yield "\t".join(COLUMNS)
    names = {label: name for name, label in names_of(bench.study).items()}
    for label in bench.panel.labels:
        if not _is_translated(bench, label):
            continue
        for test_set, measured in bench.results.read(QUALITY, label)["test_sets"].items():
            if measured["translations"] is None:
                continue  # of the validation split the loss alone is measured
            text = bench.held_out.text(test_set)
            texts = zip(text.source, measured["translations"], text.target, strict=True)
            for line, said in enumerate(texts, start=1):
                cells = (
                    test_set,
                    str(line),
                    names[label],
                    *(each.replace("\t", " ") for each in said),
                )
                yield "\t".join(cells)


def not_translated(bench: Bench) -> list[LevelId]:
    """The networks that have no translations yet."""
    return [label for label in bench.panel.labels if not _is_translated(bench, label)]


def _is_translated(bench: Bench, label: LevelId) -> bool:
    return is_there(bench.results.place(QUALITY, label))
