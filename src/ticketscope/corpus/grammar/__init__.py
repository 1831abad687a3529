"""The corpus that ticketscope generates itself: English sentences with their German translations.

Synthetic, in unlimited supply and the same for the same seed on every machine. Which split a
sentence belongs to is decided by its English text alone, so that no source sentence is ever in two
splits, whatever the seeds and sizes. Within a split a sentence may recur, as in real text.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice, repeat
from random import Random
from typing import Literal

from ticketscope.corpus.grammar.grammar import sentence

Split = Literal["train", "validation", "test"]


def pairs(split: Split, num: int, seed: int) -> Iterator[tuple[str, str]]:
    """Stream `num` sentence pairs (English, German) of a split: raw text, cased, untokenised."""
    endless = map(sentence, repeat(Random(f"{split} {seed}")))
    return islice((pair for pair in endless if _split_of(pair[0]) == split), num)


def _split_of(source: str) -> Split:
    """Four fifths of all sentences are for training, a tenth each for validation and test."""
    share = hashlib.sha256(source.encode()).digest()[0] / 256
    return "train" if share < 0.8 else "validation" if share < 0.9 else "test"
