"""What an update is trained on: the next micro-batches of one stream, which its ranks share.

The stream goes on from epoch to epoch, whatever the number of ranks, so that every pair is seen
exactly once in each. Micro-batch j of an update is that of rank j mod W. All that is random of it
follows from its update and j.
"""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ticketscope.lottery.ranks.rank import Rank
from ticketscope.networks.batches import Batch, Pairs, Position, Sampler, collate
from ticketscope.seeds import derive
from ticketscope.text.tokenizer import Frame

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class MicroBatch:
    """A batch, and its number within its update."""

    number: int
    batch: Batch


@dataclass(frozen=True)
class Portion:
    """What one rank has of an update.

    Args:
        micro_batches: one per round; None in a last round that has not enough for all ranks.
        num_tokens: target tokens of the whole update, whoever has them.
        after: where the stream stands behind the update.
    """

    micro_batches: tuple[MicroBatch | None, ...]
    num_tokens: int
    after: Position


def portions(
    pairs: Pairs, frame: Frame, sampler: Sampler, accumulate: int, rank: Rank, *, pins: bool = False
) -> Iterator[Portion]:
    """What a rank has of one update after the other, without end.

    `accumulate`: micro-batches per update. `pins`: whether they go to a GPU.
    """
    while True:
        drawn = [sampler.next() for _ in range(accumulate)]
        own = []
        for number in range(rank.number, accumulate, rank.size):
            batch = collate(pairs, drawn[number], frame)
            own.append(MicroBatch(number, batch.pinned() if pins else batch))
        num_rounds = -(-accumulate // rank.size)
        none_left = [None] * (num_rounds - len(own))
        yield Portion((*own, *none_left), _num_tokens(pairs, frame, drawn), sampler.position)


def _num_tokens(pairs: Pairs, frame: Frame, drawn: list[np.ndarray]) -> int:
    """Labels of all pairs that were drawn; no rank has to ask another for it."""
    indices = np.concatenate(drawn)
    return int(pairs.target_lengths[indices].sum()) + len(indices) * len(frame.target_after)


def dropout_seed(seed: int, update: int, number: int) -> int:
    """What decides dropout in a micro-batch. The first of an update needs no number, so that
    updates of one batch are what they were before there was one."""
    return derive(seed, "dropout", update, *((number,) if number else ()))


def made_ahead(items: Iterator[_Item], num_ahead: int) -> Generator[_Item]:
    """The same items, which must not end; a thread makes up to `num_ahead` of them before they are
    asked for (0: none)."""
    if not num_ahead:
        yield from items
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        waiting = deque(pool.submit(next, items) for _ in range(num_ahead))
        while True:
            item = waiting.popleft().result()
            waiting.append(pool.submit(next, items))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)
