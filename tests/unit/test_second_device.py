"""What shall compute on a GPU, computed on a device that refuses what a GPU refuses."""

from pathlib import Path

import pytest
import torch
from tiny_networks import load, make, store

from second_device import NAME, MixedDevicesError, SecondDevice
from ticketscope.networks.batches import PairsInMemory, collate
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses, summed_loss

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
            lambda: there[torch.tensor([0])],
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
