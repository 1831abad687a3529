"""The labelled items of one split, and the batches of sentences that probes are trained on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.errors import InputError

# Products of matrices give the same bits only where their operands are aligned alike; 16 floats
# are the 64 bytes of the widest vector instruction.
ALIGNMENT = 16


@dataclass(frozen=True, eq=False)
class Items:
    """Words, or pairs of words, with their gold classes or values, sentence by sentence.

    Args:
        first: `[num_items]` int64, the row of the (first) word in the features.
        second: `[num_items]` int64, the row of the other word of a pair; None for single words.
        gold: `[num_items]`, class ids as int64, or values as float32.
        sentences: `[num_items]` int64, the sentence of each item, never decreasing.

    Raises `InputError` where there is no item.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64] | None
    gold: NDArray[np.int64] | NDArray[np.float32]
    sentences: NDArray[np.int64]

    def __post_init__(self) -> None:
        shape = (len(self.first),)
        assert self.first.shape == self.gold.shape == self.sentences.shape == shape
        assert self.second is None or self.second.shape == shape
        assert self.gold.dtype in (np.int64, np.float32), self.gold.dtype
        assert (np.diff(self.sentences) >= 0).all(), "items must come sentence by sentence"
        if not len(self):
            raise InputError("probe: a split has no labelled items; give it more sentences")

    def __len__(self) -> int:
        return len(self.first)

    def part(self, start: int, stop: int) -> "Items":
        """The items from `start` on, before `stop`."""
        part = slice(start, stop)
        second = None if self.second is None else self.second[part]
        return Items(self.first[part], second, self.gold[part], self.sentences[part])

    def starts(self) -> NDArray[np.int64]:
        """The first item of every sentence that has any, and the end, `[num_sentences + 1]`."""
        begins = np.flatnonzero(np.diff(self.sentences)) + 1
        return np.concatenate(([0], begins, [len(self)])).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Batch:
    """Some items as tensors, the last of them repeated up to a multiple of `ALIGNMENT`.

    `first`, `second` and `gold` are `[num_padded]`; the first `num_items` of them count.
    """

    first: Tensor
    second: Tensor | None
    gold: Tensor
    num_items: int

    @staticmethod
    def of(items: Items, numbers: NDArray[np.int64]) -> "Batch":
        """The items with these numbers."""
        padded = np.pad(numbers, (0, -len(numbers) % ALIGNMENT), mode="edge")
        return Batch(
            first=torch.from_numpy(items.first[padded]),
            second=None if items.second is None else torch.from_numpy(items.second[padded]),
            gold=torch.from_numpy(items.gold[padded]),
            num_items=len(numbers),
        )


def shuffled_batches(items: Items, batch_items: int, generator: torch.Generator) -> Iterator[Batch]:
    """Batches of a given number of items, for ever: all items in a drawn order, then all of them
    in another. Of fewer items than that, each batch has all."""
    size = min(batch_items, len(items))
    waiting = np.zeros(0, dtype=np.int64)
    while True:
        if len(waiting) < size:
            order = torch.randperm(len(items), generator=generator).numpy()
            waiting = np.concatenate((waiting, order))
        yield Batch.of(items, waiting[:size])
        waiting = waiting[size:]


def consecutive_batches(items: Items, batch_items: int) -> Iterator[tuple[int, Batch]]:
    """All items once and in order, a given number per batch, each batch with the number of its
    first."""
    for start in range(0, len(items), batch_items):
        yield start, Batch.of(items, np.arange(start, min(start + batch_items, len(items))))
