"""The parts of a network of every family, and networks that have parts of another."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_networks import load, make, store

from ticketscope.errors import InputError
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.mixed import Pair, tensors
from ticketscope.networks.parts import by_layer, chosen, parts_of

FAMILIES = ("marian_separate", "m2m100", "mbart", "bart", "t5", "umt5_untied")
PAIRS = PairsInMemory([[7, 8, 9], [10, 11], [12]], [[8, 9], [13, 14, 15], [16, 17]])


def losses(network: LoadedNetwork) -> np.ndarray:
    found = sentence_losses(network, PAIRS, max_tokens=100, device="cpu")
    return found.negative_log_likelihood


def two(kind: str, folder: Path) -> Pair:
    """A network and another one with all of its weights moved."""
    own = load(store(make(kind), folder))
    other = copy.deepcopy(own)
    generator = torch.Generator().manual_seed(3)
    shape = ModelFolder(folder).config
    parts = parts_of(tensors(own), shape)
    with torch.no_grad():
        for names in parts.values():
            for name in names:
                moved = tensors(other)[name]
                moved += 0.3 * torch.randn(moved.shape, generator=generator)
    return Pair(own, other, parts)


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_weight_is_in_one_part_and_blocks_have_their_norms(kind, tmp_path):
    pair = two(kind, tmp_path)
    names = [part.name for part in pair.parts]
    assert len(set(names)) == len(names)
    assert names[0] == "embeddings"
    blocks = [name for name in names if name.split(".")[1:2] == ["1"]]
    assert blocks == [
        *("encoder.1.self_attention", "encoder.1.feed_forward"),
        *("decoder.1.self_attention", "decoder.1.cross_attention", "decoder.1.feed_forward"),
    ]
    for part, of_part in pair.parts.items():
        if part.layer:
            assert sum("norm" in name and name.endswith("weight") for name in of_part) == 1, part
    rest = [name for name in names if name.count(".") < 2]
    is_pre = kind in ("m2m100", "mbart") or "t5" in kind
    assert set(rest) <= {"embeddings", "encoder.final_norm", "decoder.final_norm"}
    assert (len(rest) == 3) == is_pre
    everything = {name for of_part in pair.parts.values() for name in of_part}
    assert everything >= set(dict(pair.own.model.named_parameters())) - {
        name for name in tensors(pair.own) if "embed_positions" in name
    }


@pytest.mark.parametrize("kind", FAMILIES)
def test_all_parts_restored_are_the_other_network_and_none_the_own(kind, tmp_path):
    pair = two(kind, tmp_path)
    before = {name: tensor.clone() for name, tensor in tensors(pair.own).items()}
    none, every, *each = pair.losses(
        [(), tuple(pair.parts), *((part,) for part in pair.parts)], PAIRS, max_tokens=100
    )
    assert np.array_equal(none, losses(pair.own))
    assert np.array_equal(every, losses(pair.other))
    assert all(np.abs(found - none).max() > 1e-6 for found in each)
    turned = pair.turned.losses([tuple(pair.parts)], PAIRS, max_tokens=100)[0]
    assert np.array_equal(turned, none)
    assert all(torch.equal(tensor, before[name]) for name, tensor in tensors(pair.own).items())


def test_names_mean_stacks_layers_and_blocks(tmp_path):
    parts = two("m2m100", tmp_path).parts
    assert {part.name for part in chosen(["encoder.1"], parts)} == {
        "encoder.1.self_attention",
        "encoder.1.feed_forward",
    }
    assert [part.name for part in chosen(["decoder.1.feed_forward", "embeddings"], parts)] == [
        "embeddings",
        "decoder.1.feed_forward",
    ]
    assert {part.module for part in chosen(["decoder"], parts)} == {"decoder"}
    assert set(by_layer(parts)) >= {"embeddings", "encoder.1", "encoder.2", "decoder.1"}
    with pytest.raises(InputError, match=r"layers: encoder\.3: the network has no such part"):
        chosen(["encoder.3"], parts)
