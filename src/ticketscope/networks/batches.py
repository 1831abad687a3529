"""Token-budget batches from a seeded, resumable sampler."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from ticketscope.text.tokenizer import Frame

PieceIds = Sequence[int] | npt.NDArray[Any]


class Pairs(Protocol):
    """Pairs in pieces by number, such as a split of an encoded corpus.

    Attributes:
        source_lengths, target_lengths: `[num_pairs]`, pieces without the end of sentence.
    """

    source_lengths: npt.NDArray[np.int32]
    target_lengths: npt.NDArray[np.int32]

    def __len__(self) -> int: ...

    def source(self, i: int, /) -> PieceIds:
        """Ids of the source side of pair `i`."""

    def target(self, i: int, /) -> PieceIds:
        """Ids of its target side."""


class PairsInMemory:
    """Pairs given as lists of ids."""

    def __init__(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> None:
        self._sources, self._targets = sources, targets
        self.source_lengths = _lengths(sources)
        self.target_lengths = _lengths(targets)

    def __len__(self) -> int:
        return len(self._sources)

    def source(self, i: int, /) -> Sequence[int]:
        """As of `Pairs`."""
        return self._sources[i]

    def target(self, i: int, /) -> Sequence[int]:
        """As of `Pairs`."""
        return self._targets[i]


def _lengths(sentences: Sequence[Sequence[int]]) -> npt.NDArray[np.int32]:
    return np.array([len(sentence) for sentence in sentences], dtype=np.int32)


@dataclass(frozen=True)
class Batch:
    """Padded tensors of one batch; ids are int64, padding on the right.

    `source_BS` are the pieces in their frame. `decoder_input_BT` is what the decoder is fed, and
    `labels_BT` at each position what it has to say there; what a frame forces is no label.
    `label_places_N` counts the positions that have one, row after row, from 0 on: to find them by
    the mask, a program has to wait until a GPU is done. `num_tokens`: labels without padding.
    """

    source_BS: Tensor
    source_mask_BS: Tensor
    decoder_input_BT: Tensor
    labels_BT: Tensor
    label_mask_BT: Tensor
    label_places_N: Tensor
    num_tokens: int

    def pinned(self) -> "Batch":
        """The same batch in memory from which a GPU copies while the program goes on."""
        return self._with_each(Tensor.pin_memory)

    def to(self, device: str) -> "Batch":
        """The same batch on a device; the program waits for the copies only where `pinned` was
        not called."""
        if device == "cpu":
            return self
        return self._with_each(lambda tensor: tensor.to(device, non_blocking=True))

    def _with_each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        return Batch(
            change(self.source_BS),
            change(self.source_mask_BS),
            change(self.decoder_input_BT),
            change(self.labels_BT),
            change(self.label_mask_BT),
            change(self.label_places_N),
            self.num_tokens,
        )


def collate(pairs: Pairs, indices: Sequence[int] | np.ndarray, frame: Frame) -> Batch:
    """Pad the pairs at `indices` into one batch."""
    sources = [(*frame.source_before, *pairs.source(int(i))) for i in indices]
    targets = [pairs.target(int(i)) for i in indices]
    source = _padded(sources, frame.source_after, frame.pad)
    said = _padded(targets, frame.target_after, frame.pad)
    said_mask = _mask([len(target) + len(frame.target_after) for target in targets], said.shape[1])
    # What is fed before the last symbol of the frame is not predicted.
    num_fed = len(frame.target_before) - 1
    labels = functional.pad(said, (num_fed, 0), value=frame.pad)
    label_mask = functional.pad(said_mask, (num_fed, 0), value=False)
    decoder_input = torch.empty_like(labels)
    decoder_input[:, : num_fed + 1] = torch.tensor(frame.target_before)
    decoder_input[:, num_fed + 1 :] = said[:, :-1]
    num_source = [len(source) + len(frame.source_after) for source in sources]
    places = np.flatnonzero(label_mask.numpy())
    return Batch(
        source_BS=source,
        source_mask_BS=_mask(num_source, source.shape[1]),
        decoder_input_BT=decoder_input,
        labels_BT=labels,
        label_mask_BT=label_mask,
        label_places_N=torch.from_numpy(places),
        num_tokens=len(places),
    )


def _padded(sentences: Sequence[PieceIds], after: Sequence[int], pad: int) -> Tensor:
    width = max(len(sentence) for sentence in sentences) + len(after)
    padded = np.full((len(sentences), width), pad, dtype=np.int64)
    for row, sentence in zip(padded, sentences, strict=True):
        row[: len(sentence)] = sentence
        row[len(sentence) : len(sentence) + len(after)] = after
    return torch.from_numpy(padded)


def _mask(lengths: list[int], width: int) -> Tensor:
    return torch.arange(width)[None, :] < torch.tensor(lengths)[:, None]


# ----------------------------------------------------------------------------- sampling


@dataclass(frozen=True)
class Position:
    """Where a sampler stands: the next batch is number `batch` of `epoch`."""

    epoch: int
    batch: int


class Sampler:
    """Endless batches of pair indices; every epoch sees every pair exactly once.

    The order depends on nothing but (`seed`, epoch), so a sampler put back to a `Position` gives
    the very next batch. Pairs of like length share a batch; which ones do, and the order of the
    batches, changes every epoch, but their number does not.
    """

    def __init__(
        self, lengths: np.ndarray, *, max_tokens: int, seed: int, keys: np.ndarray | None = None
    ) -> None:
        """`lengths`: of the longer side of every pair, end of sentence included; `keys`: as of
        `epoch_batches`."""
        self._lengths, self._keys = lengths, keys
        self._max_tokens = max_tokens
        self._seed = seed
        self._epoch_at_hand = -1
        self._batches: list[np.ndarray] = []
        self.position = Position(epoch=0, batch=0)

    def next(self) -> np.ndarray:
        """Indices of the next batch."""
        epoch, batch = self.position.epoch, self.position.batch
        if epoch != self._epoch_at_hand:
            self._batches = epoch_batches(
                self._lengths, self._max_tokens, self._seed, epoch, self._keys
            )
            self._epoch_at_hand = epoch
        indices = self._batches[batch]
        last = batch + 1 == len(self._batches)
        self.position = Position(epoch + 1, 0) if last else Position(epoch, batch + 1)
        return indices


def longer_side(pairs: Pairs) -> np.ndarray:
    """Length of the longer side of every pair, end of sentence included."""
    return np.maximum(pairs.source_lengths, pairs.target_lengths) + 1


def keys_of_both_sides(pairs: Pairs) -> np.ndarray:
    """What sorts pairs by the longer side, and those that are alike in it by the source and then by
    the target."""
    longer = longer_side(pairs).astype(np.int64)
    base = int(longer.max(initial=0)) + 1
    return (longer * base + pairs.source_lengths) * base + pairs.target_lengths


def epoch_batches(
    lengths: np.ndarray, max_tokens: int, seed: int, epoch: int, keys: np.ndarray | None = None
) -> list[np.ndarray]:
    """All batches of one epoch in their order.

    `keys`: what pairs are sorted by before they are cut into batches, of which the lengths must
    come out ascending; the lengths themselves where nothing is given.
    """
    generator = np.random.default_rng([seed, epoch])
    shuffled = generator.permutation(len(lengths))
    sorted_by = lengths if keys is None else keys
    by_length = shuffled[np.argsort(sorted_by[shuffled], kind="stable")]
    starts = _batch_starts(lengths[by_length], max_tokens)
    batches = np.split(by_length, starts[1:])
    return [batches[i] for i in generator.permutation(len(batches))]


def num_batches(lengths: np.ndarray, max_tokens: int) -> int:
    """Batches per epoch."""
    return len(_batch_starts(np.sort(lengths), max_tokens))


def ordered_batches(lengths: np.ndarray, max_tokens: int) -> list[np.ndarray]:
    """Batches of a whole split for evaluation: by length, ties in the order of the corpus."""
    by_length = np.argsort(lengths, kind="stable")
    return np.split(by_length, _batch_starts(lengths[by_length], max_tokens)[1:])


def _batch_starts(ascending: np.ndarray, max_tokens: int) -> list[int]:
    """Where each batch begins, cutting greedily from the shortest on.

    A pair longer than the budget gets a batch of its own.
    """
    starts: list[int] = []
    first = 0
    while first < len(ascending):
        starts.append(first)
        # Binary search for the largest end with (end - first) * longest <= max_tokens.
        low, high = (
            first + 1,
            min(len(ascending), first + max(1, max_tokens // int(ascending[first]))),
        )
        while low < high:
            middle = (low + high + 1) // 2
            fits = (middle - first) * int(ascending[middle - 1]) <= max_tokens
            low, high = (middle, high) if fits else (low, middle - 1)
        first = low
    return starts
