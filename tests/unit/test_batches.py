import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks.batches import (
    PairsInMemory,
    Position,
    Sampler,
    collate,
    epoch_batches,
    keys_of_both_sides,
    longer_side,
    num_batches,
    ordered_batches,
)
from ticketscope.text.tokenizer import Frame

lengths_of_pairs = st.lists(st.integers(1, 40), min_size=1, max_size=200).map(np.array)


@given(lengths=lengths_of_pairs, max_tokens=st.integers(1, 300), seed=st.integers(0, 2**40))
@settings(deadline=None)
def test_an_epoch_sees_every_pair_once_within_the_budget(lengths, max_tokens, seed) -> None:
    for epoch in (0, 1):
        batches = epoch_batches(lengths, max_tokens, seed, epoch)
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
        for batch in batches:
            assert len(batch) == 1 or len(batch) * lengths[batch].max() <= max_tokens
        assert len(batches) == num_batches(lengths, max_tokens)


@given(lengths=lengths_of_pairs, max_tokens=st.integers(1, 300))
@settings(deadline=None)
def test_batches_are_cut_as_late_as_the_budget_allows(lengths, max_tokens) -> None:
    batches = ordered_batches(lengths, max_tokens)
    for batch, following in itertools.pairwise(batches):
        assert (len(batch) + 1) * lengths[following[0]] > max_tokens


@given(lengths=lengths_of_pairs, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_an_epoch_sees_every_pair_once(lengths, seed) -> None:
    sampler = Sampler(lengths, max_tokens=60, seed=seed)
    batches = [sampler.next().tolist() for _ in range(num_batches(lengths, 60))]
    assert sorted(itertools.chain(*batches)) == list(range(len(lengths)))
    assert sampler.position == Position(epoch=1, batch=0)


def test_going_on_in_mid_epoch_gives_the_very_next_batch() -> None:
    lengths = np.random.default_rng(0).integers(2, 30, size=100)
    straight = Sampler(lengths, max_tokens=90, seed=5)
    batches = [straight.next() for _ in range(120)]
    assert straight.position.epoch > 2
    for stop in (1, 17, 60, 119):
        first = Sampler(lengths, max_tokens=90, seed=5)
        for _ in range(stop):
            first.next()
        second = Sampler(lengths, max_tokens=90, seed=5)
        second.position = Position(first.position.epoch, first.position.batch)
        for expected in batches[stop:]:
            assert np.array_equal(second.next(), expected)


@given(seed=st.integers(0, 99), max_tokens=st.integers(1, 300))
@settings(deadline=None, max_examples=20)
def test_pairs_sorted_by_both_sides_have_as_many_batches_and_less_padding(seed, max_tokens) -> None:
    generator = np.random.default_rng(seed)
    sides = [[[0] * n for n in generator.integers(1, 30, 300)] for _ in range(2)]
    pairs = PairsInMemory(*sides)
    lengths = longer_side(pairs)
    found = epoch_batches(lengths, max_tokens, seed, 3, keys_of_both_sides(pairs))
    assert sorted(np.concatenate(found).tolist()) == list(range(300))
    assert all(
        len(batch) == 1 or len(batch) * lengths[batch].max() <= max_tokens for batch in found
    )
    usual = epoch_batches(lengths, max_tokens, seed, 3)
    assert len(found) == len(usual)
    padded, padded_usual = (
        sum(
            len(batch) * int(of_side[batch].max())
            for batch in batches
            for of_side in (pairs.source_lengths, pairs.target_lengths)
        )
        for batches in (found, usual)
    )
    if max_tokens >= 100:  # else a batch has hardly more pairs than one
        assert padded <= padded_usual


def test_pairs_that_are_alike_in_both_sides_are_shuffled() -> None:
    pairs = PairsInMemory([[0] * 4] * 64, [[0] * 3] * 64)
    keys = keys_of_both_sides(pairs)
    first, second = (
        np.concatenate(epoch_batches(longer_side(pairs), 40, 1, epoch, keys)) for epoch in (0, 1)
    )
    assert first.tolist() != second.tolist()


def test_epochs_and_seeds_differ() -> None:
    lengths = np.full(64, 5)
    orders = [
        np.concatenate(epoch_batches(lengths, 40, seed, epoch)).tolist()
        for seed, epoch in ((1, 0), (1, 1), (2, 0))
    ]
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]


def test_collate(toy_corpus: EncodedCorpus) -> None:
    split = toy_corpus.split("train")
    short, long = int(np.argmin(split.source_lengths)), int(np.argmax(split.source_lengths))
    batch = collate(split, [short, long], Frame(0, (), (2,), (9,), (2,), (0, 10)))
    for row, i in enumerate((short, long)):
        source, target = split.source(i).tolist(), split.target(i).tolist()
        assert batch.source_BS[row, : len(source) + 1].tolist() == [*source, 2]
        assert set(batch.source_BS[row, len(source) + 1 :].tolist()) <= {0}
        assert batch.source_mask_BS[row].sum() == len(source) + 1
        assert batch.labels_BT[row, : len(target) + 1].tolist() == [*target, 2]
        assert batch.decoder_input_BT[row, : len(target) + 1].tolist() == [9, *target]
        assert batch.label_mask_BT[row].sum() == len(target) + 1
    assert batch.num_tokens == len(split.target(short)) + len(split.target(long)) + 2


def test_longer_side_counts_the_end_of_sentence(toy_corpus: EncodedCorpus) -> None:
    split = toy_corpus.split("train")
    expected = max(len(split.source(0)), len(split.target(0))) + 1
    assert longer_side(split)[0] == expected


def test_a_budget_smaller_than_every_pair_gives_batches_of_one() -> None:
    assert [len(b) for b in ordered_batches(np.array([5, 6, 7]), 1)] == [1, 1, 1]
