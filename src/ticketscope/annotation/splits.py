"""Which split a file or a sentence belongs to."""

import re

from ticketscope import seeds
from ticketscope.annotation.examples import Split

_SPLIT_OF_WORD: dict[str, Split] = {
    "train": "train",
    "dev": "validation",
    "val": "validation",
    "validation": "validation",
    "testa": "validation",  # of CoNLL-2003
    "test": "test",
    "testb": "test",
}


def split_named(name: str) -> Split | None:
    """The split that the name of a file says (``en_ewt-ud-dev.conllu.gz``: validation), if any."""
    for word in re.split(r"[^a-z]+", name.lower()):
        if word in _SPLIT_OF_WORD:
            return _SPLIT_OF_WORD[word]
    return None


def split_by_hash(*parts: str) -> Split:
    """A split that depends on these parts alone: 80 % train, 10 % validation, 10 % test."""
    tenth = seeds.derive("split", *parts) % 10
    return "train" if tenth < 8 else "validation" if tenth == 8 else "test"
