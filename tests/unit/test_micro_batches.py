"""One stream of micro-batches, whoever trains on which of them."""

import itertools
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.lottery.micro_batches import MicroBatch, dropout_seed, made_ahead, portions
from ticketscope.lottery.ranks.rank import ALONE, Rank
from ticketscope.networks.batches import PairsInMemory, Position, Sampler, collate, longer_side
from ticketscope.seeds import derive
from ticketscope.text.tokenizer import Frame

BEGINNING = Position(0, 0)
FRAME = Frame(0, (), (1,), (2,), (1,), (1, 999))


class _Seat(type(ALONE)):  # type: ignore[misc]
    """A rank of several that never talks to the others."""

    def __init__(self, number: int, size: int) -> None:
        self.number, self.size = number, size


def _pairs(lengths: list[int]) -> PairsInMemory:
    """Pairs that can be told apart: of pair i each piece is i + 3."""
    texts = [[i + 3] * length for i, length in enumerate(lengths)]
    return PairsInMemory(texts, texts)


def _stream(pairs: PairsInMemory, accumulate: int, rank: Rank, start: Position = BEGINNING):
    sampler = Sampler(longer_side(pairs), max_tokens=60, seed=4)
    sampler.position = start
    return portions(pairs, FRAME, sampler, accumulate, rank)


lengths_of_pairs = st.lists(st.integers(1, 20), min_size=1, max_size=60)


@given(lengths=lengths_of_pairs, accumulate=st.integers(1, 7), size=st.integers(1, 7))
def test_ranks_of_any_number_share_the_stream_of_one(lengths, accumulate, size) -> None:
    """Nothing twice, nothing left out and as many rounds on each rank, however the numbers of
    batches, ranks and epochs divide (pytorch 25162; Lightning 20404; fairseq 3117)."""
    size = min(size, accumulate)
    pairs = _pairs(lengths)
    alone = _stream(pairs, accumulate, ALONE)
    ranks = [_stream(pairs, accumulate, _Seat(number, size)) for number in range(size)]
    for _ in range(6):
        whole, parts = next(alone), [next(rank) for rank in ranks]
        assert {(part.num_tokens, part.after) for part in parts} == {
            (whole.num_tokens, whole.after)
        }
        assert len({len(part.micro_batches) for part in parts}) == 1  # nobody waits in vain
        rounds = zip(*(part.micro_batches for part in parts), strict=True)
        in_order = [one for one in itertools.chain(*rounds) if one is not None]
        assert [one.number for one in in_order] == list(range(accumulate))
        for one, expected in zip(in_order, whole.micro_batches, strict=True):
            assert torch.equal(one.batch.source_BS, expected.batch.source_BS)


@given(lengths=lengths_of_pairs, accumulate=st.integers(1, 5))
def test_every_pair_is_trained_on_once_per_epoch_and_all_tokens_are_counted(
    lengths, accumulate
) -> None:
    pairs, seen, tokens = _pairs(lengths), [], []
    for portion in _stream(pairs, accumulate, ALONE):
        batches = [one.batch for one in portion.micro_batches if one]
        assert portion.num_tokens == sum(batch.num_tokens for batch in batches)
        for batch in batches:
            tokens.append(batch.num_tokens)
            seen += [int(row[0]) - 3 for row in batch.source_BS]
        if portion.after.epoch >= 2:
            break
    everything = list(range(len(lengths)))
    assert sorted(seen[: len(lengths)]) == everything
    assert sorted(seen[len(lengths) : 2 * len(lengths)]) == everything


def test_going_on_where_an_update_ended_gives_the_next_one_to_any_number_of_ranks() -> None:
    """In the middle of the second epoch, too (JoeyNMT 125, accelerate 2016, fairseq 3117)."""
    pairs = _pairs([int(n) for n in np.random.default_rng(0).integers(2, 20, size=50)])
    straight = list(itertools.islice(_stream(pairs, 3, ALONE), 20))
    assert straight[-1].after.epoch >= 2
    for stop in range(19):
        two = [_stream(pairs, 3, _Seat(number, 2), straight[stop].after) for number in (0, 1)]
        for expected in straight[stop + 1 :]:
            first, second = (next(rank) for rank in two)
            assert first.after == second.after == expected.after
            found = (first.micro_batches[0], second.micro_batches[0], first.micro_batches[1])
            for one, of_one in zip(found, expected.micro_batches, strict=True):
                assert torch.equal(one.batch.labels_BT, of_one.batch.labels_BT)
            assert second.micro_batches[1] is None


def test_the_first_micro_batch_draws_the_dropout_that_an_update_had() -> None:
    assert dropout_seed(3, 17, 0) == derive(3, "dropout", 17)
    assert dropout_seed(3, 17, 2) == derive(3, "dropout", 17, 2)
    seeds = {dropout_seed(3, update, number) for update in range(9) for number in range(9)}
    assert len(seeds) == 81


# ----------------------------------------------------------------------------- made ahead


def test_what_is_made_ahead_is_the_same_and_made_by_another_thread() -> None:
    made: list[str] = []

    def items() -> Iterator[int]:
        for number in itertools.count():
            made.append(threading.current_thread().name)
            yield number

    ahead = made_ahead(items(), 2)
    assert list(itertools.islice(ahead, 50)) == list(range(50))
    ahead.close()
    assert len(made) <= 53  # what nobody took is not made without end
    assert threading.current_thread().name not in made
    assert list(itertools.islice(made_ahead(items(), 0), 3)) == [0, 1, 2]
    assert made[-1] == threading.current_thread().name


def test_the_position_is_that_of_what_was_taken_not_of_what_was_made() -> None:
    """So that a training that is killed goes on with the very next update (transformers 46628)."""
    pairs = _pairs([int(n) for n in np.random.default_rng(1).integers(2, 20, size=50)])
    straight = list(itertools.islice(_stream(pairs, 2, ALONE), 12))
    ahead = made_ahead(_stream(pairs, 2, ALONE), 2)
    taken = [next(ahead) for _ in range(7)]
    ahead.close()
    assert [portion.after for portion in taken] == [portion.after for portion in straight[:7]]
    resumed = next(_stream(pairs, 2, ALONE, taken[-1].after))
    assert resumed.num_tokens == straight[7].num_tokens
    assert resumed.after == straight[7].after


def test_an_error_while_something_is_made_ahead_is_raised() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    ahead = made_ahead(items(), 2)
    assert next(ahead) == 1
    with pytest.raises(OSError, match="gone"):
        next(ahead)


def test_a_micro_batch_is_collated_by_its_rank_alone() -> None:
    """Ranks that collate everything would be no faster than one."""
    pairs = _pairs([5] * 40)
    made = next(_stream(pairs, 4, _Seat(1, 2))).micro_batches
    assert [one.number for one in made if isinstance(one, MicroBatch)] == [1, 3]
    sampler = Sampler(longer_side(pairs), max_tokens=60, seed=4)
    drawn = [sampler.next() for _ in range(4)]
    assert torch.equal(made[0].batch.source_BS, collate(pairs, drawn[1], FRAME).source_BS)
