"""A corpus as training reads it: piece ids in memory-mapped shards, in one folder.

```
corpus.json                        what it was made from and how; written last
sentencepiece.model                or, of a pretrained network, network/ with its tokenizer
SPLIT-NNNNN.SIDE.ids.npy           ids of all pairs of a shard, one after the other
SPLIT-NNNNN.SIDE.ends.npy          where each pair ends in them
SPLIT.SIDE.txt                     raw text, one sentence per line (validation and test sets only)
```
SIDE is `source` or `target`; the end of sentence is not stored.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ticketscope import files
from ticketscope.corpus.stored_texts import SIDES, StoredTexts, mend
from ticketscope.runs import seals
from ticketscope.text.vocabulary import Vocabulary

Ids = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

MODEL = "sentencepiece.model"
NETWORK = "network"
"""The files beside the weights of a pretrained network, whose tokenizer cut the text."""
SHARD_PAIRS = 100_000


@dataclass(frozen=True)
class SplitSize:
    """How much a split holds; pieces are counted without ends of sentences."""

    num_pairs: int
    num_shards: int
    num_source_pieces: int
    num_target_pieces: int
    longest_source: int
    longest_target: int

    @classmethod
    def of(cls, shards: Sequence["SplitSize"]) -> "SplitSize":
        """Of a split that has these shards."""
        return cls(
            num_pairs=sum(shard.num_pairs for shard in shards),
            num_shards=len(shards),
            num_source_pieces=sum(shard.num_source_pieces for shard in shards),
            num_target_pieces=sum(shard.num_target_pieces for shard in shards),
            longest_source=max((shard.longest_source for shard in shards), default=0),
            longest_target=max((shard.longest_target for shard in shards), default=0),
        )


# ----------------------------------------------------------------------------- reading


class EncodedSplit:
    """Pairs of one split by number, read from disk as they are asked for.

    Attributes:
        source_lengths, target_lengths: `[num_pairs]` int32, pieces without the end of sentence.
    """

    def __init__(self, folder: Path, name: str, num_shards: int) -> None:
        self._source = _Side(folder, name, "source", num_shards)
        self._target = _Side(folder, name, "target", num_shards)
        self.source_lengths = self._source.lengths
        self.target_lengths = self._target.lengths
        assert len(self.source_lengths) == len(self.target_lengths)

    def __len__(self) -> int:
        return len(self.source_lengths)

    def source(self, i: int) -> Ids:
        """Ids `[source_lengths[i]]` of the source side of pair `i`, a view of the file."""
        return self._source.ids(i)

    def target(self, i: int) -> Ids:
        """Ids `[target_lengths[i]]` of the target side of pair `i`, a view of the file."""
        return self._target.ids(i)

    def source_piece_counts(self, vocabulary_size: int) -> npt.NDArray[np.int64]:
        """How often each piece is on the source side, ``[vocabulary_size]``."""
        return self._source.counts(vocabulary_size)

    def target_piece_counts(self, vocabulary_size: int) -> npt.NDArray[np.int64]:
        """The same of the target side."""
        return self._target.counts(vocabulary_size)


class EncodedCorpus(StoredTexts):
    """A finished corpus folder.

    Attributes:
        model_file: the SentencePiece model that encoded it.
        report: what corpus.json holds: settings, checksums, and per split what was read, kept and
            left out for which reason.
        test_sets: names of the test sets, in the order of the config.

    Raises `DamagedError` where there is no finished corpus.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.model_file = folder / MODEL

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What cut its text, which all networks of a lottery share."""
        return Vocabulary(self.model_file, self.report["settings"]["norm"])

    def split(self, name: str) -> EncodedSplit:
        """The pairs of "train", "validation" or a test set."""
        return EncodedSplit(self._folder, name, self.report["splits"][name]["num_shards"])


class _Side:
    """One side of a split."""

    def __init__(self, folder: Path, name: str, side: str, num_shards: int) -> None:
        self._ids: list[Ids] = []
        self._ends: list[npt.NDArray[np.int64]] = []
        for number in range(num_shards):
            ids_file, ends_file = (folder / file for file in shard_files(name, number, side))
            self._ids.append(_mapped(ids_file))
            self._ends.append(_mapped(ends_file))
        # Number of the first pair of each shard.
        self._firsts = list(accumulate(map(len, self._ends), initial=0))[:-1]
        self.lengths: npt.NDArray[np.int32] = np.concatenate(
            [np.diff(ends, prepend=0).astype(np.int32) for ends in self._ends]
        )

    def ids(self, i: int) -> Ids:
        if not 0 <= i < len(self.lengths):
            raise IndexError(i)
        shard = bisect_right(self._firsts, i) - 1
        ends = self._ends[shard]
        row = i - self._firsts[shard]
        start = ends[row - 1] if row else 0
        return self._ids[shard][start : ends[row]]

    def counts(self, vocabulary_size: int) -> npt.NDArray[np.int64]:
        counts = np.zeros(vocabulary_size, dtype=np.int64)
        for ids in self._ids:
            counts += np.bincount(ids, minlength=vocabulary_size)
        return counts


def _mapped(path: Path) -> Any:
    # A plain view: slicing numpy's own memmap class costs several times as much.
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except (ValueError, EOFError, FileNotFoundError):
        raise seals.DamagedError(f"{path}: missing or truncated; {mend(path.parent)}") from None


# ----------------------------------------------------------------------------- writing


def shard_files(split: str, number: int, side: str) -> tuple[str, str]:
    """Names of the files of a shard's side: ids and ends."""
    stem = f"{split}-{number:05d}.{side}"
    return f"{stem}.ids.npy", f"{stem}.ends.npy"


class Side(NamedTuple):
    """One side of some pairs, in pieces."""

    ids: Ids
    """Of all sentences, one after the other."""
    lengths: npt.NDArray[np.int64]
    """Of each sentence, in pieces."""

    @classmethod
    def of(cls, sentences: Sequence[Sequence[int]], vocabulary_size: int) -> "Side":
        """The ids of each sentence, of a vocabulary with so many rows."""
        lengths = np.fromiter(map(len, sentences), np.int64, len(sentences))
        dtype = np.uint16 if vocabulary_size <= 2**16 else np.uint32
        ids: Any = np.fromiter(chain.from_iterable(sentences), dtype, lengths.sum())
        return cls(ids, lengths)

    @classmethod
    def joined(cls, parts: Sequence["Side"]) -> "Side":
        """Some after the other."""
        return cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.lengths for part in parts]),
        )

    def cut(self, num: int) -> tuple["Side", "Side"]:
        """The first sentences, so many, and the others."""
        end = self.lengths[:num].sum()
        return Side(self.ids[:end], self.lengths[:num]), Side(self.ids[end:], self.lengths[num:])


def write_shard(folder: Path, split: str, number: int, sides: Iterable[Side]) -> SplitSize:
    """Write source and target of some pairs, one at the least, as the files of a shard."""
    source, target = sides
    for name, side in zip(SIDES, (source, target), strict=True):
        files_of_side = zip(
            shard_files(split, number, name), (side.ids, side.lengths.cumsum()), strict=True
        )
        for file, numbers in files_of_side:
            with (
                files.appearing(folder / file, synced=False) as partial,
                partial.open("wb") as opened,
            ):
                np.save(opened, numbers, allow_pickle=False)
    return SplitSize(
        num_pairs=len(source.lengths),
        num_shards=1,
        num_source_pieces=len(source.ids),
        num_target_pieces=len(target.ids),
        longest_source=int(source.lengths.max()),
        longest_target=int(target.lengths.max()),
    )


def write_split(
    folder: Path,
    name: str,
    pairs: Iterable[tuple[Sequence[int], Sequence[int]]],
    vocabulary_size: int,
    pairs_per_shard: int = SHARD_PAIRS,
) -> SplitSize:
    """Write pairs of id lists (source, target) as shards; memory holds one shard at a time."""
    stream = iter(pairs)
    sizes: list[SplitSize] = []
    while shard := list(islice(stream, pairs_per_shard)):
        sides = (Side.of(side, vocabulary_size) for side in zip(*shard, strict=True))
        sizes.append(write_shard(folder, name, len(sizes), sides))
    return SplitSize.of(sizes)
