"""The optimum is one: derivatives vanish there, and it comes near what Bayes' rule reaches."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from probing_fixture import random_task, toy_task

from ticketscope.errors import InputError, JobError
from ticketscope.probing import optimum
from ticketscope.probing.items import Items
from ticketscope.probing.losses import loss_for
from ticketscope.probing.optimum import GRADIENT, fit


def fitted(task, **settings):
    return fit(task.features, *task.splits, num_classes=task.num_classes, **settings)


def two_gaussians(num_items, seed):
    """Two classes, means ±1 on the first of three axes: the log odds are twice that axis."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 2, size=3 * num_items)
    points = rng.standard_normal((len(gold), 3))
    points[:, 0] += 2 * gold - 1
    rows = np.arange(len(gold))
    items = Items(rows, None, gold, rows // 5)
    splits = [items.part(start, start + num_items) for start in range(0, len(gold), num_items)]
    return torch.from_numpy(points.astype(np.float32))[None], splits


def test_bayes_optimal_loss_is_approached():
    features, splits = two_gaussians(8_000, seed=1)
    found = fit(features, *splits, num_classes=2)
    test = splits[2]
    odds = 2 * features[0, test.first, 0].double().numpy()
    bayes = np.log1p(np.exp(np.where(test.gold == 1, -odds, odds))).mean()
    assert found.test.losses.shape == (1, 1)
    assert found.test.losses[0, 0] == pytest.approx(bayes, abs=0.002)
    assert (found.test.predictions[0, 0] == (odds > 0)).mean() > 0.99


@pytest.mark.parametrize("kind", ["token", "pair"])
def test_the_derivative_vanishes_at_the_optimum(kind):
    task = toy_task(kind)
    split = optimum._splits(task.features[1], task.splits)[0]
    loss = loss_for(task.num_classes)
    start = torch.zeros(task.num_classes, split.inputs.shape[1] + 1).double()
    weights = optimum._logistic(split, loss, start, 1e-3).requires_grad_()
    scores = split.inputs @ weights[:, :-1].T + weights[:, -1]
    objective = torch.nn.functional.cross_entropy(scores, split.gold)
    objective = objective + 1e-3 / 2 * weights[:, :-1].square().sum()
    (gradient,) = torch.autograd.grad(objective, weights)
    assert gradient.abs().max() < 1.01 * GRADIENT


def test_values_are_those_of_least_squares_where_the_penalty_is_slight():
    task = toy_task("regression", num_layers=1)
    found = fitted(task, penalties=[1e-12])
    design = [
        np.column_stack([task.features[0, items.first].double().numpy(), np.ones(len(items))])
        for items in (task.train, task.test)
    ]
    solution = np.linalg.lstsq(design[0], task.train.gold.astype(np.float64))[0]
    np.testing.assert_allclose(found.test.predictions[0, 0], design[1] @ solution, rtol=1e-4)
    errors = np.abs(found.test.predictions[0, 0] - task.test.gold)
    smooth = np.where(errors < 1, errors**2 / 2, errors - 0.5).mean()
    assert found.test.losses[0, 0] == pytest.approx(smooth, rel=1e-4)


def test_validation_chooses_the_penalty():
    noise = random_task(60, 3, 20, seed=1)
    assert fitted(noise).penalties.tolist() == [optimum.PENALTIES[0]]
    separable = toy_task("token", num_layers=1, num_sentences=400)
    chosen = fitted(separable).penalties[0]
    losses = {
        penalty: fitted(separable, penalties=[penalty]).validation.losses[0, 0]
        for penalty in optimum.PENALTIES
    }
    assert chosen == min(losses, key=losses.get) != optimum.PENALTIES[0]


def test_shifted_scaled_and_rotated_words_read_the_same():
    task = toy_task("token")
    rotation = np.linalg.qr(np.random.default_rng(1).standard_normal((10, 10)))[0]
    moved = task.features.double() @ torch.from_numpy(rotation) * 3 + 5
    found, of_moved = fitted(task), fitted(replace(task, features=moved.float()))
    np.testing.assert_allclose(of_moved.test.losses, found.test.losses, rtol=1e-4, atol=1e-5)
    assert np.array_equal(of_moved.penalties, found.penalties)


def test_a_layer_is_fitted_as_if_alone_and_again_the_same():
    task = toy_task("pair")
    together = fitted(task)
    for layer in range(len(task.features)):
        alone = fitted(replace(task, features=task.features[layer : layer + 1]))
        assert np.array_equal(alone.test.predictions[0], together.test.predictions[layer])
        assert np.array_equal(alone.test.losses[0], together.test.losses[layer])


def test_a_dead_layer_gives_the_majority():
    task = toy_task("token", num_layers=1)
    task.features[:] = 2.0
    found = fitted(task)
    assert (found.test.predictions == np.bincount(task.train.gold).argmax()).all()


def test_features_that_are_not_finite_are_refused():
    task = toy_task("token")
    task.features[1, 0, 0] = np.nan
    with pytest.raises(InputError, match="layer 1"):
        fitted(task)


def test_a_penalty_at_which_no_optimum_is_found_is_left_out(monkeypatch):
    logistic = optimum._logistic

    def some(train, loss, start, penalty):
        return None if penalty < 1e-3 else logistic(train, loss, start, penalty)

    monkeypatch.setattr(optimum, "_logistic", some)
    assert (fitted(toy_task("token")).penalties >= 1e-3).all()


def test_a_search_that_does_not_arrive_says_so(monkeypatch):
    monkeypatch.setattr(optimum, "_MOST_EVALUATIONS", 3)
    with pytest.raises(JobError, match="layer 0"):
        fitted(toy_task("token"))
