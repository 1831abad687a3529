"""Attention maps and head importance, against attention written out by hand."""

from itertools import chain

import numpy as np
import pytest
import torch

from ticketscope import config
from ticketscope.errors import InputError
from ticketscope.networks import model
from ticketscope.networks.batches import collate, longer_side, ordered_batches
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.head_importance import importance
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.trace import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF, KINDS, attended

SHAPE = {"encoder_layers": 2, "decoder_layers": 3, "d_model": 16, "ffn": 32, "heads": 2}
NUM_LAYERS = {ENCODER_SELF: 2, DECODER_SELF: 3, ENCODER_DECODER: 3}
HEADS = 2


@pytest.fixture(scope="module", params=["pre", "post"])
def network(request, tmp_path_factory):
    """Its weights are large, so that heads attend to something, and it is read from a folder."""
    built = model.build(
        config.Model(norm=request.param, max_positions=40, **SHAPE), 80, seed=1
    ).eval()
    with torch.no_grad():
        for tensor in model.prunable(model.parameters(built), embeddings=True).values():
            tensor *= 8.0
    folder = tmp_path_factory.mktemp("ticket")
    built.save_pretrained(folder)
    return ModelFolder(folder).network(attention="eager")


def sentences(number, seed, longest=30):
    generator = np.random.default_rng(seed)
    return [
        tuple(generator.integers(4, 79, size=generator.integers(0, longest)).tolist())
        for _ in range(number)
    ]


SOURCES, TARGETS = sentences(60, 1), sentences(60, 2)


def all_maps(network, sources, targets):
    found = {
        one.index: one.maps
        for one in chain.from_iterable(attended(model.own(network), sources, targets, device="cpu"))
    }
    return [found[index] for index in range(len(sources))]


def by_hand(network, source, target):
    """Softmax of the scaled products of queries and keys, from what goes into each block."""
    blocks = {
        ENCODER_SELF: [layer.self_attn for layer in network.model.encoder.layers],
        DECODER_SELF: [layer.self_attn for layer in network.model.decoder.layers],
        ENCODER_DECODER: [layer.encoder_attn for layer in network.model.decoder.layers],
    }
    projected = {}
    hooks = [
        getattr(block, f"{side}_proj").register_forward_hook(
            lambda _module, _inputs, output, key=(kind, layer, side): projected.update(
                {key: output[0]}
            )
        )
        for kind, layers in blocks.items()
        for layer, block in enumerate(layers)
        for side in "qk"
    ]
    ids = model.own_frame(network)
    with torch.no_grad():
        network.model(
            input_ids=torch.tensor([[*source, ids.source_after[0]]]),
            decoder_input_ids=torch.tensor([[ids.target_before[0], *target]]),
            use_cache=False,
        )
    for hook in hooks:
        hook.remove()
    maps = {}
    for kind, layers in blocks.items():
        of_kind = []
        for layer in range(len(layers)):
            q, k = (
                projected[kind, layer, side].unflatten(-1, (HEADS, -1)).transpose(0, 1).double()
                for side in "qk"
            )
            scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
            if kind == DECODER_SELF:
                later = torch.ones(scores.shape[1:]).triu(1).bool()
                scores = scores.masked_fill(later, -torch.inf)
            of_kind.append(scores.softmax(-1).numpy())
        maps[kind] = np.stack(of_kind)
    return maps


def test_maps_are_the_softmax_of_queries_and_keys(network):
    found = all_maps(network, SOURCES, TARGETS)
    for source, target, maps in zip(SOURCES[:8], TARGETS[:8], found[:8], strict=True):
        expected = by_hand(network, source, target)
        assert set(maps) == set(KINDS)
        for kind in KINDS:
            assert maps[kind].shape == (NUM_LAYERS[kind], HEADS, *expected[kind].shape[2:])
            np.testing.assert_allclose(maps[kind], expected[kind], atol=1e-5)


def test_rows_sum_to_one_and_no_query_sees_the_future(network):
    spread = []
    for source, target, maps in zip(
        SOURCES, TARGETS, all_maps(network, SOURCES, TARGETS), strict=True
    ):
        sizes = {"source": len(source) + 1, "target": len(target) + 1}
        assert maps[ENCODER_SELF].shape[2:] == (sizes["source"], sizes["source"])
        assert maps[DECODER_SELF].shape[2:] == (sizes["target"], sizes["target"])
        assert maps[ENCODER_DECODER].shape[2:] == (sizes["target"], sizes["source"])
        for of_kind in maps.values():
            np.testing.assert_allclose(of_kind.sum(-1), 1.0, atol=1e-5)
        assert (np.triu(maps[DECODER_SELF][0, 0], 1) == 0.0).all()
        spread.append(maps[ENCODER_SELF].max())
    assert max(spread) > 0.5, "or the maps would be too even to tell anything"


def test_maps_do_not_depend_on_who_shares_the_batch(network):
    together = all_maps(network, SOURCES, TARGETS)
    for index in (0, 7, 31):
        [alone] = all_maps(network, [SOURCES[index]], [TARGETS[index]])
        for kind in KINDS:
            np.testing.assert_allclose(alone[kind], together[index][kind], atol=1e-6)


def test_sources_alone_have_one_kind(network):
    [maps] = all_maps(network, [SOURCES[3]], None)
    assert set(maps) == {ENCODER_SELF}


def test_batches_are_bounded_and_the_same_for_all_networks(network, monkeypatch):
    monkeypatch.setattr("ticketscope.networks.trace.attention_maps._CELLS", 2_000)
    batches = list(attended(model.own(network), SOURCES, TARGETS, device="cpu"))
    for batch in batches:
        longest = max(max(one.maps[ENCODER_DECODER].shape[2:]) for one in batch)
        assert len(batch) == 1 or len(batch) * longest**2 <= 2_000
    assert sorted(one.index for batch in batches for one in batch) == list(range(60))
    assert len(batches) > 5


def test_what_cannot_be_traced_is_refused(network):
    def first(sources, targets):
        return next(attended(model.own(network), sources, targets, device="cpu"))

    with pytest.raises(InputError, match="no sentences"):
        first([], None)
    with pytest.raises(InputError, match="1 for 2 sources"):
        first([(5,), (6,)], [(5,)])
    with pytest.raises(InputError, match=r"41 positions, .* the model has 40"):
        first([(5,) * 40], None)


# --------------------------------------------------------------------------------- importance


@pytest.fixture(scope="module")
def batches(network, toy_corpus):
    split = toy_corpus.split("validation")
    return split, [
        collate(split, indices, model.own_frame(network))
        for indices in ordered_batches(longer_side(split), 200)
    ]


def test_masking_a_head_is_cutting_its_columns_of_the_output_projection(network, batches):
    split, of_split = batches
    found = importance(model.own(network), of_split)
    order = np.concatenate(ordered_batches(longer_side(split), 200))
    for kind, layers in (
        (ENCODER_SELF, [layer.self_attn for layer in network.model.encoder.layers]),
        (DECODER_SELF, [layer.self_attn for layer in network.model.decoder.layers]),
        (ENCODER_DECODER, [layer.encoder_attn for layer in network.model.decoder.layers]),
    ):
        assert found[kind].loss_change_LHS.shape == (NUM_LAYERS[kind], HEADS, len(split))
        whole = sentence_losses(model.own(network), split, max_tokens=200, device="cpu")
        for layer, block in enumerate(layers):
            for head in range(HEADS):
                kept = block.out_proj.weight.detach().clone()
                with torch.no_grad():
                    block.out_proj.weight[:, head * 8 : (head + 1) * 8] = 0.0
                masked = sentence_losses(model.own(network), split, max_tokens=200, device="cpu")
                with torch.no_grad():
                    block.out_proj.weight.copy_(kept)
                change = masked.negative_log_likelihood - whole.negative_log_likelihood
                np.testing.assert_allclose(
                    found[kind].loss_change_LHS[layer, head], change[order], atol=2e-3
                )


def test_the_gradient_is_that_of_a_gate_on_the_head(network, batches):
    """A head's gate at 1 + e is its columns of the output projection times 1 + e."""
    split, of_split = batches
    found = importance(model.own(network), of_split)
    order = np.concatenate(ordered_batches(longer_side(split), 200))
    double = network.double()
    try:
        for kind, block in (
            (ENCODER_SELF, double.model.encoder.layers[1].self_attn),
            (ENCODER_DECODER, double.model.decoder.layers[0].encoder_attn),
        ):
            layer = 1 if kind == ENCODER_SELF else 0
            losses = []
            kept = block.out_proj.weight.detach().clone()
            for gate in (1 + 1e-4, 1 - 1e-4):
                with torch.no_grad():
                    block.out_proj.weight[:, :8] = kept[:, :8] * gate
                of_gate = importance_losses(double, of_split)
                losses.append(of_gate)
            with torch.no_grad():
                block.out_proj.weight.copy_(kept)
            slope = np.abs(losses[0] - losses[1]) / 2e-4
            assert len(order) == len(slope)
            np.testing.assert_allclose(
                found[kind].gradient_LHS[layer, 0], slope, rtol=0.05, atol=0.02
            )
    finally:
        network.float()


def importance_losses(network, of_split):
    from ticketscope.networks.loss import batch_losses

    with torch.no_grad():
        return torch.cat([batch_losses(model.own(network), batch) for batch in of_split]).numpy()


def test_the_network_is_left_as_it_was(network, batches):
    split, of_split = batches
    before = sentence_losses(model.own(network), split, max_tokens=200, device="cpu")
    importance(model.own(network), of_split)
    after = sentence_losses(model.own(network), split, max_tokens=200, device="cpu")
    np.testing.assert_array_equal(before.negative_log_likelihood, after.negative_log_likelihood)
    assert all(parameter.grad is None for parameter in network.parameters())
    network.train()
    with pytest.raises(AssertionError, match="dropout"):
        importance(model.own(network), of_split)
    network.eval()
