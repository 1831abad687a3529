"""Networks of every family compute here what they compute in transformers."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from numpy.testing import assert_allclose
from tiny_networks import KINDS, LAYERS, load, make, store
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForSeq2SeqLM, PreTrainedModel

from ticketscope.errors import InputError
from ticketscope.networks import model
from ticketscope.networks.batches import Batch, PairsInMemory, collate
from ticketscope.networks.families import role
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.generate import greedy
from ticketscope.networks.head_importance import importance
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.network import Network
from ticketscope.networks.trace import attended
from ticketscope.networks.trace.rows import decoder_rows, encoder_rows
from ticketscope.networks.trace.states import Memory, decoder_states, encoder_states

SOURCES = [[7, 8, 9, 10, 11, 12, 13], [20, 21], [30, 31, 32, 33]]
TARGETS = [[14, 15], [22, 23, 24, 25, 26, 27], [34]]
PAIRS = PairsInMemory(SOURCES, TARGETS)


class Pair:
    """A network as transformers made it and as it came from disk."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.made = make(kind)
        store(self.made, folder)
        self.loaded = load(folder)


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Pair(request.param, tmp_path_factory.mktemp(request.param))


@torch.no_grad()
def by_transformers(network: PreTrainedModel, loaded: LoadedNetwork, i: int) -> Any:
    """One sentence alone, so without padding."""
    frame = loaded.frame
    return network(
        input_ids=torch.tensor([[*frame.source_before, *SOURCES[i], *frame.source_after]]),
        decoder_input_ids=torch.tensor([[*frame.target_before, *TARGETS[i]]]),
        output_hidden_states=True,
        output_attentions=network.config._attn_implementation == "eager",
    )


def batch_of(loaded: LoadedNetwork, i: int | None = None) -> Batch:
    return collate(PAIRS, range(len(SOURCES)) if i is None else [i], loaded.frame)


# ----------------------------------------------------------------------------- what it computes


def test_losses_of_a_batch_are_those_of_the_logits_of_transformers(pair: Pair) -> None:
    found = sentence_losses(pair.loaded, PAIRS, max_tokens=100, device="cpu")
    first, last = pair.loaded.frame.labels
    for i, target in enumerate(TARGETS):
        logits_TV = by_transformers(pair.made, pair.loaded, i).logits[0, :, first:last]
        said = torch.tensor([*target, *pair.loaded.frame.target_after])
        loss = functional.cross_entropy(logits_TV[-len(said) :], said, reduction="sum")
        assert found.negative_log_likelihood[i] == pytest.approx(float(loss), rel=1e-4)
        assert found.num_tokens[i] == len(target) + 1


def test_raw_states_are_those_of_transformers_and_normed_ones_pass_its_norms(pair: Pair) -> None:
    loaded, frame = pair.loaded, pair.loaded.frame
    source, target = encoder_rows(SOURCES, frame, "cpu"), decoder_rows(TARGETS, frame, "cpu")
    found: dict[Any, Any] = {}
    with torch.no_grad():
        for states in ("raw", "normed"):
            encoded = encoder_states(loaded, source, states)
            memory = Memory(encoded[-1], source.mask_RS)
            found[states] = encoded, decoder_states(loaded, target, memory, states)
    names = {"m2m100": "self_attn_layer_norm", "mbart": "self_attn_layer_norm"}
    norm = names.get(pair.kind, "layer.0.layer_norm" if "t5" in pair.kind else None)
    for i in range(len(SOURCES)):
        expected = by_transformers(pair.made, loaded, i)
        both = expected.encoder_hidden_states, expected.decoder_hidden_states
        for side, module in enumerate(("encoder", "decoder")):
            stack = getattr(pair.made, "model", pair.made).get_submodule(module)
            layers = stack.block if "t5" in pair.kind else stack.layers
            num = both[side][0].shape[1]
            for depth, state in enumerate(both[side]):
                raw, normed = (found[kind][side][depth][i, :num] for kind in ("raw", "normed"))
                assert_allclose(raw, state[0], atol=2e-5)
                if norm and depth < len(layers):
                    state = layers[depth].get_submodule(norm)(state)
                assert_allclose(normed, state[0].detach(), atol=2e-5)
            assert depth == LAYERS[side]


def test_attention_is_that_of_transformers(pair: Pair) -> None:
    eager = load(pair.folder, attention="eager")
    pair.made.set_attn_implementation("eager")
    [found] = attended(eager, SOURCES, TARGETS, device="cpu")
    for one in found:
        expected = by_transformers(pair.made, eager, one.index)
        of_kinds = {
            "encoder_self": expected.encoder_attentions,
            "decoder_self": expected.decoder_attentions,
            "encoder_decoder": expected.cross_attentions,
        }
        for kind, maps in of_kinds.items():
            assert_allclose(one.maps[kind], torch.cat(maps).numpy(), atol=1e-5)
    pair.made.set_attn_implementation("sdpa")


def test_a_head_is_masked_as_if_its_columns_of_the_output_projection_were_zero(pair: Pair) -> None:
    found = importance(pair.loaded, [batch_of(pair.loaded)])
    before = sentence_losses(pair.loaded, PAIRS, max_tokens=100, device="cpu")
    projections = {
        name: module
        for name, module in pair.loaded.model.named_modules()
        if isinstance(module, nn.Linear) and role(f"{name}.weight").projection == "out"
    }
    num_found = 0
    for name, module in projections.items():
        if name == "lm_head":
            continue
        what = role(f"{name}.weight")
        is_cross = what.block == "cross_attention"
        kind = "encoder_decoder" if is_cross else f"{what.module}_self"
        assert what.layer is not None
        width = module.in_features // 4
        stored = module.weight.detach().clone()
        for head in range(4):
            with torch.no_grad():
                module.weight[:, head * width : (head + 1) * width] = 0.0
                after = sentence_losses(pair.loaded, PAIRS, max_tokens=100, device="cpu")
                module.weight.copy_(stored)
            change = after.negative_log_likelihood - before.negative_log_likelihood
            assert_allclose(found[kind].loss_change_LHS[what.layer - 1, head], change, atol=1e-4)
            num_found += 1
    assert num_found == 4 * (LAYERS[0] + 2 * LAYERS[1])


# ----------------------------------------------------------------------------- what it is made of


def test_every_parameter_has_a_role_and_linear_maps_are_what_may_be_pruned(pair: Pair) -> None:
    found = {name: role(name) for name in ModelFolder(pair.folder).parameter_names}
    modules = dict(pair.made.named_modules())
    kinds = {name: modules[name.rpartition(".")[0]] for name in found}
    output = "lm_head.weight"
    assert {name for name in found if found[name].is_prunable} == {
        name for name in found if isinstance(kinds[name], nn.Linear) and name != output
    }
    assert {name for name in found if found[name].is_embedding} == {
        name for name in found if isinstance(kinds[name], nn.Embedding) or name == output
    }
    distinct = {
        id(weight): weight.numel()
        for name, weight in pair.made.named_parameters()
        if not ("embed_positions" in name and pair.kind.startswith("marian"))
    }
    counts = model.count(model.parameters(pair.loaded.model), embeddings=False)
    assert counts.total == sum(distinct.values())
    assert model.parameters(pair.loaded.model).keys() == found.keys()


def test_an_untrained_network_has_the_same_parameters_and_other_weights(pair: Pair) -> None:
    one, again, other = (model.untrained(pair.loaded.model, seed) for seed in (1, 1, 2))
    mine, known = model.parameters(one), model.parameters(pair.loaded.model)
    assert {n: w.shape for n, w in mine.items()} == {n: w.shape for n, w in known.items()}
    assert all(torch.equal(w, model.parameters(again)[n]) for n, w in mine.items())
    matrices = [n for n, w in mine.items() if w.ndim == 2]
    assert not any(torch.equal(mine[n], model.parameters(other)[n]) for n in matrices)
    assert not any(torch.equal(mine[n], known[n]) for n in matrices)


# ----------------------------------------------------------------------------- ties


def logits(loaded: LoadedNetwork) -> Tensor:
    with torch.no_grad():
        batch = batch_of(loaded, 0)
        return loaded.logits(loaded.decoded(batch, loaded.encoded(batch))[0])


def test_umt5_is_scaled_where_it_is_tied_as_in_version_4(tmp_path: Path) -> None:
    """transformers 5 says that every UMT5 is tied, and scales all of them on loading."""
    network = make("umt5_untied")
    loaded = load(store(network, tmp_path, tie_word_embeddings=True))
    batch = batch_of(loaded, 0)
    states_TD = loaded.decoded(batch, loaded.encoded(batch))[0]
    assert_allclose(logits(loaded), (states_TD @ network.lm_head.weight.T).detach(), atol=1e-4)
    tied = load(store(make("umt5"), tmp_path / "tied"))
    states_TD = tied.decoded(batch, tied.encoded(batch))[0]
    expected = (states_TD / 4.0 @ tied.model.shared.weight.T).detach()
    assert_allclose(logits(tied), expected, atol=1e-4)


@pytest.mark.parametrize(("entries", "scale"), [({}, 0.25), ({"tie_word_embeddings": False}, 1.0)])
def test_t5_is_scaled_as_its_first_config_said(
    tmp_path: Path, entries: dict[str, Any], scale: float
) -> None:
    """Files of version 4 say nothing of a scale, but whether the output is tied."""
    kind = "t5_untied" if entries else "t5"
    loaded = load(store(make(kind), tmp_path, scale_decoder_outputs=..., **entries))
    batch = batch_of(loaded, 0)
    states_TD = loaded.decoded(batch, loaded.encoded(batch))[0]
    weight = loaded.model.lm_head.weight
    assert_allclose(logits(loaded), (scale * states_TD @ weight.T).detach(), atol=1e-4)


def test_an_output_that_is_untied_but_starts_alike_stays_a_matrix_of_its_own(
    tmp_path: Path,
) -> None:
    network = make("t5_untied")
    network.lm_head.weight.data.copy_(network.shared.weight)
    folder = ModelFolder(store(network, tmp_path, tie_word_embeddings=False))
    assert "lm_head.weight" in folder.parameter_names
    assert folder.network().lm_head.weight is not folder.network().shared.weight


# ----------------------------------------------------------------------------- depths


@pytest.mark.parametrize("depths", [(4, 1), (1, 4)])
@pytest.mark.parametrize("kind", ["marian", "mbart", "t5"])
def test_a_cache_has_room_for_the_layers_of_the_decoder(
    kind: str, depths: tuple[int, int], tmp_path: Path
) -> None:
    """transformers 40277: the cache of `generate` had the depth of the encoder."""
    loaded = load(store(make(kind, depths), tmp_path))
    frame = loaded.frame
    first, last = frame.labels
    for source, found in zip(SOURCES, greedy(loaded, SOURCES, 5), strict=True):
        given = torch.tensor([[*frame.source_before, *source, *frame.source_after]])
        said = list(frame.target_before)
        for _ in range(5):
            with torch.no_grad():
                fed = torch.tensor([said])
                logits_V = loaded.model(given, decoder_input_ids=fed, use_cache=False).logits[0, -1]
            said.append(first + int(logits_V[first:last].argmax()))
            if said[-1] == frame.target_after[0]:
                said.pop()
                break
        assert found == said[len(frame.target_before) :]


# ----------------------------------------------------------------------------- 16-bit types


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_types_of_tensors_are_those_that_transformers_gives(pair: Pair, dtype: Any) -> None:
    known = AutoModelForSeq2SeqLM.from_pretrained(pair.folder, dtype=getattr(torch, dtype))
    loaded = load(pair.folder, dtype=dtype)
    mine, expected = loaded.model.state_dict(), known.state_dict()
    assert {n: mine[n].dtype for n in expected} == {n: t.dtype for n, t in expected.items()}
    [one, *_] = sentence_losses(loaded, PAIRS, max_tokens=100, device="cpu").negative_log_likelihood
    exact = sentence_losses(pair.loaded, PAIRS, max_tokens=100, device="cpu")
    assert one == pytest.approx(exact.negative_log_likelihood[0], rel=0.05)


@pytest.mark.parametrize("kind", ["t5", "mbart"])
def test_float16_that_overflows_ends_in_a_line(kind: str, tmp_path: Path) -> None:
    network = make(kind)
    with torch.no_grad():
        last = next(n for n in network.state_dict() if n.endswith(("wo.weight", "fc2.weight")))
        network.state_dict()[last].mul_(1e5)
    folder = store(network, tmp_path)
    for dtype in ("float32", "bfloat16"):
        assert torch.isfinite(logits(load(folder, dtype=dtype))).all()
    with pytest.raises(InputError, match=r"too large for float16.*: give bfloat16 or float32"):
        logits(load(folder, dtype="float16"))


# ----------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"model_type": "whisper", "is_encoder_decoder": True}, "reads or writes speech"),
        ({"model_type": "seamless_m4t_v2"}, "reads or writes speech"),
        ({"model_type": "fsmt", "is_encoder_decoder": True}, "takes a family of its own"),
        ({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, "is a decoder alone"),
        ({"model_type": "bert", "architectures": ["BertModel"]}, "is no encoder-decoder"),
        ({}, "is no encoder-decoder"),
    ],
)
def test_other_classes_are_refused_by_name(
    entries: dict[str, Any], words: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(entries))
    with pytest.raises(InputError, match=words) as raised:
        ModelFolder(tmp_path)
    assert json.dumps(entries.get("model_type")) in str(raised.value)


def test_an_adapter_is_refused_with_the_way_to_merge_it(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(InputError, match="an adapter alone is no network; merge it"):
        Network.from_directory(tmp_path)
