"""Criteria that have the network read text, on a tiny network of every family: against transformers
alone, sentence by sentence and without padding."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_networks
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from ticketscope.errors import InputError
from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask
from ticketscope.pruning.brain_surgeon import without_least
from ticketscope.pruning.calibration import Calibration
from ticketscope.pruning.criteria import CRITERIA, Evidence
from ticketscope.pruning.cuts import (
    Cut,
    Global,
    Groups,
    OfTheRest,
    OfTheRestPerRow,
    Pattern,
    PerRow,
    PerTensor,
    Scores,
    WithinTensors,
)
from ticketscope.text.tokenizer import Frame

HALF = Fraction(1, 2)
FAMILIES = ("marian", "m2m100", "mbart", "bart", "t5", "t5_untied")
SOURCES = [[7, 8, 9, 10, 11, 12], [13], [14, 15, 16, 9], [20, 21]]
TARGETS = [[22, 23], [24, 25, 26, 27, 28], [29, 30, 31], [32]]


@dataclass
class Spy(Cut):
    """It keeps the scores, and prunes nothing."""

    seen: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def competing(self) -> str:
        return ""

    def prune(self, scores: Scores, mask: Mask) -> Mask:
        self.seen = dict(scores())
        return mask


@cache
def _network(kind: str) -> PreTrainedModel:
    return tiny_networks.make(kind)


def _frame(kind: str) -> Frame:
    return tiny_networks.marian_frame() if kind == "marian" else tiny_networks.FRAME


def _prunable(network: PreTrainedModel) -> dict[str, Tensor]:
    return model.prunable(
        {name: tensor.detach() for name, tensor in model.parameters(network).items()},
        embeddings=False,
    )


def _evidence(kind: str, order: tuple[int, ...] = (0, 1, 2, 3), max_tokens: int = 100) -> Evidence:
    network = _network(kind)
    return Evidence(
        weights=_prunable(network),
        calibration=Calibration(
            network=lambda: LoadedNetwork(copy.deepcopy(network), _frame(kind), 16),
            pairs=PairsInMemory([SOURCES[i] for i in order], [TARGETS[i] for i in order]),
            max_tokens=max_tokens,
        ),
    )


def _run(network: PreTrainedModel, frame: Frame) -> list[Callable[[], Tensor]]:
    """Per pair what computes its loss, alone and without padding, as transformers does it."""

    def loss(source: list[int], target: list[int]) -> Tensor:
        said = [*target, *frame.target_after]
        fed = [*frame.target_before, *said[:-1]]
        logits = network(
            input_ids=torch.tensor([[*frame.source_before, *source, *frame.source_after]]),
            decoder_input_ids=torch.tensor([fed]),
        ).logits[0, -len(said) :]
        first, last = frame.labels
        labels = torch.tensor(said) - first
        return functional.cross_entropy(logits[:, first:last], labels, reduction="sum")

    return [
        lambda source=source, target=target: loss(source, target)
        for source, target in zip(SOURCES, TARGETS, strict=True)
    ]


def _inputs(network: PreTrainedModel, frame: Frame) -> dict[str, Tensor]:
    """All that each matrix reads, by its name, ``[positions, columns]``."""
    seen: dict[str, list[Tensor]] = {}
    hooks = [
        module.register_forward_pre_hook(
            lambda _, inputs, name=name: seen.setdefault(f"{name}.weight", []).append(
                inputs[0].flatten(0, -2)
            )
        )
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear)
    ]
    with torch.no_grad():
        for loss in _run(network, frame):
            loss()
    for hook in hooks:
        hook.remove()
    return {name: torch.cat(parts) for name, parts in seen.items()}


def _gradients(network: PreTrainedModel, frame: Frame) -> list[dict[str, Tensor]]:
    tensors = _prunable(network).keys()
    parameters = dict(network.named_parameters())
    found = []
    for loss in _run(network, frame):
        gradients = torch.autograd.grad(loss(), [parameters[name] for name in tensors])
        found.append(dict(zip(tensors, gradients, strict=True)))
    return found


# ----------------------------------------------------------------------------- scores


def _snip(network: PreTrainedModel, frame: Frame) -> dict[str, Tensor]:
    gradients = _gradients(network, frame)
    return {
        name: (weight * torch.stack([one[name] for one in gradients]).sum(0)).abs()
        for name, weight in _prunable(network).items()
    }


def _fisher(network: PreTrainedModel, frame: Frame) -> dict[str, Tensor]:
    """The root of it, and the sum in place of the mean."""
    gradients = _gradients(network, frame)
    return {
        name: (weight**2 * torch.stack([one[name] for one in gradients]).square().sum(0)).sqrt()
        for name, weight in _prunable(network).items()
    }


def _wanda(network: PreTrainedModel, frame: Frame) -> dict[str, Tensor]:
    inputs = _inputs(network, frame)
    return {
        name: weight.abs()
        * (
            inputs[name].norm(dim=0)
            if name in inputs
            else len(inputs[name.replace("bias", "weight")]) ** 0.5
        )
        for name, weight in _prunable(network).items()
    }


SCORES = {"snip": _snip, "fisher": _fisher, "wanda": _wanda}


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("name", SCORES)
def test_scores_are_those_of_the_formula_whatever_the_order_and_the_padding(name, kind) -> None:
    expected = SCORES[name](copy.deepcopy(_network(kind)), _frame(kind))
    for order, max_tokens in (((0, 1, 2, 3), 100), ((3, 1, 0, 2), 14), ((2, 3, 0, 1), 1)):
        spy = Spy()
        evidence = _evidence(kind, order, max_tokens)
        CRITERIA[name].prune(evidence, Mask.dense(evidence.weights), spy, 0)
        assert spy.seen.keys() == expected.keys()
        # The loss does not depend on the biases of keys at all: their scores are rounding.
        largest = max(float(scores.max()) for scores in expected.values())
        for tensor, scores in spy.seen.items():
            np.testing.assert_allclose(
                scores, expected[tensor].numpy(), rtol=1e-3, atol=1e-5 * largest, err_msg=tensor
            )


@pytest.mark.parametrize("name", ["snip", "fisher", "wanda"])
def test_masks_of_scores_nest_and_count_exactly(name) -> None:
    evidence = _evidence("m2m100")
    dense, criterion = Mask.dense(evidence.weights), CRITERIA[name]
    for kind in (Global, PerTensor, PerRow):
        lower = criterion.prune(evidence, dense, kind(Fraction(1, 4)), 0).mask
        higher = criterion.prune(evidence, dense, kind(HALF), 0).mask
        assert higher.within(lower)
        again = criterion.prune(evidence, lower, kind(HALF), 0)
        assert again.mask == higher, "in one step or in two"
        assert not again.changed
        if kind is Global:
            assert higher.num_pruned == round(dense.num_weights / 2)


# ----------------------------------------------------------------------------- wanda


def _kept_of_row(weights: list[float], inputs: list[float], cut: Cut) -> list[float]:
    """What Wanda leaves of a matrix of one row that reads these inputs at one position."""
    row = torch.tensor([weights])
    matrix = nn.Linear(len(weights), 1, bias=False)
    layer = nn.ModuleDict({"fc1": matrix})
    stack = nn.ModuleDict({"layers": nn.ModuleList([layer])})
    root = nn.ModuleDict({"model": nn.ModuleDict({"encoder": stack})})
    batch: Any = SimpleNamespace(source_mask_BS=torch.tensor([[True, False]]))
    states_BSD = torch.tensor([[inputs, [9.0] * len(inputs)]])  # the second one is padding
    network = SimpleNamespace(
        model=root, encoded=lambda _: matrix(states_BSD), decoded=lambda _, encoded: encoded
    )
    calibration: Any = SimpleNamespace(network=lambda: network, batches=lambda _: [batch])
    evidence = Evidence(weights={"model.encoder.layers.0.fc1.weight": row}, calibration=calibration)
    [kept] = (
        CRITERIA["wanda"].prune(evidence, Mask.dense(evidence.weights), cut, 0).mask.kept.values()
    )
    return (row * kept)[0].tolist()


def test_golden_values_of_wanda() -> None:
    to_eight = [1.0, 2, 3, 4, 5, 6, 7, 8]
    assert _kept_of_row(to_eight, [1.0] * 8, Pattern(2, 4)) == [0, 0, 3, 4, 0, 0, 7, 8]
    assert _kept_of_row([1.0, 2, 3, 4], [100, 10, 1, 0.1], PerRow(HALF)) == [1, 2, 0, 0]


def test_wanda_with_inputs_of_one_norm_is_magnitude_by_row() -> None:
    weights = torch.randn(12, generator=torch.Generator().manual_seed(1)).tolist()
    expected = sorted(weights, key=abs)[6:]
    found = _kept_of_row(weights, [0.7] * 12, PerRow(HALF))
    assert [w for w in found if w] == pytest.approx([w for w in weights if w in expected])


# ----------------------------------------------------------------------------- sparsegpt


def _authors(weight: Tensor, hessian: Tensor, num_gone: Callable[[int], int]) -> Tensor:
    """`fasterprune` of Frantar and Alistarh's code for a share of each block, but that exactly
    `num_gone` of so many go, where theirs takes one more and all that are equal; and that weights
    of inputs that are always zero go first, where theirs zeroes all of them."""
    W, H = weight.clone().double(), hessian.clone().double()
    columns, dead = W.shape[1], torch.diag(H) == 0
    H[dead, dead] = torch.mean(torch.diag(H)[~dead])
    H[range(columns), range(columns)] += 0.01 * torch.mean(torch.diag(H))
    Hinv = torch.linalg.cholesky(torch.linalg.inv(H), upper=True)
    for i1 in range(0, columns, 128):
        i2 = min(i1 + 128, columns)
        W1, Q1, Err1 = (
            W[:, i1:i2].clone(),
            torch.zeros_like(W[:, i1:i2]),
            torch.zeros_like(W[:, i1:i2]),
        )
        Hinv1 = Hinv[i1:i2, i1:i2]
        tmp = W1**2 / (torch.diag(Hinv1).reshape((1, -1))) ** 2
        tmp[:, dead[i1:i2]] = 0
        mask1 = tmp < torch.sort(tmp.flatten())[0][num_gone(tmp.numel())]
        for i in range(i2 - i1):
            w, d = W1[:, i], Hinv1[i, i]
            q = w.clone()
            q[mask1[:, i]] = 0
            Q1[:, i] = q
            err1 = (w - q) / d
            W1[:, i:] -= err1.unsqueeze(1).matmul(Hinv1[i, i:].unsqueeze(0))
            Err1[:, i] = err1
        W[:, i1:i2] = Q1
        W[:, i2:] -= Err1.matmul(Hinv[i1:i2, i2:])
    return W.float()


def _problem(rows: int, columns: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    """A matrix, and the Hessian of correlated inputs."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(columns, columns, generator=generator)
    inputs = torch.randn(2 * columns, columns, generator=generator) @ mixing / columns**0.5
    weight = torch.randn(rows, columns, generator=generator)
    return weight, 2 * inputs.T @ inputs / len(inputs)


def _groups(cut: WithinTensors, kept: Tensor) -> Groups:
    return cut.groups(Mask({"w": kept}))("w")


def _operated(weight: Tensor, hessian: Tensor, cut: WithinTensors, kept: Tensor | None = None):
    kept = torch.ones_like(weight, dtype=torch.bool) if kept is None else kept
    return without_least(weight, kept, hessian, _groups(cut, kept))


def _error(change: Tensor, hessian: Tensor) -> float:
    return float((change @ hessian * change).sum())


def test_the_solver_is_that_of_the_authors() -> None:
    weight, hessian = _problem(20, 300)  # two blocks and a part of one
    found, kept = _operated(weight, hessian, PerTensor(HALF))
    expected = _authors(weight, hessian, lambda num: num // 2)
    assert torch.equal(kept, expected != 0)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


CUTS = {
    "tensor": PerTensor(Fraction("0.4")),
    "row": PerRow(Fraction("0.4")),
    "2:4": Pattern(2, 4),
    "1:3": Pattern(1, 3),
    "rest": OfTheRestPerRow(0.4),
}


@pytest.mark.parametrize("name", CUTS)
def test_where_inputs_tell_nothing_it_is_magnitude_within_blocks_and_nothing_changes(name) -> None:
    weight, _ = _problem(6, 300)
    found, kept = _operated(weight, 0.3 * torch.eye(300), CUTS[name])
    assert torch.equal(found, torch.where(kept, weight, 0.0))
    assert not torch.signbit(found[~kept]).any()
    for first in range(0, 300, 128 if name != "1:3" else 126):
        block, left = weight[:, first : first + 128].abs(), kept[:, first : first + 128]
        if name == "tensor":
            assert block[~left].max() < block[left].min()
        elif name in ("row", "rest"):
            for row, of_row in zip(block, left, strict=True):
                assert row[~of_row].max() < row[of_row].min()
    if name in ("2:4", "1:3"):
        size = int(name[2])
        groups, left = weight.reshape(-1, size).abs(), kept.reshape(-1, size)
        lowest = groups.argsort(dim=1)[:, : size - int(name[0])]
        assert not left.gather(1, lowest).any()


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_stays_makes_up_for_what_goes_and_counts_are_exact(name, seed) -> None:
    weight, hessian = _problem(6, 300, seed)
    found, kept = _operated(weight, hessian, CUTS[name])
    assert bool((found[~kept] == 0).all())
    assert bool((found[kept] != 0).all())
    bare = torch.where(kept, weight, 0.0)
    assert _error(found - weight, hessian) < 0.7 * _error(bare - weight, hessian)
    gone = (~kept).sum(1)
    if name in ("row", "rest"):
        assert gone.tolist() == [120] * 6
    elif name == "tensor":
        assert int(gone.sum()) == 720
    else:
        size = int(name[2])
        assert ((~kept).reshape(-1, size).sum(1) == size - int(name[0])).all()


@pytest.mark.parametrize("name", CUTS)
def test_what_is_gone_stays_gone_and_counts_in(name) -> None:
    weight, hessian = _problem(6, 300)
    before = torch.rand(weight.shape, generator=torch.Generator().manual_seed(2)) > 0.3
    before[0] = False
    before[1, 200:] = False
    weight = torch.where(before, weight, 0.0)
    found, kept = _operated(weight, hessian, CUTS[name], before)
    assert not bool((kept & ~before).any())
    assert bool((found[~kept] == 0).all())
    expected = _groups(CUTS[name], before)
    more = (before & ~kept).reshape(-1, expected.size).sum(1).numpy()
    assert more.tolist() == expected.num_more.tolist()


def test_weights_of_inputs_that_are_always_zero_go_first() -> None:
    weight, hessian = _problem(4, 40)
    hessian[:10] = hessian[:, :10] = 0.0
    _, kept = _operated(weight, hessian, PerRow(HALF))
    assert not kept[:, :10].any()
    found, kept = _operated(weight, hessian, PerRow(Fraction(1, 10)))
    assert int((~kept[:, :10]).sum()) == 16
    assert torch.equal(found[kept], weight[kept]), "nothing else was touched"
    _operated(weight, torch.zeros(40, 40), PerRow(HALF))


@pytest.mark.parametrize("kind", FAMILIES)
def test_each_layer_reads_what_the_pruned_layers_below_it_make(kind) -> None:
    """Every layer is put back by itself; so its matrices read what they did when it was pruned."""
    evidence, frame = _evidence(kind), _frame(kind)
    dense = Mask.dense(evidence.weights)
    found = CRITERIA["sparsegpt"].prune(evidence, dense, PerTensor(HALF), 0)
    network = copy.deepcopy(_network(kind))
    loaded = LoadedNetwork(network, frame, 16)
    parameters = model.parameters(network)
    matrices = [name for name, kept in dense.kept.items() if kept.ndim == 2]
    assert found.changed.keys() == set(matrices)
    before = {name: tensor.clone() for name, tensor in evidence.weights.items()}
    with torch.no_grad():
        for stack in ("encoder", "decoder"):
            for layer in loaded.family.layers(network, stack):
                names = {id(tensor) for tensor in layer.parameters()}
                inputs = _inputs(network, frame)
                for name, tensor in parameters.items():
                    if id(tensor) not in names or name not in dense.kept:
                        continue
                    kept = found.mask.kept[name]
                    if name in found.changed:
                        read = inputs[name]
                        hessian = 2 * read.T @ read / len(read)
                        expected = _authors(before[name], hessian, lambda num: num // 2)
                        assert torch.equal(kept, expected != 0), name
                        torch.testing.assert_close(
                            found.changed[name], expected, rtol=1e-2, atol=1e-3
                        )
                        tensor.copy_(found.changed[name])
                    else:
                        tensor.masked_fill_(~kept, 0.0)
    again = CRITERIA["sparsegpt"].prune(_evidence(kind), dense, PerTensor(HALF), 0)
    assert again.mask == found.mask
    assert all(torch.equal(tensor, again.changed[name]) for name, tensor in found.changed.items())


def test_sparsegpt_goes_on_from_a_mask_and_leaves_the_given_weights_alone() -> None:
    evidence = _evidence("m2m100")
    given = {name: tensor.clone() for name, tensor in evidence.weights.items()}
    first = CRITERIA["sparsegpt"].prune(
        evidence, Mask.dense(evidence.weights), OfTheRestPerRow(0.3), 0
    )
    weights = {
        name: first.changed.get(name, tensor) * first.mask.kept[name]
        for name, tensor in given.items()
    }
    second = CRITERIA["sparsegpt"].prune(
        replace(evidence, weights=weights), first.mask, OfTheRestPerRow(0.3), 0
    )
    assert second.mask.within(first.mask)
    num, gone = first.mask.num_weights, first.mask.num_pruned
    assert gone == int(0.3 * num + 0.5)
    assert second.mask.num_pruned == gone + int(0.3 * (num - gone) + 0.5)
    assert all(torch.equal(tensor, given[name]) for name, tensor in evidence.weights.items())


# ----------------------------------------------------------------------------- what is refused


def test_sparsegpt_lets_no_two_tensors_compete() -> None:
    evidence = _evidence("m2m100")
    for cut in (Global(HALF), OfTheRest(0.5)):
        with pytest.raises(InputError, match="per: global; sparsegpt prunes one matrix after the"):
            CRITERIA["sparsegpt"].prune(evidence, Mask.dense(evidence.weights), cut, 0)


@pytest.mark.parametrize("name", ["wanda", "sparsegpt"])
def test_an_embedding_reads_nothing(name) -> None:
    evidence = _evidence("m2m100")
    weights = {**evidence.weights, "model.shared.weight": torch.ones(40, 16)}
    with pytest.raises(InputError, match=r"model\.shared\.weight is an embedding: prune without"):
        CRITERIA[name].prune(evidence, Mask.dense(weights), PerRow(HALF), 0)
