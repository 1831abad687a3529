import pytest
import torch

from ticketscope import config
from ticketscope.errors import InputError
from ticketscope.networks import model
from ticketscope.networks.families import Role, role
from ticketscope.networks.folder import ModelFolder
from ticketscope.steps.weights.sparsity import heads

SHAPE = {"encoder_layers": 2, "decoder_layers": 1, "d_model": 16, "ffn": 32, "heads": 2}
NORMS = ("pre", "post")


HEADS = {"encoder": 2, "decoder": 2}


def _build(norm: str, seed: int = 1) -> model.PreTrainedModel:
    return model.build(config.Model(norm=norm, **SHAPE), 40, seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("norm", NORMS)
def test_every_parameter_has_a_role_and_counts_once(norm: str) -> None:
    tensors = model.parameters(_build(norm))
    roles = {name: role(name) for name in tensors}
    d, ffn = 16, 32
    attention, feed_forward = 4 * (d * d + d), 2 * d * ffn + ffn + d
    counts = model.count(tensors, embeddings=False)
    assert counts.prunable == 2 * (attention + feed_forward) + 2 * attention + feed_forward
    assert counts.total - counts.non_embedding == 40 * d
    assert model.count(tensors, embeddings=True).prunable == counts.prunable + 40 * d
    assert {role.layer for role in roles.values() if role.is_prunable} == {1, 2}
    assert sum(role.block == "embedding" for role in roles.values()) == 1
    assert not any(role.is_prunable for role in roles.values() if role.block == "layer_norm")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("model.shared.weight", Role("shared", None, "embedding", "", "weight")),
        (
            "model.encoder.layers.0.self_attn.q_proj.bias",
            Role("encoder", 1, "self_attention", "q", "bias"),
        ),
        (
            "model.decoder.layers.5.encoder_attn.out_proj.weight",
            Role("decoder", 6, "cross_attention", "out", "weight"),
        ),
        (
            "model.decoder.layers.0.fc2.weight",
            Role("decoder", 1, "feed_forward", "fc2", "weight"),
        ),
        (
            "model.decoder.layers.0.encoder_attn_layer_norm.bias",
            Role("decoder", 1, "layer_norm", "", "bias"),
        ),
        (
            "model.encoder.layer_norm.weight",
            Role("encoder", None, "layer_norm", "", "weight"),
        ),
    ],
)
def test_roles(name: str, expected: Role) -> None:
    assert role(name) == expected


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(InputError, match=r"h\.0\.attn\.c_attn\.weight"):
        role("h.0.attn.c_attn.weight")


@pytest.mark.parametrize("norm", NORMS)
def test_initialisation_follows_from_the_seed_alone(norm: str) -> None:
    torch.manual_seed(0)
    first = model.parameters(_build(norm))
    before = torch.get_rng_state()
    second, other = model.parameters(_build(norm)), model.parameters(_build(norm, seed=2))
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["model.shared.weight"], other["model.shared.weight"])


@pytest.mark.parametrize("norm", NORMS)
def test_initial_weights_are_as_wide_as_asked(norm: str) -> None:
    shape = config.Model(norm=norm, init_std=0.1)  # type: ignore[arg-type]
    network = model.build(shape, 400, seed=1)
    for name, tensor in model.parameters(network).items():
        if tensor.dim() == 2:
            assert float(tensor.detach().std()) == pytest.approx(0.1, rel=0.1), name
    assert float(model.untrained(network, 2).get_input_embeddings().weight.detach().std()) > 0.09


@pytest.mark.parametrize("norm", NORMS)
def test_pad_row_is_zero_and_outside_the_loss(norm: str) -> None:
    network = _build(norm)
    pad = network.config.pad_token_id
    assert not network.get_input_embeddings().weight[pad].any()
    first, last = model.own_frame(network).labels
    assert pad not in range(first, last)
    assert network.config.eos_token_id in range(first, last)
    assert last - first == {"pre": 38, "post": 39}[norm]


@pytest.mark.parametrize("norm", NORMS)
def test_embeddings_are_one_matrix(norm: str) -> None:
    network = _build(norm)
    shared = network.get_input_embeddings().weight
    assert network.get_output_embeddings().weight is shared
    assert network.model.decoder.embed_tokens.weight is shared


@pytest.mark.parametrize("norm", NORMS)
def test_stored_and_loaded_unchanged(norm: str, tmp_path) -> None:
    network = _build(norm)
    model.save(network, tmp_path, {"eos_token_id": network.config.eos_token_id})
    loaded, weights = ModelFolder(tmp_path).network(), ModelFolder(tmp_path).weights()
    tensors = model.parameters(network)
    assert list(weights)
    assert weights.keys() == tensors.keys()
    for name, tensor in model.parameters(loaded).items():
        assert torch.equal(tensor, tensors[name])
        assert torch.equal(weights[name], tensors[name])
    assert not loaded.training


def test_not_a_model_directory(tmp_path) -> None:
    with pytest.raises(InputError, match="not a model folder"):
        ModelFolder(tmp_path).network()


def test_sparsity_over_three_denominators() -> None:
    counts = model.Counts(total=200, prunable=80, non_embedding=100)
    assert model.sparsity(counts, 40, 0) == model.Sparsity(0.5, 0.2, 0.4)
    with_embeddings = model.Counts(total=200, prunable=180, non_embedding=100)
    assert model.sparsity(with_embeddings, 90, 50) == model.Sparsity(0.5, 0.45, 0.4)


@pytest.mark.parametrize("norm", NORMS)
def test_heads_are_those_the_model_computes_with(norm: str) -> None:
    """Zeroing what we call head 1 must leave just what a model without that head computes."""
    network = _build(norm).eval()
    attention = network.model.encoder.layers[0].self_attn
    tensors = dict(attention.named_parameters())
    hidden = torch.randn(1, 5, 16)
    recorded: list[torch.Tensor] = []
    attention.out_proj.register_forward_pre_hook(lambda _, inputs: recorded.append(inputs[0]))
    with torch.no_grad():
        attention(hidden)
        for projection in "v":
            for kind in ("weight", "bias"):
                name = f"{projection}_proj.{kind}"
                what = role(f"model.encoder.layers.0.self_attn.{name}")
                heads(what, tensors[name], HEADS)[1].zero_()
        attention(hidden)
    full, without = recorded
    assert torch.equal(full[..., :8], without[..., :8])
    assert not without[..., 8:].any()
    out = role("model.encoder.layers.0.self_attn.out_proj.weight")
    parts = heads(out, attention.out_proj.weight, HEADS)
    assert torch.equal(parts[1], attention.out_proj.weight[:, 8:])


def test_head_axis_of_parameters_without_heads() -> None:
    assert heads(role("model.encoder.layers.0.fc1.weight"), torch.zeros(4, 4), HEADS) == ()
    bias = role("model.encoder.layers.0.self_attn.out_proj.bias")
    assert heads(bias, torch.zeros(4), HEADS) == ()
