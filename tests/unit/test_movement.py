"""Scores that are learnt while weights move: against autograd, closed forms and counts of cuts."""

import copy
from collections.abc import Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import tiny_networks
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional
from transformers import PreTrainedModel

from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask
from ticketscope.pruning import calibration as its_calibration
from ticketscope.pruning import gradients
from ticketscope.pruning.calibration import Calibration, Trained, trained_on
from ticketscope.pruning.criteria import CRITERIA, Evidence, Pruned
from ticketscope.pruning.criteria.soft_movement import THRESHOLD, penalty
from ticketscope.pruning.cuts import (
    AsManyAs,
    Cut,
    Global,
    OfTheRest,
    OfTheRestPerRow,
    Pattern,
    PerRow,
    PerTensor,
)
from ticketscope.pruning.moving import cubic, in_order, moved, partly_cut
from ticketscope.text.tokenizer import Frame

HALF = Fraction(1, 2)
SOURCES = [[7, 8, 9, 10, 11, 12], [13], [14, 15, 16, 9], [20, 21]]
TARGETS = [[22, 23], [24, 25, 26, 27, 28], [29, 30, 31], [32]]
BOTH = ("movement", "soft_movement")
Tensors = dict[str, Tensor]


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(its_calibration, "STEPS", 3)


@cache
def _network(kind: str) -> PreTrainedModel:
    network = tiny_networks.make(kind)
    if "mt5" in kind:  # transformers 5.23 asks their configs for what only T5 has
        network.config.scale_decoder_outputs = network.config.tie_word_embeddings
    return network


def _frame(kind: str) -> Frame:
    return tiny_networks.marian_frame() if "marian" in kind else tiny_networks.FRAME


def _evidence(
    kind: str, order: Sequence[int] = (0, 1, 2, 3), max_tokens: int = 100, rate: float = 0.0
) -> Evidence:
    network = _network(kind)
    tensors = {name: tensor.detach() for name, tensor in model.parameters(network).items()}
    return Evidence(
        weights=model.prunable(tensors, embeddings=False),
        calibration=Calibration(
            network=lambda: LoadedNetwork(copy.deepcopy(network), _frame(kind), 16),
            pairs=PairsInMemory([SOURCES[i] for i in order], [TARGETS[i] for i in order]),
            max_tokens=max_tokens,
            rate=rate,
        ),
    )


def _loss(kind: str, weights: Tensors) -> Tensor:
    """Of all pairs with these weights, each alone and without padding, as transformers does it."""
    frame, total = _frame(kind), torch.zeros(())
    first, last = frame.labels
    for source, target in zip(SOURCES, TARGETS, strict=True):
        said = [*target, *frame.target_after]
        fed = [*frame.target_before, *said[:-1]]
        given = {
            "input_ids": torch.tensor([[*frame.source_before, *source, *frame.source_after]]),
            "decoder_input_ids": torch.tensor([fed]),
        }
        logits = functional_call(_network(kind), weights, kwargs=given).logits[0, -len(said) :]
        labels = torch.tensor(said) - first
        total = total + functional.cross_entropy(logits[:, first:last], labels, reduction="sum")
    return total


def _close(found: Tensors, expected: Tensors) -> None:
    assert found.keys() == expected.keys()
    largest = max(float(tensor.abs().max()) for tensor in expected.values())
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-3, atol=1e-5 * largest, msg=name)


def _some(weights: Any, share: float) -> Mask:
    generator = torch.Generator().manual_seed(1)
    return Mask({n: torch.rand(w.shape, generator=generator) > share for n, w in weights.items()})


# ----------------------------------------------------------------------------- scores


@pytest.mark.parametrize("kind", tiny_networks.KINDS)
def test_the_gradient_goes_straight_through_the_mask_to_the_scores(kind: str) -> None:
    """At rate 0 and under one mask the scores are the sum of -w · ∂L/∂w', whatever the order."""
    weights = dict(_evidence(kind).weights)
    mask = _some(weights, 0.3)
    scores = {
        name: torch.zeros_like(weight, requires_grad=True) for name, weight in weights.items()
    }
    # The value of the mask, with the derivative of the scores.
    through = {
        name: weights[name] * (mask.kept[name] + score - score.detach())
        for name, score in scores.items()
    }
    slopes = torch.autograd.grad(_loss(kind, through), list(scores.values()))
    for order, max_tokens in (((0, 1, 2, 3), 100), ((3, 1, 0, 2), 14)):
        evidence = _evidence(kind, order, max_tokens)
        seen = {name: torch.zeros_like(weight) for name, weight in weights.items()}

        def add(movements, _share, seen=seen) -> Mask:
            for name, movement in movements.items():
                seen[name] += movement
            return mask

        # The weights that are gone under the mask keep their values here, as masked ones do.
        found = moved(weights, evidence.reading, mask, 5, add)
        passes = evidence.reading.trained.passes
        _close(seen, {n: -passes * s for n, s in zip(scores, slopes, strict=True)})
        assert all(torch.equal(found[name], weight) for name, weight in weights.items())


def test_what_is_masked_does_not_move_and_the_rest_goes_downhill() -> None:
    evidence = _evidence("m2m100", rate=1e-3)
    weights = dict(evidence.weights)
    mask = _some(weights, 0.3)
    found = moved(weights, evidence.reading, mask, 1, lambda *_: mask)
    for name, kept in mask.kept.items():
        assert torch.equal(found[name][~kept], weights[name][~kept])
        assert not torch.equal(found[name][kept], weights[name][kept])
    before, after = (
        float(_loss("m2m100", {name: each[name] * mask.kept[name] for name in weights}).detach())
        for each in (weights, found)
    )
    assert after < before


def test_weights_that_grow_stay_unlike_by_magnitude(monkeypatch: pytest.MonkeyPatch) -> None:
    """L = ½ Σ (w - t)²: at rate 0 the score of a weight is n · w (t - w), in closed form."""
    name, goals = "model.encoder.layers.0.fc1.weight", torch.tensor([[0.0, 1.0, 0.0, -1.0]])
    given = torch.tensor([[1.0, 0.1, 0.9, -0.2]])
    matrix = nn.Linear(4, 1, bias=False)
    network = SimpleNamespace(model=matrix.eval())
    monkeypatch.setattr(model, "parameters", lambda _: {name: matrix.weight})
    monkeypatch.setattr(gradients, "batch_losses", lambda *_: (matrix.weight - goals).square() / 2)

    def by(criterion: str, rate: float) -> list[float]:
        reading: Any = SimpleNamespace(
            network=lambda: network,
            training=lambda *_: range(20),
            trained=Trained(1, 20),
            rate=rate,
        )
        evidence = Evidence(weights={name: given}, calibration=reading)
        found = CRITERIA[criterion].prune(evidence, Mask.dense({name: given}), Global(HALF), 1)
        return found.changed.get(name, given * found.mask.kept[name])[0].tolist()

    assert by("magnitude", 0.0) == pytest.approx([1.0, 0, 0.9, 0])
    for criterion in BOTH:
        assert by(criterion, 0.0) == pytest.approx([0, 0.1, 0, -0.2])
        _, first, _, second = by(criterion, 0.01)
        assert (first, second) == pytest.approx((0.3, -0.4), abs=0.01), "20 steps of Adam"

    seen: list[Tensor] = []

    def unmasked(movements, _share) -> Mask:
        seen.append(movements[name])
        return Mask.dense({name: given})

    reading: Any = SimpleNamespace(
        network=lambda: network, training=lambda *_: range(20), trained=Trained(1, 20), rate=0.0
    )
    moved({name: given}, reading, Mask.dense({name: given}), 1, unmasked)
    torch.testing.assert_close(sum(seen), 20 * given * (goals - given))


# ----------------------------------------------------------------------------- masks


def _cuts(before: Mask) -> list[Cut]:
    return [
        Global(HALF),
        PerTensor(HALF),
        PerRow(HALF),
        Pattern(2, 4),
        OfTheRest(0.3),
        OfTheRestPerRow(0.3),
        AsManyAs(_some(before.kept, 0.5)),
    ]


@pytest.mark.parametrize("name", BOTH)
def test_counts_are_exact_and_levels_nest(name: str) -> None:
    evidence = _evidence("m2m100", rate=1e-3)
    given = {key: tensor.clone() for key, tensor in evidence.weights.items()}
    before = CRITERIA["magnitude"].prune(evidence, Mask.dense(given), Global(Fraction(1, 5)), 1)
    for cut in _cuts(before.mask):
        found = CRITERIA[name].prune(evidence, before.mask, cut, 1)
        assert found.mask.within(before.mask)
        expected = CRITERIA["magnitude"].prune(evidence, before.mask, cut, 1).mask
        assert found.mask.num_pruned == expected.num_pruned
        if not isinstance(cut, Global | OfTheRest):
            for key, kept in expected.kept.items():
                assert int(found.mask.kept[key].sum()) == int(kept.sum())
        _is_held(found)
    assert all(torch.equal(tensor, given[key]) for key, tensor in evidence.weights.items())


def _is_held(pruned: Pruned) -> None:
    assert pruned.changed.keys() == pruned.mask.kept.keys()
    for name, kept in pruned.mask.kept.items():
        assert not pruned.changed[name][~kept].view(torch.int32).any(), "+0.0"


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("kind", ["marian", "t5_untied"])
def test_the_same_arguments_give_the_same_bytes(name: str, kind: str) -> None:
    once, twice = (
        CRITERIA[name].prune(
            evidence := _evidence(kind, max_tokens=14, rate=1e-3),
            Mask.dense(evidence.weights),
            Global(HALF),
            7,
        )
        for _ in range(2)
    )
    assert once.mask == twice.mask
    assert all(torch.equal(tensor, twice.changed[key]) for key, tensor in once.changed.items())
    assert once.mask.num_pruned == round(once.mask.num_weights / 2)


def test_every_cut_is_gone_to_in_steps() -> None:
    weights = dict(_evidence("m2m100").weights)
    mask = _some(weights, 0.1)
    for cut in _cuts(mask):
        steps = [partly_cut(weights, mask, cut, share) for share in (0.0, 0.4, 0.8, 1.0)]
        whole = cut.prune(partial(in_order, weights), mask)
        assert (steps[0], steps[-1]) == (mask, whole)
        assert all(later.within(earlier) for earlier, later in pairwise(steps))
        going = whole.num_pruned - mask.num_pruned
        assert steps[1].num_pruned - mask.num_pruned == round(0.4 * going)


def test_the_schedule_is_cubic() -> None:
    assert [cubic(done) for done in (0.0, 0.5, 1.0, 1.5)] == [0.0, 0.875, 1.0, 1.0]


def test_a_training_has_enough_steps_in_whole_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = PairsInMemory(SOURCES, TARGETS)
    for least, found in ((1, (1, 2)), (3, (2, 4)), (8, (4, 8))):
        monkeypatch.setattr(its_calibration, "STEPS", least)
        assert trained_on(pairs, 14) == found
    reading = _evidence("marian", max_tokens=14).reading
    batches = list(reading.training(reading.network(), 3))
    assert len(batches) == reading.trained.steps == 8
    assert sum(batch.num_tokens for batch in batches) == 4 * (sum(map(len, TARGETS)) + 4)


def test_the_penalty_is_the_least_that_brings_as_many_under_the_threshold() -> None:
    generator = torch.Generator().manual_seed(2)
    scores = {"a": torch.randn(40, generator=generator), "b": torch.randn(9, generator=generator)}
    mask = Mask({"a": scores["a"] < 1.5, "b": torch.ones(9, dtype=torch.bool)})

    def under(strength: float) -> int:
        """By the derivative that autograd finds."""
        found = 0
        for name, kept in mask.kept.items():
            score = scores[name].clone().requires_grad_()
            [slope] = torch.autograd.grad(torch.sigmoid(score).sum(), score)
            shares = torch.sigmoid(score.detach() - strength * slope)
            found += int((shares[kept] <= THRESHOLD).sum())
        return found

    already = under(0.0)
    assert penalty(scores, mask, already) == penalty(scores, mask, 0) == 0.0
    for num in (already + 1, 20, 35):
        strength = penalty(scores, mask, num)
        assert under(strength * (1 - 1e-4)) == num - 1
        assert under(strength * (1 + 1e-4)) == num
