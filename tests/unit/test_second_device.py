"""What shall compute on a GPU, computed on a device that refuses what a GPU refuses."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_networks import load, make, store

from second_device import NAME, MixedDevicesError, SecondDevice
from ticketscope import config
from ticketscope.config import Execution, Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.lottery import training
from ticketscope.lottery.course import Course
from ticketscope.lottery.trainer import Trainer
from ticketscope.lottery.training_log import read_log
from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory, collate
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses, summed_loss
from ticketscope.networks.masks import Mask
from ticketscope.runs.store import LevelFolder

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


def test_the_loss_is_that_of_the_cpu_and_nobody_waits_for_it(network: Path) -> None:
    expected = _loss_and_gradients(load(network), "cpu")
    with SecondDevice() as device:
        there = load(network).to(NAME)
        found = _loss_and_gradients(there, NAME)
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
        batch = collate(PAIRS, range(3), there.frame).to(NAME)
        device.waits.clear()
        summed_loss(there, batch, 0.1).backward()
        batch_losses(there, batch).sum().backward()
        assert not device.waits


# ----------------------------------------------------------------------------- training


def test_an_update_waits_for_nothing_and_a_training_is_that_of_the_cpu(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []
    update = Trainer.update

    def counted(trainer: Trainer, *rest: Any) -> torch.Tensor:
        before = device.waits.total()
        losses = update(trainer, *rest)
        waits.append(device.waits.total() - before)
        return losses

    expected, log = _trained(toy, toy_corpus, tmp_path / "cpu", "cpu")
    with SecondDevice() as device:
        monkeypatch.setattr(Trainer, "update", counted)
        found, log_there = _trained(toy, toy_corpus, tmp_path / "there", NAME)
    assert waits[1:] == [0] * 5  # the first finds out whether the output has a bias
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)
    assert log_there == pytest.approx(log, abs=1e-4)


def _trained(
    toy: Experiment, corpus: EncodedCorpus, folder: Path, device: str
) -> tuple[dict[str, torch.Tensor], list[float]]:
    """The weights in the end, and the losses that were logged."""
    folder.mkdir()
    settings = toy.training.model_copy(
        update={"device": device, "accumulate": 2, "clip_norm": 0.5, "average_last": 2}
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
