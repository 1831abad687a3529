"""The pairs on which losses are measured, those on which maps are fitted, and how frequent pieces
are."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ticketscope.steps.bench import Bench
from ticketscope.steps.held_out import first_pairs
from ticketscope.steps.word_classes.classed_words import frequency_class
from ticketscope.text.tokenizer import Tokenizer

Pairs = tuple[tuple[str, str], ...]
"""Sources with their references."""
_FOR_VALIDATION: Final = 5
"""One of so many pairs for a fit only says how strong the ridge shall be."""


class Texts(NamedTuple):
    """Pairs that have none in common, but for such as are in the held-out sets twice."""

    judged: Pairs
    """On which losses are measured."""
    fit: Pairs
    """On which maps are fitted; none where the held-out sets have no more pairs."""
    validation: Pairs
    """On which the strength of the ridge is chosen."""


def texts(bench: Bench) -> Texts:
    """The first pairs of the held-out sets are judged, and maps are fitted on those after them."""
    settings = bench.study.causes
    num, num_fit = settings.num_sentences, settings.fit_sentences
    every: list[tuple[str, str]] = []
    for name, number in first_pairs(bench.held_out, settings.sentences, num + num_fit):
        text = bench.held_out.text(name)
        every += zip(text.source[:number], text.target[:number], strict=True)
    rest = every[num:]
    is_fit = [place % _FOR_VALIDATION != _FOR_VALIDATION - 1 for place in range(len(rest))]
    fit, validation = (
        tuple(pair for pair, one in zip(rest, is_fit, strict=True) if one is wanted)
        for wanted in (True, False)
    )
    return Texts(tuple(every[:num]), *((fit, validation) if validation else ((), ())))


def piece_classes(bench: Bench, tokenizer: Tokenizer) -> NDArray[np.object_]:
    """The class of every piece of the target side by how frequent it is: in the training corpus,
    or where nobody knows that, in the references of all held-out sets."""
    counts = _counts(bench, tokenizer)
    total = int(counts.sum())
    return np.array([frequency_class(int(count), total) for count in counts], dtype=object)


def _counts(bench: Bench, tokenizer: Tokenizer) -> NDArray[np.int64]:
    """An end of sentence counts as often as there are sentences."""
    num_rows = tokenizer.frame.labels[1]
    if bench.training:
        split = bench.training.split("train")
        counts, num = split.target_piece_counts(num_rows), len(split)
    else:
        references = [text for name in bench.held_out.names for text in _references(bench, name)]
        counts, num = np.zeros(num_rows, dtype=np.int64), len(references)
        for ids in tokenizer.target.encode(references):
            np.add.at(counts, list(ids), 1)
    for end in tokenizer.frame.target_after:
        counts[end] += num
    return counts


def _references(bench: Bench, name: str) -> tuple[str, ...]:
    return bench.held_out.text(name).target
