"""Probes beside each other are probes one by one; they learn what there is, and stop in time."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from probing_fixture import random_task, toy_task
from torch import Tensor

from ticketscope.errors import InputError
from ticketscope.probing.descent import LIU, Course, Protocol
from ticketscope.probing.items import Items, consecutive_batches, shuffled_batches
from ticketscope.probing.normalised import standardise_
from ticketscope.probing.optimum import PENALTIES, fit
from ticketscope.probing.probes import Probed, train
from ticketscope.seeds import derive

pytestmark = pytest.mark.slow

SHORT = Protocol(rate=5e-2, batch_items=30, interval=8, patience=2, max_updates=160)


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
    assert np.array_equal(found.num_updates, expected.num_updates)
    assert np.array_equal(found.stopped, expected.stopped)


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
        num_updates=probed.num_updates[layers, seeds],
        stopped=probed.stopped[layers, seeds],
    )


@pytest.mark.parametrize("kind", ["token", "pair", "regression"])
def test_scores_do_not_depend_on_the_scale_of_features(kind):
    task = toy_task(kind)

    def scaled(scale):
        features = scale * task.features
        standardise_(features, task.train)
        return trained(task, features=features, protocol=replace(SHORT, rate=1e-2))

    expected = scaled(1.0)
    assert_same(scaled(2.0**-10), expected)
    assert_same(scaled(2.0**10), expected)
    for scale in (1e-3, 0.1, 1e3):
        found = scaled(scale)
        np.testing.assert_allclose(found.test.losses, expected.test.losses, rtol=1e-3)
        if kind != "regression":
            assert (found.test.predictions != expected.test.predictions).mean() < 2e-3


# ---------------------------------------------------------------------------- beside each other


@pytest.mark.parametrize("kind", ["token", "pair", "regression"])
@pytest.mark.parametrize("hidden", [None, 7])
@pytest.mark.parametrize("width", [10, 16])
def test_probes_beside_each_other_are_probes_one_by_one(kind, hidden, width):
    task = toy_task(kind, width=width, num_layers=4)
    together = trained(task, seeds=(3, 4, 5), hidden=hidden)
    assert len(np.unique(together.num_updates)) > 1, "some must stop before others"
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
    """nn.Linear, cross-entropy, penalty, Adam and autograd on the same batches; then the mean."""
    task = toy_task("token")
    task = replace(task, features=task.features[:1])
    probed = trained(task, seeds=[1], protocol=replace(SHORT, max_updates=20))
    with torch.random.fork_rng():
        torch.manual_seed(derive(1, "initial"))
        probe = torch.nn.Linear(task.features.shape[2], 4)
    adam = torch.optim.Adam(probe.parameters(), lr=SHORT.rate)
    batches = shuffled_batches(
        task.train, SHORT.batch_items, torch.Generator().manual_seed(derive(1, "order"))
    )
    losses = []
    for num_updates in (8, 8, 4):
        weights, biases = [], []
        for batch in islice(batches, num_updates):
            numbers = slice(0, batch.num_items)
            adam.zero_grad()
            scores = probe(task.features[0, batch.first[numbers]])
            loss = torch.nn.functional.cross_entropy(scores, batch.gold[numbers])
            (loss + PENALTIES[0] / 2 * probe.weight.square().sum()).backward()
            adam.step()
            weights.append(probe.weight.detach().clone())
            biases.append(probe.bias.detach().clone())
        mean, bias = (torch.stack(found).mean(0) for found in (weights, biases))
        scores = task.features[0, task.validation.first] @ mean.T + bias
        gold = torch.from_numpy(task.validation.gold)
        losses.append(float(torch.nn.functional.cross_entropy(scores, gold)))
    assert min(losses) == losses[-1], "the best interval is the last"
    assert probed.validation.losses[0, 0] == pytest.approx(losses[-1], rel=1e-5)
    assert np.array_equal(probed.validation.predictions[0, 0], scores.argmax(1).numpy())
    assert probed.stopped == [["capped"]]


# -------------------------------------------------------------------------------- what is learnt


def by_heart(features: Tensor, items: Items, num_classes: int) -> Probed:
    """One probe that is validated and tested on what it was trained on."""
    protocol = replace(LIU, rate=0.05, interval=20)
    return train(
        features, items, items, items, num_classes=num_classes, seeds=[1], protocol=protocol
    )


def test_separable_classes_are_all_told_apart():
    rng = np.random.default_rng(1)
    gold = rng.integers(0, 3, size=300)
    features = torch.from_numpy((4 * np.eye(3)[gold]).astype(np.float32))[None]
    rows = np.arange(300)
    items = Items(rows, None, gold, rows // 5)
    probed = by_heart(features, items, num_classes=3)
    assert np.array_equal(probed.test.predictions[0, 0], gold)
    assert probed.stopped == [["converged"]], "the loss falls for ever, but by less and less"
    assert probed.test.predictions.dtype == np.int16


def test_random_classes_are_guessed_at_chance_and_soon_given_up():
    task = random_task(2_000, 4, 8, seed=1)
    probed = trained(task, seeds=[1, 2])
    accuracy = (probed.test.predictions == task.test.gold).mean()
    assert accuracy == pytest.approx(0.25, abs=0.04)
    assert (probed.test.losses > np.log(4) - 0.02).all()
    assert (probed.num_updates < SHORT.max_updates).all()
    assert (probed.stopped != "capped").all()


def test_values_are_predicted():
    task = toy_task("regression", num_layers=1)
    probed = trained(task, protocol=replace(SHORT, max_updates=800))
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
    probed = by_heart(features, items, num_classes=2)
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
                protocol=replace(LIU, rate=0.05, interval=20),
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
    protocol = replace(LIU, rate=0.02, batch_items=60, interval=20)
    probed = train(
        features, items, items, items, num_classes=2, seeds=[1, 2], protocol=protocol, mix=True
    )
    assert (probed.centres_of_gravity > 1.5).all()
    assert (probed.centres_of_gravity < 2).all()
    without = train(features, items, items, items, num_classes=2, seeds=[1], protocol=protocol)
    assert without.centres_of_gravity is None


def test_a_signal_planted_in_one_layer_comes_back_within_half_a_layer():
    """In layers of any scale; the noise of every other task goes on from layer to layer."""
    scales = 10.0 ** np.array([0.3, -1.0, 1.0, -0.6, 0.6, 0.0, -0.3])
    protocol = replace(LIU, interval=50, max_updates=400)
    for planted in range(7):
        rng, correlation = np.random.default_rng(planted), 0.8 * (planted % 2)
        gold = rng.integers(0, 4, size=600)
        layers = rng.standard_normal((7, 600, 8))
        for layer in range(1, 7):
            own = np.sqrt(1 - correlation**2) * layers[layer]
            layers[layer] = correlation * layers[layer - 1] + own
        layers[planted] += rng.standard_normal((4, 8))[gold]
        layers = (layers + 3 * rng.standard_normal((7, 1, 8))) * scales[:, None, None]
        items = Items(np.arange(600), None, gold, np.arange(600) // 5)
        splits = [items.part(*ends) for ends in ((0, 400), (400, 500), (500, 600))]
        features = torch.from_numpy(layers.astype(np.float32))
        standardise_(features, splits[0])
        probed = train(features, *splits, num_classes=4, seeds=[1], protocol=protocol, mix=True)
        assert probed.centres_of_gravity == pytest.approx([planted], abs=0.5)


def test_classes_that_training_never_saw_are_no_error():
    task = toy_task("token")
    seen = task.train.gold.copy()
    seen[seen == 3] = 2
    probed = trained(replace(task, train=replace(task.train, gold=seen)))
    missing = task.test.gold == 3
    assert missing.any()
    assert np.isfinite(probed.test.losses).all()
    assert not (probed.test.predictions[0, :, missing] == 3).any()


# --------------------------------------------------------------------------- when a probe stops


def course(losses, *, patience=2, max_updates=1_000):
    """How a probe with these validation losses stops, after how many updates, with which penalty,
    and after how many its best was."""
    followed, best = Course(Protocol(patience=patience, max_updates=max_updates)), 0
    for update, loss in enumerate(losses, 1):
        if followed.look(loss, update):
            best = update
        if followed.stopped:
            break
    return followed.stopped, followed.num_updates, followed.penalty, best


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        # flat, and flat again with the next penalty, which does not help
        ([2, 1, 1, 1, 1, 1, 1], ("converged", 7, 1e-2, 2)),
        ([2, 1, 0.9999, 0.9998, 0.9997, 0.9996, 0.9995], ("converged", 7, 1e-2, 7)),
        # rises, and is no better with the next penalty
        ([2, 1, 1.1, 1.2, 1.3, 1.3, 1.3], ("patience", 7, 1e-2, 2)),
        # the next penalty helps; the one after it does not, whether it rises or not
        ([2, 1, 1, 1, 0.8, 0.8, 0.8, 0.9, 1.0, 1.1], ("converged", 10, 1e-3, 5)),
        ([2, 1, 1, 1, 0.8, 0.9, 0.9, 0.8, 0.8, 0.8], ("patience", 10, 1e-3, 5)),
        # as long as it falls there is no end
        ([6, 5, 4, 3, 2, 1], ("", 6, 1e-1, 6)),
        ([6, 5, 5, 4, 4, 3], ("", 6, 1e-1, 6)),
        # told apart for sure: it falls for ever, by less and less
        ([0, 0, 0, 0, 0, 0], ("converged", 6, 1e-2, 1)),
        ([1, 1e-6, 1e-7, 1e-8, 1e-9, 1e-9, 1e-9], ("converged", 7, 1e-2, 5)),
    ],
)
def test_how_a_probe_stops(losses, expected):
    assert course(losses) == expected


def test_a_probe_goes_through_all_penalties_while_they_help():
    losses = [loss for stage in range(6) for loss in [6 - stage] * 3]
    assert course(losses) == ("converged", 18, PENALTIES[-1], 16)


def test_a_probe_is_capped_where_there_are_no_updates_left():
    assert course([5, 4, 3, 2, 1], max_updates=4)[:2] == ("capped", 4)
    assert course([2, 1, 1, 1, 1, 1, 1], max_updates=6)[:2] == ("capped", 6)
    assert course([2, 1, 1, 1, 1, 1, 1], max_updates=7)[:2] == ("converged", 7)


def test_the_best_interval_is_kept():
    task = toy_task("token")
    task = replace(task, features=task.features[2:])
    whole = trained(task, seeds=[1])
    assert (whole.stopped != "capped").all()
    last = int(whole.num_updates.max()) // SHORT.interval
    histories = [
        trained(task, seeds=[1], protocol=replace(SHORT, max_updates=upto * SHORT.interval))
        for upto in range(1, last + 1)
    ]
    losses = np.array([upto.validation.losses[:, 0] for upto in histories])
    assert (np.diff(losses, axis=0) <= 0).all()
    assert np.array_equal(losses[-1], whole.validation.losses[:, 0])
    assert_same(histories[-1], whole)


def test_a_linear_probe_is_at_the_optimum_of_the_penalty_that_validation_chooses():
    task = toy_task("token", num_sentences=150)
    task = replace(task, features=task.features[1:])
    standardise_(task.features, task.train)
    expected = fit(task.features, *task.splits, num_classes=4)
    found = trained(task, protocol=replace(LIU, interval=50), seeds=[1])
    assert set(found.stopped.flat) <= {"converged", "patience"}
    assert (found.validation.losses < expected.validation.losses * 1.01).all()
    accuracies = [(each.test.predictions == task.test.gold).mean(2) for each in (found, expected)]
    np.testing.assert_allclose(*accuracies, atol=0.02)


def test_the_test_split_has_no_say():
    task = toy_task("token")
    other = replace(task, test=task.train)
    ours, theirs = trained(task), trained(other)
    assert np.array_equal(ours.validation.losses, theirs.validation.losses)
    assert np.array_equal(ours.num_updates, theirs.num_updates)


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
@given(num_items=st.integers(1, 70), batch_items=st.integers(1, 40), seed=st.integers(0, 2**31))
def test_every_item_comes_once_before_any_comes_again(num_items, batch_items, seed):
    numbers = np.arange(num_items)
    items = Items(100 + numbers, 200 + numbers, numbers, numbers // 3)
    endless = shuffled_batches(items, batch_items, torch.Generator().manual_seed(seed))
    size = min(batch_items, num_items)
    batches = list(islice(endless, 3 * num_items))
    held = np.concatenate([batch.gold[: batch.num_items].numpy() for batch in batches])
    for start in range(0, len(held) - num_items + 1, num_items):
        assert sorted(held[start : start + num_items]) == list(numbers)
    for batch in batches:
        assert batch.num_items == size
        assert (batch.first - batch.gold == 100).all()
        assert (batch.second - batch.gold == 200).all()
        assert len(batch.first) - batch.num_items in range(16)
    in_order = [batch.gold[: batch.num_items] for _, batch in consecutive_batches(items, size)]
    assert torch.cat(in_order).tolist() == list(numbers)
