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

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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


def write_split(
    folder: Path,
    name: str,
    pairs: Iterable[tuple[Sequence[int], Sequence[int]]],
    vocabulary_size: int,
    pairs_per_shard: int = SHARD_PAIRS,
) -> SplitSize:
    """Write pairs of id lists (source, target) as shards; memory holds one shard at a time."""
    typecode = "H" if vocabulary_size <= 2**16 else "I"
    sides = [_SideWriter(folder, name, side, typecode) for side in SIDES]
    num_pairs = 0
    for pair in pairs:
        num_pairs += 1
        for writer, ids in zip(sides, pair, strict=True):
            writer.add(ids)
        if num_pairs % pairs_per_shard == 0:
            for writer in sides:
                writer.flush()
    for writer in sides:
        writer.flush()
    source, target = sides
    return SplitSize(
        num_pairs=num_pairs,
        num_shards=source.num_shards,
        num_source_pieces=source.num_pieces,
        num_target_pieces=target.num_pieces,
        longest_source=source.longest,
        longest_target=target.longest,
    )


class _SideWriter:
    def __init__(self, folder: Path, name: str, side: str, typecode: str) -> None:
        self._folder, self._name, self._side = folder, name, side
        self._ids = array(typecode)
        self._ends = array("q")
        self.num_shards = self.num_pieces = self.longest = 0

    def add(self, ids: Sequence[int]) -> None:
        self._ids.extend(ids)
        self._ends.append(len(self._ids))
        self.num_pieces += len(ids)
        self.longest = max(self.longest, len(ids))

    def flush(self) -> None:
        if not self._ends:
            return
        names = shard_files(self._name, self.num_shards, self._side)
        for name, numbers in zip(names, (self._ids, self._ends), strict=True):
            np.save(self._folder / name, np.array(numbers), allow_pickle=False)
            del numbers[:]
        self.num_shards += 1
