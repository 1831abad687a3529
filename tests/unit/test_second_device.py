"""What shall compute on a GPU, computed on a device that refuses what a GPU refuses."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_networks import load, make, store
from torch.nn import functional

from second_device import NAME, ON_GPU, Gpu, MixedDevicesError, SecondDevice, devices
from ticketscope import config
from ticketscope.config import Execution, Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.lottery import training
from ticketscope.lottery.course import Course
from ticketscope.lottery.trainer import Trainer
from ticketscope.lottery.training_log import read_log
from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory, collate
from ticketscope.networks.families import read_shape
from ticketscope.networks.generate import generated
from ticketscope.networks.head_importance import importance
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses, summed_loss, total_loss
from ticketscope.networks.masks import Mask
from ticketscope.networks.preference import log_probabilities
from ticketscope.networks.stitched_translations import stitched_greedy
from ticketscope.networks.straight_line import losses_between
from ticketscope.networks.trace import attended, trace
from ticketscope.pruning import calibration
from ticketscope.pruning.calibration import Calibration
from ticketscope.pruning.criteria import CRITERIA, Evidence
from ticketscope.pruning.criteria.criterion import Pruned
from ticketscope.pruning.cuts import PerTensor
from ticketscope.runs.store import LevelFolder
from ticketscope.shrinking.kept import Kept
from ticketscope.shrinking.masking import masked
from ticketscope.shrinking.unit_scores import head_scores, neuron_scores
from ticketscope.text.tokenizer import AlignedSentence

on_devices = pytest.mark.parametrize(("entered", "name"), devices())
Entered = type[SecondDevice | Gpu]
FAMILIES = ("marian", "m2m100", "mbart", "t5")
PAIRS = PairsInMemory(
    [[7, 8, 9, 10, 11, 12, 13], [20, 21], [30, 31, 32, 33]],
    [[14, 15], [22, 23, 24, 25, 26, 27], [34]],
)


# ----------------------------------------------------------------------------- the device itself


def test_tensors_of_two_devices_do_not_mix() -> None:
    with SecondDevice() as device:
        there, here = torch.ones(2, 3, device=NAME), torch.ones(3)
        for mix in (
            lambda: there + here,
            lambda: here[torch.arange(2, device=NAME)],
            lambda: torch.index_select(there, 0, torch.arange(2)),
            lambda: torch.nn.functional.linear(there, torch.ones(4, 3)),
            lambda: torch.cat([there[0], here]),
        ):
            with pytest.raises(MixedDevicesError):
                mix()
        assert not device.waits
        assert (there * torch.tensor(2.0) + 1).cpu().tolist() == [[3.0] * 3] * 2


def test_what_a_program_waits_for_is_counted() -> None:
    with SecondDevice() as device:
        there = torch.arange(6.0, device=NAME).view(2, 3)
        for wait in (
            lambda: float(there.sum()),
            lambda: bool((there > 1).any()),
            lambda: there[there > 1],
            lambda: there[torch.tensor([0])],
            lambda: there.cpu(),
            lambda: torch.ones(3).to(NAME),
            lambda: there.masked_select(there > 1),
        ):
            device.waits.clear()
            wait()
            assert device.waits.total() == 1
        device.waits.clear()
        torch.ones(3).to(NAME, non_blocking=True)
        there.index_select(0, torch.arange(2, device=NAME)).mul_(2)
        there.masked_fill_(there > 1, 0)
        assert not device.waits


# ----------------------------------------------------------------------------- the loss


@pytest.fixture(scope="module", params=FAMILIES)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp(request.param)
    store(make(request.param), folder)
    return folder


def _loss_and_gradients(network: LoadedNetwork, device: str) -> dict[str, torch.Tensor]:
    batch = collate(PAIRS, range(3), network.frame).to(device)
    loss = summed_loss(network, batch, 0.1)
    loss.backward()
    parameters = network.model.named_parameters()
    found = {name: p.grad.cpu() for name, p in parameters if p.grad is not None}
    of_sentences = batch_losses(network, batch)
    return {**found, "loss": loss.detach().cpu(), "sentences": of_sentences.detach().cpu()}


@on_devices
def test_the_loss_is_that_of_the_cpu_and_nobody_waits_for_it(
    entered: Entered, name: str, network: Path
) -> None:
    expected = _loss_and_gradients(load(network), "cpu")
    with entered() as device:
        there = load(network).to(name)
        found = _loss_and_gradients(there, name)
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
        batch = collate(PAIRS, range(3), there.frame).to(name)
        num_waits = device.num_waits
        summed_loss(there, batch, 0.1).backward()
        batch_losses(there, batch).sum().backward()
        assert device.num_waits == num_waits


def test_of_all_logits_one_tensor_is_kept_for_the_backward_pass(tmp_path: Path) -> None:
    """In bfloat16 neither they nor their copy in float32, but what the softmax makes of them."""
    loaded = load(store(make("marian"), tmp_path))
    first, last = loaded.frame.labels
    states_ND = torch.randn(64, 16, requires_grad=True)
    kept: list[torch.Tensor] = []
    keeping = torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor
    )
    with keeping, torch.autocast("cpu", torch.bfloat16):
        logits_NV = loaded.logits(states_ND, by_columns=True)
        loss = functional.cross_entropy(
            logits_NV.float(), torch.arange(64) % (last - first), label_smoothing=0.1
        )
    assert logits_NV.dtype == torch.bfloat16
    assert loss.dtype == torch.float32
    large = [tensor for tensor in kept if tensor.numel() >= logits_NV.numel()]
    assert {tensor.dtype for tensor in large} == {torch.float32}
    assert len({tensor.data_ptr() for tensor in large}) == 1


# ----------------------------------------------------------------------------- training


@on_devices
def test_an_update_waits_for_nothing_and_a_training_is_that_of_the_cpu(
    entered: Entered,
    name: str,
    toy: Experiment,
    toy_corpus: EncodedCorpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits = []
    update = Trainer.update

    def counted(trainer: Trainer, *rest: Any) -> torch.Tensor:
        before = device.num_waits
        losses = update(trainer, *rest)
        waits.append(device.num_waits - before)
        return losses

    expected, log = _trained(toy, toy_corpus, tmp_path / "cpu", "cpu")
    with entered() as device:
        monkeypatch.setattr(Trainer, "update", counted)
        found, log_there = _trained(toy, toy_corpus, tmp_path / "there", name)
    assert waits[1:] == [0] * 5  # the first finds out whether the output has a bias
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)
    assert log_there == pytest.approx(log, abs=1e-4)


@pytest.mark.parametrize("precision", [pytest.param("bfloat16", marks=ON_GPU)])
def test_a_training_in_bfloat16_is_like_that_in_float32(
    precision: str, toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path
) -> None:
    _, expected = _trained(toy, toy_corpus, tmp_path / "cpu", "cpu")
    _, found = _trained(toy, toy_corpus, tmp_path / "there", "cuda", precision)
    assert found == pytest.approx(expected, rel=0.02)


def _trained(
    toy: Experiment, corpus: EncodedCorpus, folder: Path, device: str, precision: str = "float32"
) -> tuple[dict[str, torch.Tensor], list[float]]:
    """The weights in the end, and the losses that were logged."""
    folder.mkdir()
    settings = toy.training.model_copy(
        update={
            "device": device,
            "precision": precision,
            "accumulate": 2,
            "clip_norm": 0.5,
            "average_last": 2,
        }
    )
    experiment = toy.model_copy(update={"training": settings, "execution": Execution(log_every=2)})
    sizes = {"encoder_layers": 1, "decoder_layers": 1, "d_model": 16, "ffn": 32, "heads": 2}
    shape = config.Model(dropout=0.0, **sizes)
    network = model.build(shape, experiment.vocabulary.size, seed=1)
    prunable = model.prunable(model.parameters(network), embeddings=False)
    torch.manual_seed(1)
    mask = Mask({name: torch.rand(w.shape) < 0.5 for name, w in prunable.items()})
    level = LevelFolder(folder)
    course = Course(0, 6, 6, patience=0, seed=3)
    training.train(model.own(network), mask, course, corpus, experiment, level, moments={})
    losses = [e.get("loss", e.get("validation_loss")) for e in read_log(level.log)]
    return {name: p.detach().cpu() for name, p in model.parameters(network).items()}, losses


# ----------------------------------------------------------------------------- measures


@on_devices
@pytest.mark.parametrize("criterion", [name for name, one in CRITERIA.items() if one.reads_text])
def test_criteria_that_read_text_prune_as_on_the_cpu(
    entered: Entered, name: str, criterion: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "STEPS", 3)
    folder = store(make("m2m100"), tmp_path)

    def pruned(device: str) -> Pruned:
        def network() -> LoadedNetwork:
            return load(folder).to(device)

        weights = model.prunable(model.parameters(load(folder).model), embeddings=False)
        evidence = Evidence(weights=weights, calibration=Calibration(network=network, pairs=PAIRS))
        return CRITERIA[criterion].prune(
            evidence, Mask.dense(weights), PerTensor(Fraction(1, 2)), 1
        )

    expected = pruned("cpu")
    with entered():
        found = pruned(name)
    assert found.changed.keys() == expected.changed.keys()
    # Rounding decides between weights that are nearly alike, and what comes next builds on it; what
    # the bias of keys changes is rounding alone.
    for tensor, kept in expected.mask.kept.items():
        if not tensor.endswith("k_proj.bias"):
            assert (found.mask.kept[tensor] != kept).float().mean() < 0.1, tensor
            if tensor in expected.changed:
                apart = found.changed[tensor] - expected.changed[tensor]
                assert apart.abs().mean() < 0.1, tensor


def _measured(folder: Path, device: str) -> dict[str, np.ndarray]:
    """What is measured of networks, on a device."""
    network = load(folder).to(device)
    network.model.eval()
    batches = [collate(PAIRS, range(3), network.frame).to(device)]
    sources, targets = ([side(i) for i in range(3)] for side in (PAIRS.source, PAIRS.target))
    aligned = [
        [AlignedSentence(tuple(ids), tuple((i,) for i in range(len(ids)))) for ids in side]
        for side in (sources, targets)
    ]
    traced = trace(
        network,
        aligned[0],
        targets=aligned[1],
        states="normed",
        max_tokens=100,
        max_positions=8,
        device=device,
    )
    found = {f"encoder {n}": layer for n, layer in enumerate(traced.encoder)}
    found |= {f"decoder {n}": layer for n, layer in enumerate(traced.decoder)}
    for kind, one in importance(network, batches).items():
        found |= {f"{kind} change": one.loss_change_LHS, f"{kind} gradient": one.gradient_LHS}
    found["preference"] = log_probabilities(
        network, sources, targets, targets[::-1], max_tokens=100, device=device
    )
    found["line"] = losses_between(network, network, PAIRS, [0.5], max_tokens=100)
    kept = Kept.all_of(read_shape(folder / "config.json"))
    for by in ("taylor", "magnitude"):
        for score in (neuron_scores, head_scores):
            of_units = score(network, batches, kept, by)
            found |= {f"{score.__name__} {by} {place}": one for place, one in of_units.items()}
    with masked(network, kept.without_layer("encoder", 1)):
        found["masked"] = np.array(total_loss(network, batches))
    attentive = load(folder, attention="eager").to(device)
    for batch in attended(attentive, sources, targets, device=device):
        found |= {f"{kind} {one.index}": maps for one in batch for kind, maps in one.maps.items()}
    said = generated(network, sources, 4, beam=2, length_penalty=1.0)
    found |= {f"said {n}": np.array(ids) for n, ids in enumerate(said)}
    stitched = stitched_greedy(network, network, sources, None, longest=4, max_tokens=100)
    return found | {
        f"stitched {place} {n}": np.array(ids)
        for place, of_place in stitched.items()
        for n, ids in enumerate(of_place)
    }


@on_devices
def test_what_is_measured_is_that_of_the_cpu(entered: Entered, name: str, tmp_path: Path) -> None:
    folder = store(make("m2m100"), tmp_path)
    expected = _measured(folder, "cpu")
    with entered():
        found = _measured(folder, name)
    assert found.keys() == expected.keys()
    for key, figures in expected.items():
        np.testing.assert_allclose(found[key], figures, rtol=2e-3, atol=2e-3, err_msg=key)
