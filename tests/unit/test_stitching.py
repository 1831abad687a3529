"""Two networks stitched together, maps between their states, and the logit lens."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_networks import load, make, store

from ticketscope.measures.affine import Affine, fitted, products, reversed_products, squared_error
from ticketscope.networks.batches import PairsInMemory, collate
from ticketscope.networks.generate import greedy
from ticketscope.networks.layer_states import streams
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.logit_lens import settled
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.stitched_translations import stitched_greedy
from ticketscope.networks.stitching import maps_between, places, stitched_losses

FAMILIES = ("marian", "m2m100", "bart", "t5")
PAIRS = PairsInMemory([[7, 8, 9], [10, 11], [12]], [[8, 9], [13, 14, 15], [16, 17]])

SOURCES = [[piece] * number for piece, number in zip(range(7, 19), (1, 4, 2, 6) * 3, strict=True)]
"""Of several lengths: whoever reads the longest has to keep its padding when it has ended."""


def network(kind: str, folder: Path) -> LoadedNetwork:
    return load(store(make(kind, (2, 2)), folder))


def ending(one: LoadedNetwork) -> LoadedNetwork:
    """The same network, whose sentences end with the piece that does it soonest in some and late in
    others; its own end never comes in twelve pieces."""
    said = greedy(one, SOURCES, 12)

    def lengths(piece: int) -> set[int]:
        return {each.index(piece) if piece in each else 12 for each in said}

    piece = max(sorted({piece for each in said for piece in each}), key=lambda p: len(lengths(p)))
    return replace(one, frame=replace(one.frame, target_after=(piece,)))


@torch.no_grad()
def halves(kind: str, folder: Path) -> tuple[LoadedNetwork, LoadedNetwork]:
    """Two networks that differ in their first decoder layer alone."""
    upper = network(kind, folder)
    lower = copy.deepcopy(upper)
    for weight in upper.family.layers(lower.model, "decoder")[0].parameters():
        weight += 0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    return lower, upper


def losses(one: LoadedNetwork) -> np.ndarray:
    return sentence_losses(one, PAIRS, max_tokens=100, device="cpu").negative_log_likelihood


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_network_stitched_to_itself_is_itself(kind, tmp_path):
    one = network(kind, tmp_path)
    found = stitched_losses(one, copy.deepcopy(one), PAIRS, [None], max_tokens=100)[0]
    assert list(found) == [("encoder", 1), ("encoder", 2), ("decoder", 1), ("decoder", 2)]
    for nats in found.values():
        np.testing.assert_allclose(nats, losses(one), rtol=1e-6)


@pytest.mark.parametrize("kind", ["marian", "m2m100", "umt5"])
@torch.no_grad()
def test_stitched_is_a_network_with_the_lower_layers_of_the_other(kind, tmp_path):
    """Above the first decoder layer; the first layer has other weights, and nothing else has."""
    lower, upper = halves(kind, tmp_path)
    found = stitched_losses(lower, upper, PAIRS, [None], max_tokens=100)[0]
    assert np.abs(losses(lower) - losses(upper)).max() > 1e-3
    np.testing.assert_allclose(found["decoder", 1], losses(lower), rtol=1e-5)
    np.testing.assert_allclose(found["decoder", 2], losses(lower), rtol=1e-5)
    np.testing.assert_allclose(found["encoder", 2], losses(upper), rtol=1e-5)


@pytest.mark.parametrize("kind", [*FAMILIES, "mbart"])
def test_a_network_stitched_to_itself_says_what_transformers_says(kind, tmp_path):
    one = ending(network(kind, tmp_path))
    expected = greedy(one, SOURCES, 12)
    assert len({len(said) for said in expected}) > 1
    found = stitched_greedy(one, copy.deepcopy(one), SOURCES, None, longest=12, max_tokens=20)
    assert list(found) == places(one)
    assert all(said == expected for said in found.values())


@pytest.mark.parametrize("kind", ["marian", "m2m100", "umt5"])
@torch.no_grad()
def test_the_halves_say_what_a_network_of_both_says(kind, tmp_path):
    """As the losses above: with the first decoder layer of the lower one it is the lower one."""
    lower, upper = halves(kind, tmp_path)
    found = stitched_greedy(lower, upper, SOURCES, None, longest=12, max_tokens=20)
    of_lower, of_upper = greedy(lower, SOURCES, 12), greedy(upper, SOURCES, 12)
    assert of_lower != of_upper
    assert found["decoder", 1] == found["decoder", 2] == of_lower
    assert found["encoder", 1] == found["encoder", 2] == of_upper


@torch.no_grad()
def test_each_half_reads_what_its_own_encoder_made_and_states_go_through_the_map(tmp_path):
    """Above the last layer of the lower encoder all else is the upper one's; a map that adds what
    the norm at the end of the upper encoder lacks makes the encoders equal."""
    upper = network("marian", tmp_path)
    lower = copy.deepcopy(upper)
    shift = torch.randn(16, generator=torch.Generator().manual_seed(2))
    lower.family.layers(lower.model, "encoder")[1].final_layer_norm.bias -= shift
    of_lower, of_upper = greedy(lower, SOURCES, 12), greedy(upper, SOURCES, 12)
    assert of_lower != of_upper
    plain = stitched_greedy(lower, upper, SOURCES, None, longest=12, max_tokens=20)
    # All weights of the decoders are equal, so that what the second half reads decides.
    assert plain["encoder", 2] == plain["decoder", 2] == of_lower
    assert plain["encoder", 1] == of_upper
    assert plain["decoder", 1] not in (of_lower, of_upper)
    same = np.eye(16)
    maps = {place: Affine(same, np.zeros(16), 0.0) for place in places(upper)}
    maps["encoder", 2] = Affine(same, shift.double().numpy(), 0.0)
    mapped = stitched_greedy(lower, upper, SOURCES, maps, longest=12, max_tokens=20)
    assert mapped["encoder", 2] == of_upper
    assert {**mapped, ("encoder", 2): None} == {**plain, ("encoder", 2): None}


def test_maps_between_a_network_and_itself_change_nothing(tmp_path):
    one = network("marian", tmp_path)
    there, back = maps_between(one, one, PAIRS, PAIRS, max_tokens=100)
    assert list(there) == places(one)
    for affine in (*there.values(), *back.values()):
        np.testing.assert_allclose(affine.matrix_DD, np.eye(16), atol=1e-12)
        np.testing.assert_allclose(affine.shift_D, 0, atol=1e-12)


# ----------------------------------------------------------------------------- affine maps

STATES = np.random.default_rng(5).normal(size=(300, 6)) * np.arange(1, 7) + 2.0


def test_an_affine_map_undoes_a_rotation_and_a_shift():
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))
    turned = STATES @ rotation + 3.0
    fit, validation = (
        products(turned[part], STATES[part]) for part in (slice(200), slice(200, 300))
    )
    found = fitted(fit, validation)
    np.testing.assert_allclose(found.matrix_DD, rotation.T, atol=1e-5)
    np.testing.assert_allclose(turned @ found.matrix_DD + found.shift_D, STATES, atol=1e-4)
    back = fitted(reversed_products(fit), reversed_products(validation))
    np.testing.assert_allclose(back.matrix_DD, rotation, atol=1e-5)


def test_with_little_to_learn_from_the_map_stays_near_the_identity():
    """The second network is the first with noise: five words tell nothing of it."""
    noisy = STATES + np.random.default_rng(2).normal(size=STATES.shape)
    found = fitted(products(STATES[:5], noisy[:5]), products(STATES[5:], noisy[5:]))
    assert found.pull > 0.1
    assert np.abs(found.matrix_DD - np.eye(6)).max() < 0.3


def test_the_error_is_that_of_the_states_and_the_fit_that_of_least_squares():
    noisy = STATES @ np.diag([1, 2, 3, 1, 2, 3]) + np.random.default_rng(2).normal(
        size=STATES.shape
    )
    sums = products(STATES, noisy)
    found = fitted(sums, sums)
    left = STATES @ found.matrix_DD + found.shift_D - noisy
    assert squared_error(found, sums) == pytest.approx((left**2).sum())
    with_ones = np.hstack([STATES, np.ones((300, 1))])
    expected = np.linalg.lstsq(with_ones, noisy, rcond=None)[0]
    np.testing.assert_allclose(found.matrix_DD, expected[:-1], atol=1e-5)
    identity = Affine(np.eye(6), np.zeros(6), float("inf"))
    assert squared_error(identity, sums) == pytest.approx(((STATES - noisy) ** 2).sum())


# ----------------------------------------------------------------------------- logit lens


@pytest.mark.parametrize("kind", FAMILIES)
@torch.no_grad()
def test_the_lens_agrees_with_a_plain_loop_and_the_last_layer_gives_the_token(kind, tmp_path):
    one = network(kind, tmp_path)
    found = settled(one, PAIRS, max_tokens=100)
    order = np.argsort(found.sentences_N, kind="stable")
    assert found.sentences_N[order].tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    expected = []
    for number in range(3):
        batch = collate(PAIRS, [number], one.frame)
        first, last = streams(one, batch).decoder
        norm = one.family.last_norm(one.model, "decoder")
        said = [
            one.model.lm_head(state * (one._output.scale or 1))[0, :, slice(*one.frame.labels)]
            for state in (norm(first) if norm else first, last)
        ]
        if "bart" in kind or "marian" in kind:
            bias = one.model.final_logits_bias[0, slice(*one.frame.labels)]
            said = [logits + bias for logits in said]
        same = said[0].argmax(-1) == said[1].argmax(-1)
        expected += [1 if one_is else 2 for one_is in same[len(one.frame.target_before) - 1 :]]
    assert found.layers_N[order].tolist() == expected


def test_a_decoder_of_one_layer_settles_in_it(tmp_path):
    one = load(store(make("marian", (1, 1)), tmp_path))
    assert set(settled(one, PAIRS, max_tokens=100).layers_N) == {1}
