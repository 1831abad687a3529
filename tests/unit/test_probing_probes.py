"""Probes beside each other are probes one by one; they learn what there is, and stop in time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from probing_fixture import random_task, toy_task

from ticketscope.errors import InputError
from ticketscope.probing.descent import LIU, Protocol
from ticketscope.probing.items import Items, consecutive_batches, shuffled_batches
from ticketscope.probing.probes import train
from ticketscope.seeds import derive

pytestmark = pytest.mark.slow

SHORT = Protocol(rate=2e-2, epochs=12, patience=2, batch_sentences=7)


def trained(task, *, seeds=(1, 2), protocol=SHORT, hidden=None, mix=False, features=None):
    return train(
        task.features if features is None else features,
        *task.splits,
        num_classes=task.num_classes,
        seeds=seeds,
        protocol=protocol,
        hidden=hidden,
        mix=mix,
    )


def assert_same(found, expected):
    """To the last bit."""
    for ours, theirs in ((found.validation, expected.validation), (found.test, expected.test)):
        assert ours.predictions.dtype == theirs.predictions.dtype
        assert np.array_equal(ours.predictions, theirs.predictions)
        assert np.array_equal(ours.losses, theirs.losses)
    assert np.array_equal(found.num_epochs, expected.num_epochs)


def part(probed, layer, seed):
    """One probe of many."""
    layers, seeds = slice(layer, layer + 1), slice(seed, seed + 1)

    def of(reading):
        return replace(
            reading,
            predictions=reading.predictions[layers, seeds],
            losses=reading.losses[layers, seeds],
        )

    return replace(
        probed,
        validation=of(probed.validation),
        test=of(probed.test),
        num_epochs=probed.num_epochs[layers, seeds],
    )


# ---------------------------------------------------------------------------- beside each other


@pytest.mark.parametrize("kind", ["token", "pair", "regression"])
@pytest.mark.parametrize("hidden", [None, 7])
@pytest.mark.parametrize("width", [10, 16])
def test_probes_beside_each_other_are_probes_one_by_one(kind, hidden, width):
    task = toy_task(kind, width=width, num_layers=4)
    together = trained(task, seeds=(3, 4, 5), hidden=hidden)
    assert len(np.unique(together.num_epochs)) > 1, "some must stop before others"
    for layer in range(4):
        for number, seed in enumerate((3, 4, 5)):
            alone = trained(
                task, features=task.features[layer : layer + 1], seeds=[seed], hidden=hidden
            )
            assert_same(part(together, layer, number), alone)


@pytest.mark.parametrize("kind", ["token", "pair", "regression"])
@pytest.mark.parametrize("hidden", [None, 7])
def test_mixes_beside_each_other_are_mixes_one_by_one(kind, hidden):
    task = toy_task(kind)
    together = trained(task, seeds=(3, 4, 5), hidden=hidden, mix=True)
    assert together.test.losses.shape == (1, 3)
    for number, seed in enumerate((3, 4, 5)):
        alone = trained(task, seeds=[seed], hidden=hidden, mix=True)
        assert_same(part(together, 0, number), alone)
        assert together.centres_of_gravity[number] == alone.centres_of_gravity[0]


def test_large_products_that_go_one_by_one_are_the_same_too(monkeypatch):
    task = toy_task("token", num_layers=4)
    expected = trained(task)
    monkeypatch.setattr("ticketscope.probing.designs._CACHE", 1)
    assert_same(trained(task), expected)


def test_it_is_what_one_writes_plainly():
    """nn.Linear, cross-entropy, Adam and autograd on the same batches."""
    task = toy_task("token")
    task = replace(task, features=task.features[:1])
    probed = trained(task, seeds=[1], protocol=replace(SHORT, epochs=3, patience=3))
    with torch.random.fork_rng():
        torch.manual_seed(derive(1, "initial"))
        probe = torch.nn.Linear(task.features.shape[2], 4)
    adam = torch.optim.Adam(probe.parameters(), lr=SHORT.rate)
    order = torch.Generator().manual_seed(derive(1, "order"))
    losses = []
    for _ in range(3):
        for batch in shuffled_batches(task.train, SHORT.batch_sentences, order):
            numbers = slice(0, batch.num_items)
            adam.zero_grad()
            scores = probe(task.features[0, batch.first[numbers]])
            torch.nn.functional.cross_entropy(scores, batch.gold[numbers]).backward()
            adam.step()
        with torch.no_grad():
            scores = probe(task.features[0, task.validation.first])
            gold = torch.from_numpy(task.validation.gold)
            losses.append(float(torch.nn.functional.cross_entropy(scores, gold)))
    assert min(losses) == losses[-1], "the best epoch is the last"
    assert probed.validation.losses[0, 0] == pytest.approx(losses[-1], rel=1e-5)
    assert np.array_equal(probed.validation.predictions[0, 0], scores.argmax(1).numpy())


# -------------------------------------------------------------------------------- what is learnt


def test_separable_classes_are_all_told_apart():
    rng = np.random.default_rng(1)
    gold = rng.integers(0, 3, size=300)
    features = torch.from_numpy((4 * np.eye(3)[gold]).astype(np.float32))[None]
    rows = np.arange(300)
    items = Items(rows, None, gold, rows // 5)
    probed = train(
        features, items, items, items, num_classes=3, seeds=[1], protocol=replace(LIU, rate=0.05)
    )
    assert np.array_equal(probed.test.predictions[0, 0], gold)
    assert probed.num_epochs[0, 0] == LIU.epochs, "the loss falls for ever"
    assert probed.test.predictions.dtype == np.int16


def test_random_classes_are_guessed_at_chance_and_soon_given_up():
    task = random_task(2_000, 4, 8, seed=1)
    probed = trained(task, seeds=[1, 2])
    accuracy = (probed.test.predictions == task.test.gold).mean()
    assert accuracy == pytest.approx(0.25, abs=0.04)
    assert (probed.test.losses > np.log(4) - 0.02).all()
    assert (probed.num_epochs < SHORT.epochs).all()


def test_values_are_predicted():
    task = toy_task("regression", num_layers=1)
    probed = trained(task, protocol=replace(SHORT, epochs=60))
    assert probed.test.predictions.dtype == np.float32
    correlation = np.corrcoef(probed.test.predictions[0, 0], task.test.gold)[0, 1]
    assert correlation > 0.95


def test_whether_two_words_agree_takes_their_product():
    rng = np.random.default_rng(2)
    signs = rng.choice([-1.0, 1.0], size=400).astype(np.float32)
    features = torch.from_numpy(signs).view(1, 400, 1)
    first, second = rng.integers(0, 400, size=(2, 600))
    gold = (signs[first] == signs[second]).astype(np.int64)
    items = Items(first, second, gold, np.arange(600) // 3)
    probed = train(
        features, items, items, items, num_classes=2, seeds=[1], protocol=replace(LIU, rate=0.05)
    )
    assert np.array_equal(probed.test.predictions[0, 0], gold)


def test_a_hidden_layer_learns_what_a_line_cannot():
    rng = np.random.default_rng(2)
    points = rng.choice([-1.0, 1.0], size=(400, 2)).astype(np.float32)
    gold = (points[:, 0] == points[:, 1]).astype(np.int64)
    items = Items(np.arange(400), None, gold, np.arange(400) // 4)
    accuracies = {
        hidden: (
            train(
                torch.from_numpy(points)[None],
                items,
                items,
                items,
                num_classes=2,
                seeds=[1],
                protocol=replace(LIU, rate=0.05),
                hidden=hidden,
            ).test.predictions
            == gold
        ).mean()
        for hidden in (None, 16)
    }
    assert accuracies[16] == 1
    assert accuracies[None] < 0.8


def test_a_mix_leans_to_the_layer_that_tells():
    rng = np.random.default_rng(3)
    gold = rng.integers(0, 2, size=600)
    features = torch.from_numpy(rng.standard_normal((3, 600, 4), dtype=np.float32))
    features[2, :, 0] += torch.from_numpy(4.0 * gold - 2)
    items = Items(np.arange(600), None, gold, np.arange(600) // 6)
    protocol = replace(LIU, rate=0.02, batch_sentences=10)
    probed = train(
        features, items, items, items, num_classes=2, seeds=[1, 2], protocol=protocol, mix=True
    )
    assert (probed.centres_of_gravity > 1.5).all()
    assert (probed.centres_of_gravity < 2).all()
    without = train(features, items, items, items, num_classes=2, seeds=[1], protocol=protocol)
    assert without.centres_of_gravity is None


def test_classes_that_training_never_saw_are_no_error():
    task = toy_task("token")
    seen = task.train.gold.copy()
    seen[seen == 3] = 2
    probed = trained(replace(task, train=replace(task.train, gold=seen)))
    missing = task.test.gold == 3
    assert missing.any()
    assert np.isfinite(probed.test.losses).all()
    assert not (probed.test.predictions[0, :, missing] == 3).any()


# ---------------------------------------------------------------------------- epochs and repeats


def test_the_best_epoch_is_kept_and_patience_counts_from_it():
    task = toy_task("token", num_layers=4)
    whole = trained(task, protocol=replace(SHORT, epochs=30))
    assert (whole.num_epochs < 30).any()
    for layer, seed in np.argwhere(whole.num_epochs < 30):
        best = int(whole.num_epochs[layer, seed]) - SHORT.patience
        until_best = trained(task, protocol=replace(SHORT, epochs=best))
        before = trained(task, protocol=replace(SHORT, epochs=best - 1))
        assert before.validation.losses[layer, seed] > whole.validation.losses[layer, seed]
        assert_same(
            replace(part(until_best, layer, seed), num_epochs=whole.num_epochs[:1, :1]),
            replace(part(whole, layer, seed), num_epochs=whole.num_epochs[:1, :1]),
        )


def test_the_test_split_has_no_say():
    task = toy_task("token")
    other = replace(task, test=task.train)
    ours, theirs = trained(task), trained(other)
    assert np.array_equal(ours.validation.losses, theirs.validation.losses)
    assert np.array_equal(ours.num_epochs, theirs.num_epochs)


def test_seeds_make_probes_and_make_them_again():
    task = toy_task("token")
    probed = trained(task, seeds=(1, 2))
    assert_same(trained(task, seeds=(1, 2)), probed)
    assert (probed.test.losses[:, 0] != probed.test.losses[:, 1]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_refused_by_layer(bad):
    task = toy_task("token")
    task.features[1, 5, 2] = bad
    with pytest.raises(InputError, match=r"layer 1: not all are finite"):
        trained(task)


def test_features_that_training_cannot_bear_are_refused_by_layer():
    task = toy_task("pair")
    task.features[2] *= 1e30  # and the product of two words is beyond float32
    with pytest.raises(InputError, match=r"layer 2: so large"):
        trained(task)


# ---------------------------------------------------------------------------------------- items


def test_a_split_without_items_is_refused():
    none = np.array([], dtype=np.int64)
    with pytest.raises(InputError, match="no labelled items"):
        Items(none, None, none, none)


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    batch_sentences=st.integers(1, 12),
    seed=st.integers(0, 2**31),
)
def test_an_epoch_holds_every_item_once_and_sentences_whole(lengths, batch_sentences, seed):
    sentences = 3 * np.repeat(np.arange(len(lengths)), lengths)
    numbers = np.arange(len(sentences))
    items = Items(100 + numbers, 200 + numbers, numbers, sentences)
    batches = list(shuffled_batches(items, batch_sentences, torch.Generator().manual_seed(seed)))
    held = [batch.gold[: batch.num_items].numpy() for batch in batches]
    assert sorted(np.concatenate(held)) == list(numbers)
    sizes = [len(np.unique(sentences[of_batch])) for of_batch in held]
    assert sum(sizes) == len(lengths)
    assert all(size == batch_sentences for size in sizes[:-1])
    for batch in batches:
        assert (batch.first - batch.gold == 100).all()
        assert (batch.second - batch.gold == 200).all()
        assert len(batch.first) - batch.num_items in range(16)
    in_order = [
        batch.gold[: batch.num_items] for _, batch in consecutive_batches(items, batch_sentences)
    ]
    assert torch.cat(in_order).tolist() == list(numbers)
