"""Clean training text in pieces: on several cores, and shard by shard, of which a stop loses one.

Threads encode, not processes: SentencePiece lets go of Python's lock while it cuts, which is most
of the work (docs/log.md). Blocks come back in their order, so the bytes do not depend on how many.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import compress, count, islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ticketscope.config import Cleaning
from ticketscope.corpus.clean_text import CleanText, Progress
from ticketscope.corpus.cleaning import KEPT, REASONS, Reason, pieces_reasons
from ticketscope.corpus.encoded import SHARD_PAIRS, Side, SplitSize, shard_files, write_shard
from ticketscope.corpus.kept_stages import Stages
from ticketscope.corpus.parallel import Pair
from ticketscope.corpus.stored_texts import SIDES
from ticketscope.text.tokenizer import Tokenizer

_BLOCK = 2_000  # pairs encoded at a time
_AHEAD = 2  # blocks per thread that wait or are at work
_MOST_THREADS = 8  # more of them would wait for Python's lock
_T = TypeVar("_T")
_U = TypeVar("_U")


@dataclass(frozen=True)
class Block:
    """Some pairs, one after the other, and in pieces those of them that are kept.

    Args:
        reasons_N: of each pair that was read, as of `pieces_reasons`.
        sides: source and target of the kept ones.
    """

    reasons_N: npt.NDArray[np.int8]
    sides: tuple[Side, Side]

    @property
    def num_kept(self) -> int:
        """How many are kept."""
        return len(self.sides[0].lengths)

    @property
    def left_out(self) -> dict[Reason, int]:
        """How many are left out, by reason."""
        places = self.reasons_N[self.reasons_N != KEPT]
        numbers = np.bincount(places, minlength=len(REASONS)).tolist()
        return {reason: num for reason, num in zip(REASONS, numbers, strict=True) if num}

    def cut(self, num_kept: int) -> tuple["Block", "Block"]:
        """Up to the kept pair of this number, from 1, and what comes behind it."""
        end = int(np.flatnonzero(self.reasons_N == KEPT)[num_kept - 1]) + 1
        (source, more_source), (target, more_target) = (side.cut(num_kept) for side in self.sides)
        return (
            Block(self.reasons_N[:end], (source, target)),
            Block(self.reasons_N[end:], (more_source, more_target)),
        )


@dataclass(frozen=True)
class _Shard:
    """What is to be known of a shard: of how many pairs read it was made, and what is in it."""

    num_read: int
    left_out: dict[Reason, int]
    size: SplitSize


def encode_train(
    text: CleanText,
    tokenizer: Tokenizer,
    cleaning: Cleaning,
    stages: Stages,
    threads: int,
    progress: Progress,
) -> tuple[SplitSize, Counter[Reason]]:
    """Second cleaning, by the number of pieces, and encoding; goes on behind the shards that an
    earlier try has left.

    Returns what there is now, and how many pairs are left out here for which reason.
    """
    shards = list(_kept_shards(stages))
    num_read = sum(shard.num_read for shard in shards)
    if shards:
        progress(f"going on behind {num_read:,} encoded pairs")
    todo = islice(text.pairs(), num_read, None)
    blocks = in_order(partial(_in_pieces, tokenizer, cleaning), _blocks(todo), threads)
    left_out: Counter[Reason] = Counter()
    for shard in shards:
        left_out.update(shard.left_out)
    for block in of_shards(blocks, SHARD_PAIRS):
        left_out.update(block.left_out)
        num_read += len(block.reasons_N)
        if block.num_kept:
            shards.append(_write(block, len(shards), stages))
        progress(f"encoding train: {num_read:,} of {text.num_pairs:,} pairs")
    assert num_read == text.num_pairs
    return SplitSize.of([shard.size for shard in shards]), left_out


def encoded(pairs: Iterable[Pair], tokenizer: Tokenizer) -> Iterator[tuple[list[int], list[int]]]:
    """The pieces of every pair, here and now: for what is small."""
    for block in _blocks(pairs):
        yield from zip(*_cut_up(block, tokenizer), strict=True)


def num_rows(tokenizer: Tokenizer) -> int:
    """Of the larger side."""
    return max(len(tokenizer.source.names), len(tokenizer.target.names))


# ----------------------------------------------------------------------------- blocks


def _blocks(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    stream = iter(pairs)
    while block := list(islice(stream, _BLOCK)):
        yield block


def in_order(work: Callable[[_T], _U], todo: Iterable[_T], threads: int) -> Iterator[_U]:
    """What `work` makes of each, in their order; few of them are in memory at a time."""
    if threads == 1:
        yield from map(work, todo)
        return
    num = min(threads, _MOST_THREADS)
    waiting: deque[Future[_U]] = deque()
    pool = ThreadPoolExecutor(num)
    try:
        for one in todo:
            waiting.append(pool.submit(work, one))
            if len(waiting) == _AHEAD * num:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _in_pieces(tokenizer: Tokenizer, cleaning: Cleaning, pairs: Sequence[Pair]) -> Block:
    sides = _cut_up(pairs, tokenizer)
    num_source_N, num_target_N = (np.array([len(ids) for ids in side]) for side in sides)
    reasons_N = pieces_reasons(num_source_N, num_target_N, cleaning)
    source, target = (
        Side.of(list(compress(side, reasons_N == KEPT)), num_rows(tokenizer)) for side in sides
    )
    return Block(reasons_N, (source, target))


def _cut_up(pairs: Sequence[Pair], tokenizer: Tokenizer) -> tuple[list[list[int]], list[list[int]]]:
    sources, targets = zip(*pairs, strict=True)
    return tokenizer.source.encode(sources), tokenizer.target.encode(targets)


# ----------------------------------------------------------------------------- shards


def of_shards(blocks: Iterable[Block], pairs_per_shard: int) -> Iterator[Block]:
    """The same in blocks of so many kept pairs. The last may keep fewer, or none."""
    held: list[Block] = []
    num_held = 0
    for block in blocks:
        while num_held + block.num_kept >= pairs_per_shard:
            head, block = block.cut(pairs_per_shard - num_held)
            yield _joined([*held, head])
            held, num_held = [], 0
        held.append(block)
        num_held += block.num_kept
    if held:
        yield _joined(held)


def _joined(blocks: Sequence[Block]) -> Block:
    source, target = (
        Side.joined([block.sides[number] for block in blocks]) for number in range(len(SIDES))
    )
    return Block(np.concatenate([block.reasons_N for block in blocks]), (source, target))


def _write(block: Block, number: int, stages: Stages) -> _Shard:
    size = write_shard(stages.folder, "train", number, block.sides)
    shard = _Shard(len(block.reasons_N), block.left_out, size)
    names = (name for side in SIDES for name in shard_files("train", number, side))
    stages.seal(_stage(number), asdict(shard), (stages.folder / name for name in names))
    return shard


def _kept_shards(stages: Stages) -> Iterator[_Shard]:
    """The shards that an earlier try has left, up to the first that is not whole."""
    for number in count():
        kept = stages.done(_stage(number))
        if kept is None:
            return
        yield _Shard(kept["num_read"], kept["left_out"], SplitSize(**kept["size"]))


def _stage(number: int) -> str:
    return f"shard-{number:05d}"
