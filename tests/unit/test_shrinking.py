"""Removed equals masked, for every family: the smaller network computes what the whole one does
with the same units masked."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_networks
import torch
from safetensors.torch import load_file, save_file

from ticketscope.errors import JobError
from ticketscope.networks.batches import PairsInMemory, collate
from ticketscope.networks.families import read_shape
from ticketscope.networks.head_importance import importance
from ticketscope.networks.loss import batch_losses, total_loss
from ticketscope.shrinking.choosing import without_heads, without_layers, without_neurons
from ticketscope.shrinking.kept import STACKS, Kept
from ticketscope.shrinking.masking import masked
from ticketscope.shrinking.smaller import Smaller
from ticketscope.shrinking.unit_scores import head_scores, neuron_scores

PAIRS = PairsInMemory([[7, 8, 9, 10], [11, 3]], [[12, 13, 14], [15, 9, 8, 7, 4]])


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The directory of a network of a kind with 3+2 layers, made once."""
    folder = tmp_path_factory.mktemp("networks")

    def of(kind: str) -> Path:
        path = folder / kind
        if not path.is_dir():
            tiny_networks.store(tiny_networks.make(kind, (3, 2)), path)
        return path

    return of


def some(shape, *, layers=True, neurons=True, seed=4) -> Kept:
    """Drop the first layer of either stack, and neurons by chance."""
    rng = np.random.default_rng(seed)
    kept = Kept.all_of(shape)
    if layers:
        kept = kept.without_layer("encoder", 1).without_layer("decoder", 1)
    if not neurons:
        return kept
    found = {}
    for stack, left in kept.layers.items():
        for layer in left:
            units = np.arange(shape.widths[stack]) < 11
            found[stack, layer] = rng.permutation(units)
    return Kept(layers=kept.layers, neurons=found)


ROWS = np.array([*range(18), *range(27, tiny_networks.ROWS)])
"""Those that are left of the embeddings: all that `PAIRS` has, and pad, which may be last."""


def written(before: Path, smaller: Smaller, out: Path) -> Path:
    """The smaller network, as a directory."""
    out.mkdir()
    tensors = [smaller.tensor(*one) for one in load_file(before / "model.safetensors").items()]
    save_file(dict(one for one in tensors if one), out / "model.safetensors", {"format": "pt"})
    config = json.loads((before / "config.json").read_text()) | smaller.entries()
    if smaller.rows is not None:
        new_ids = {int(old): new for new, old in enumerate(ROWS)}
        for key, value in config.items():
            if key.endswith("_token_id") and value is not None:
                config[key] = new_ids[value]
    (out / "config.json").write_text(json.dumps(config))
    return out


def frame_of(network, rows):
    """The frame of a network with fewer rows."""
    new_ids = {int(old): new for new, old in enumerate(rows)}
    frame = network.frame
    return replace(
        frame,
        pad=new_ids[frame.pad],
        source_before=tuple(new_ids[one] for one in frame.source_before),
        target_before=tuple(new_ids[one] for one in frame.target_before),
        labels=(0, len(rows) - (tiny_networks.ROWS - frame.labels[1])),
    )


@torch.no_grad()
def outcome(network):
    """Losses of two pairs, and logits of the first. In float64, so that no rounding is compared."""
    network.model.double()
    batch = collate(PAIRS, [0, 1], network.frame)
    states_BTD = network.decoded(batch, network.encoded(batch))
    return batch_losses(network, batch), network.logits(states_BTD[0, :3])


@pytest.mark.parametrize("kind", tiny_networks.KINDS)
def test_removed_equals_masked(kind, stored, tmp_path):
    before = stored(kind)
    shape = read_shape(before / "config.json")
    kept = some(shape)
    whole = tiny_networks.load(before)
    with masked(whole, kept):
        losses_B, logits_NV = outcome(whole)
    after = written(before, Smaller(shape, kept), tmp_path / "after")
    found = outcome(tiny_networks.load(after))
    torch.testing.assert_close(found[0], losses_B, rtol=0, atol=1e-5)
    torch.testing.assert_close(found[1], logits_NV, rtol=0, atol=1e-5)
    assert not torch.allclose(outcome(whole)[0], losses_B, atol=1e-2)
    assert read_shape(after / "config.json").widths == {"encoder": 11, "decoder": 11}


@pytest.mark.parametrize("kind", tiny_networks.KINDS)
def test_rows_that_are_left_have_the_logits_that_they_had(kind, stored, tmp_path):
    before = stored(kind)
    shape = read_shape(before / "config.json")
    kept = some(shape, neurons=False)
    whole = tiny_networks.load(before)
    with masked(whole, kept):
        _, logits_NV = outcome(whole)
    smaller = Smaller(shape, kept, {"source": ROWS, "target": ROWS})
    left = tiny_networks.load(written(before, smaller, tmp_path / "after"))
    left = replace(left, frame=frame_of(whole, ROWS))
    losses_B, found_NV = outcome(left)
    rows = [row for row in ROWS if row < whole.frame.labels[1]]
    torch.testing.assert_close(found_NV, logits_NV[:, rows], rtol=0, atol=1e-5)
    # The loss is that of the network before if it can say nothing else than these rows.
    said = torch.tensor([*PAIRS.target(0)])
    of_labels = logits_NV[:, rows].log_softmax(-1)[range(3), [rows.index(one) for one in said]]
    end = float(losses_B[0]) + float(of_labels.sum())
    assert end > 0  # what is left is the end of sentence
    assert left.model.get_input_embeddings().weight.shape[0] == len(ROWS)


# ----------------------------------------------------------------------------- scores


def batches(network):
    return [collate(PAIRS, [i], network.frame) for i in (0, 1)]


@torch.no_grad()
def test_a_neuron_scores_by_what_the_loss_gains_without_it(stored):
    network = tiny_networks.load(stored("t5_untied"))
    kept = Kept.all_of(read_shape(stored("t5_untied") / "config.json")).without_layer("encoder", 2)
    found = neuron_scores(network, batches(network), kept, "loss")
    assert found.keys() == {("encoder", 1), ("encoder", 3), ("decoder", 1), ("decoder", 2)}
    for place, unit in ((("encoder", 3), 5), (("decoder", 1), 0)):
        less = replace(kept, neurons={place: np.arange(24) != unit})
        losses = []
        for one in (kept, less):
            with masked(network, one):
                losses.append(total_loss(network, batches(network)))
        assert found[place][unit] == pytest.approx(losses[1] - losses[0], abs=1e-4)


@pytest.mark.parametrize("kind", ["marian", "t5_untied"])
def test_taylor_of_a_neuron_is_the_derivative_by_its_scale(kind, stored):
    """Scaling every weight of a neuron by 1 + x changes the loss by x times the sum of w · g."""
    network = tiny_networks.load(stored(kind))
    network.model.double()
    shape = read_shape(stored(kind) / "config.json")
    found = neuron_scores(network, batches(network), Kept.all_of(shape), "taylor")
    step, unit = 1e-3, 3
    for stack in ("encoder", "decoder"):
        losses = []
        for scale in (1 + step, 1 / (1 + step) * (1 - step)):
            for name, weight in network.model.named_parameters():
                role = network.family.role(name)
                if role.neuron_axis is not None and (role.module, role.layer) == (stack, 2):
                    weight.data.select(role.neuron_axis, unit).mul_(scale)
            losses.append(total_loss(network, batches(network)))
        derivative = abs(losses[0] - losses[1]) / (2 * step)
        assert found[stack, 2][unit] == pytest.approx(derivative, rel=0.02, abs=2e-3)


def test_magnitude_of_a_neuron_and_of_a_head(stored):
    network = tiny_networks.load(stored("marian"))
    kept = Kept.all_of(read_shape(stored("marian") / "config.json"))
    layer = network.model.model.decoder.layers[1]
    weights = [layer.fc1.weight[4], layer.fc1.bias[4:5], layer.fc2.weight[:, 4]]
    found = neuron_scores(network, [], kept, "magnitude")
    assert found["decoder", 2][4] == pytest.approx(float(torch.cat(weights).detach().norm()))
    block, third = layer.encoder_attn, slice(8, 12)
    parts = [one.weight[third].flatten() for one in (block.q_proj, block.k_proj, block.v_proj)]
    parts += [one.bias[third] for one in (block.q_proj, block.k_proj, block.v_proj)]
    parts.append(block.out_proj.weight[:, third].flatten())
    found = head_scores(network, [], kept, "magnitude")
    assert found["encoder_decoder", 2][2] == pytest.approx(float(torch.cat(parts).detach().norm()))


@pytest.mark.parametrize("by", ["loss", "taylor"])
def test_heads_of_layers_that_are_left_have_scores(by, stored):
    network = tiny_networks.load(stored("t5"))
    kept = Kept.all_of(read_shape(stored("t5") / "config.json")).without_layer("decoder", 1)
    found = head_scores(network, batches(network), kept, by)
    assert {place for place in found if place[0] != "encoder_self"} == {
        ("decoder_self", 2),
        ("encoder_decoder", 2),
    }
    with masked(network, kept):
        whole = importance(network, batches(network))["decoder_self"]
    figure = whole.loss_change_LHS if by == "loss" else whole.gradient_LHS
    np.testing.assert_allclose(found["decoder_self", 2], figure[1].mean(axis=1))


# ----------------------------------------------------------------------------- choosing


def test_layers_go_one_by_one_where_the_loss_is_lowest(stored):
    network = tiny_networks.load(stored("m2m100"))
    kept = Kept.all_of(read_shape(stored("m2m100") / "config.json"))
    depths = {"encoder": 1, "decoder": 1}
    left, removed = without_layers(network, batches(network), kept, depths)
    assert {stack: len(layers) for stack, layers in left.layers.items()} == depths
    assert len(removed) == 3
    losses = {}
    for stack, layer in (*(("encoder", n) for n in (1, 2, 3)), ("decoder", 1), ("decoder", 2)):
        with masked(network, kept.without_layer(stack, layer)):
            losses[stack, layer] = total_loss(network, batches(network))
    first = removed[0]
    assert (first.stack, first.layer) == min(losses, key=losses.__getitem__)
    assert first.loss == losses[first.stack, first.layer]
    with masked(network, left):
        assert removed[-1].loss == total_loss(network, batches(network))


def test_a_share_of_every_block_goes_those_of_the_lowest_scores(stored):
    network = tiny_networks.load(stored("bart"))
    kept = Kept.all_of(read_shape(stored("bart") / "config.json"))
    scores = neuron_scores(network, [], kept, "magnitude")
    left = without_neurons(network, [], kept, dict.fromkeys(STACKS, 0.3), "magnitude")
    assert left.widths(read_shape(stored("bart") / "config.json")) == {"encoder": 17, "decoder": 14}
    for place, units in left.neurons.items():
        assert scores[place][units].min() > scores[place][~units].max()
    assert {
        int(units.sum())
        for units in without_heads(network, [], kept, 0.25, "magnitude").heads.values()
    } == {3}


def test_what_overflows_is_told_and_nothing_is_chosen_by_it(stored):
    network = tiny_networks.load(stored("marian"))
    for name, tensor in network.model.named_parameters():
        if "fc" in name:
            tensor.data *= 1e25
    with pytest.raises(JobError, match="the loss on the pairs is nan: what the network computes"):
        total_loss(network, batches(network))
    kept = Kept.all_of(read_shape(stored("marian") / "config.json"))
    with pytest.raises(JobError, match="a score is not a number"):
        without_neurons(network, batches(network), kept, dict.fromkeys(STACKS, 0.5), "taylor")
