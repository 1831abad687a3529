"""The straight line between two networks: closed forms, plain loops, and ends that are the ends."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_networks import KINDS, load, make, store

from ticketscope.measures.connectivity import barrier
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.straight_line import losses_between

TOKENS = np.array([2, 3])


def test_barrier_is_the_highest_loss_less_the_mean_of_the_ends():
    # Per token: 2, 5, 1. The ends have 1.5 in the mean.
    nats = np.array([[4.0, 6.0], [10.0, 15.0], [2.0, 3.0]])
    found = barrier(nats, TOKENS)
    assert found["barrier"].value == pytest.approx(3.5)
    assert found["barrier_share"].value == pytest.approx(3.5 / 1.5)
    assert found["barrier"].lower is None  # of two sentences there are no blocks


def test_between_ends_that_differ_the_barrier_is_half_their_difference_at_the_least():
    nats = np.array([[5.0], [10.0], [15.0]])
    assert barrier(nats, np.array([5]))["barrier"].value == pytest.approx(1.0)


def test_a_path_that_is_flat_has_no_barrier_and_no_interval_to_speak_of():
    nats = np.tile(np.arange(1.0, 41.0), (3, 1))
    found = barrier(nats, np.full(40, 4))
    for estimate in found.values():
        assert (estimate.value, estimate.lower, estimate.upper) == pytest.approx((0.0, 0.0, 0.0))


def test_intervals_are_those_of_a_mean_where_the_barrier_is_one():
    """With one token per sentence and ends without a loss to speak of, the barrier is a mean."""
    top = np.random.default_rng(1).normal(3.0, 1.0, 2_000)
    nats = np.stack([np.full(2_000, 1e-9), top, np.full(2_000, 1e-9)])
    found = barrier(nats, np.ones(2_000, dtype=np.int64))["barrier"]
    assert found.value == pytest.approx(top.mean())
    assert found.upper is not None
    error = top.std(ddof=1) / np.sqrt(2_000)
    assert found.upper - found.value == pytest.approx(2.09 * error, rel=0.4)


@pytest.fixture
def pairs() -> PairsInMemory:
    return PairsInMemory([[7, 8, 9], [10, 11], [12]], [[8, 9], [13, 14, 15], [16, 17]])


def stored(network: LoadedNetwork) -> list[torch.Tensor]:
    """All that a network is made of: each parameter once, and the bias of its logits."""
    buffers = network.model.named_buffers()
    biases = (buffer for name, buffer in buffers if name == "final_logits_bias")
    return [*network.model.parameters(), *biases]


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_points_are_the_networks_in_between(kind: str, pairs: PairsInMemory, tmp_path: Path):
    first = load(store(make(kind), tmp_path))
    for bias in stored(first)[len(list(first.model.parameters())) :]:
        bias.zero_()  # the output of one end has a bias, that of the other has none
    last, between = copy.deepcopy(first), copy.deepcopy(first)
    for start, end, mixed in zip(*map(stored, (first, last, between)), strict=True):
        end += 0.3 * torch.randn(end.shape, generator=torch.Generator().manual_seed(end.numel()))
        mixed.copy_(0.7 * start + 0.3 * end)
    before = [tensor.clone() for tensor in stored(first)]
    found = losses_between(first, last, pairs, (0.0, 0.3, 1.0), max_tokens=100)
    for row, network in zip(found, (first, between, last), strict=True):
        expected = sentence_losses(network, pairs, max_tokens=100, device="cpu")
        np.testing.assert_allclose(row, expected.negative_log_likelihood, rtol=1e-5)
    assert all(map(torch.equal, stored(first), before)), "the first network is left as it was"
