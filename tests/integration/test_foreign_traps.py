"""What goes wrong silently with networks of others (reports by number), made again offline: each
ends in the right figures or in one line that says what is wrong.

Each test first shows what transformers 5.23 or CTranslate2 4.8 make of the directory: a trap that
a later version mends fails here, and its test is then to be taken out. Traps of tokenizers alone
are in `tests/unit/test_tokenizer_traps.py`.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from numpy.testing import assert_allclose
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForSeq2SeqLM, MarianMTModel

from both import network_of
from foreign import texts
from foreign.families import FOREIGN
from foreign.figures import Reference
from foreign.nets import Nets
from foreign.variants import WEIGHTS, edit_json, layers_kept
from ticketscope.errors import InputError
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.network import MAX_TOKENS, Network

SOURCES, TARGETS = (list(side) for side in zip(*texts.test_pairs()[:8], strict=True))
OUTPUT = "lm_head.weight"


def altered(base: Path, out: Path, change: Callable[[dict[str, Tensor]], None]) -> Path:
    """A copy of a directory with other tensors."""
    shutil.copytree(base, out)
    tensors = load_file(base / WEIGHTS)
    change(tensors)
    save_file(tensors, out / WEIGHTS, {"format": "pt"})
    return out


def mean_loss(network: Network) -> float:
    return network.losses(SOURCES, TARGETS).mean


def by_hand(reference: Reference, *never: int) -> float:
    """The same by transformers' states and the stored matrices."""
    found = [reference.loss(*pair, never=never) for pair in zip(SOURCES, TARGETS, strict=True)]
    return sum(nll for nll, _ in found) / sum(number for _, number in found)


# ----------------------------------------------------------------------------- what is stored


@pytest.mark.parametrize(
    "names",
    [
        ("decoder.embed_tokens.weight",),
        ("encoder.embed_tokens.weight",),
        ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight"),
    ],
    ids=["decoder", "encoder", "both"],
)
def test_48154_an_embedding_by_another_name_is_never_the_output_matrix(
    names: tuple[str, ...], nets: Nets, tmp_path: Path
) -> None:
    """MADLAD's file has no `shared.weight`. transformers once took the output matrix for it;
    mended in 5.23 as far as these files go."""
    base = nets.base("madlad")

    def rename(tensors: dict[str, Tensor]) -> None:
        shared = tensors.pop("shared.weight")
        tensors |= {name: shared.clone() for name in names}

    network = network_of(FOREIGN["madlad"], altered(base, tmp_path / "madlad", rename))
    model = network.load().model
    assert torch.equal(model.shared.weight, load_file(base / WEIGHTS)["shared.weight"])
    assert mean_loss(network) == mean_loss(network_of(FOREIGN["madlad"], base))


@pytest.mark.parametrize("name", ["madlad", "mt5", "umt5"])
def test_an_output_matrix_of_its_own_stays_its_own(name: str, nets: Nets) -> None:
    """transformers ties it by `tie_weights()` and stores it no more. Exists in 5.23."""
    directory = nets.base(name)
    stored = load_file(directory / WEIGHTS)
    other = AutoModelForSeq2SeqLM.from_pretrained(directory)
    assert other.config.tie_word_embeddings, "whatever config.json says"
    other.tie_weights()
    assert torch.equal(other.lm_head.weight, stored["shared.weight"])

    network = network_of(FOREIGN[name], directory)
    model = network.load().model
    assert torch.equal(model.lm_head.weight, stored[OUTPUT])
    assert torch.equal(model.shared.weight, stored["shared.weight"])
    assert torch.equal(network.weights()[OUTPUT], stored[OUTPUT])


def test_43681_47620_states_are_scaled_where_the_network_was_trained_so(nets: Nets) -> None:
    """UMT5 is untied and unscaled, and transformers scales it. Exists in 5.23: its losses are those
    of another network."""
    reference = nets.reference("umt5")
    network = network_of(FOREIGN["umt5"], nets.base("umt5"))
    found = reference.forward(SOURCES[0], TARGETS[0])
    plain = AutoModelForSeq2SeqLM.from_pretrained(nets.base("umt5"))
    ids = {"input_ids": [found.source_ids], "labels": [found.labels]}
    with torch.no_grad():
        logits_TV = plain(**{name: torch.tensor(rows) for name, rows in ids.items()}).logits[0]
    right_TV = reference.logits(found.decoder_states[-1])
    assert_allclose(logits_TV, right_TV * plain.config.d_model**-0.5, atol=1e-4)

    assert mean_loss(network) == pytest.approx(by_hand(reference), rel=1e-5)


def test_26216_26271_marian_with_an_output_of_its_own_survives_its_file(
    nets: Nets, tmp_path: Path
) -> None:
    """transformers lost the output matrix of an untied Marian in saving; mended in 5.23."""
    foreign, out = FOREIGN["marian_separate"], tmp_path / "untied"
    config = nets.reference("marian_separate").network.config
    config.tie_word_embeddings = False
    shutil.copytree(nets.base("marian_separate"), out)
    torch.manual_seed(2)
    fresh = MarianMTModel(config).eval()
    fresh.save_pretrained(out)
    network = network_of(foreign, out)
    assert torch.equal(network.load().model.lm_head.weight, fresh.lm_head.weight)
    reference = Reference.open(out, foreign)
    assert mean_loss(network) == pytest.approx(by_hand(reference, config.pad_token_id), rel=1e-5)


def test_26216_26271_matrices_that_config_json_calls_one_must_be_one(
    nets: Nets, tmp_path: Path
) -> None:
    """With `share_encoder_decoder_embeddings` and untied, transformers 5.23 makes four matrices of
    one and stores them all: nobody can say which is meant."""
    foreign, out = FOREIGN["marian"], tmp_path / "untied"
    config = nets.reference("marian").network.config
    config.tie_word_embeddings = False
    shutil.copytree(nets.base("marian"), out)
    MarianMTModel(config).save_pretrained(out)
    with pytest.raises(InputError, match="is stored in two ways"):
        mean_loss(network_of(foreign, out))


def test_a_checkpoint_in_half_precision_is_computed_in_float32(nets: Nets) -> None:
    """transformers computes in the stored type. Exists in 5.23, by intent."""
    directory = nets.variant("marian", "float16")
    assert AutoModelForSeq2SeqLM.from_pretrained(directory).dtype == torch.float16
    assert network_of(FOREIGN["marian"], directory).load().model.dtype == torch.float32


# ----------------------------------------------------------------------------- what is generated


@pytest.mark.parametrize("module", ["encoder", "decoder"])
@pytest.mark.parametrize("name", ["madlad", "marian", "nllb"])
def test_40277_one_layer_on_either_side_translates(
    name: str, module: str, nets: Nets, tmp_path: Path
) -> None:
    """`generate` of T5 has as many caches as the encoder has layers, and fails with a decoder of
    more. Exists in 5.23 for T5 and its kin, not for those of BART's kind."""
    foreign, out = FOREIGN[name], tmp_path / "shallow"
    layers_kept(module, (0,))(nets.base(name), foreign, out)
    reference = Reference.open(out, foreign)
    network = network_of(foreign, out)
    found = network.translate(SOURCES, beam=1, max_decoding_length=40)
    if name == "madlad" and module == "encoder":
        with pytest.raises(IndexError):
            reference.translate(SOURCES, beam=1)
        reference.network.generation_config.use_cache = False
    assert found == reference.translate(SOURCES, beam=1)


@pytest.mark.parametrize(("name", "wrong"), [("mbart50", "en_XX"), ("nllb", "eng_Latn")])
def test_41521_the_language_that_was_asked_for_is_said(
    name: str, wrong: str, nets: Nets, tmp_path: Path
) -> None:
    """`generate` takes the language of config.json, which may be another, where there is no
    generation_config.json, and none at all where there is one. Exists in 5.23."""
    foreign, out = FOREIGN[name], tmp_path / name
    shutil.copytree(nets.base(name), out)
    tokenizer = nets.reference(name).tokenizer
    edit_json(out / "config.json", forced_bos_token_id=tokenizer.convert_tokens_to_ids(wrong))
    (out / "generation_config.json").unlink()
    other = Reference.open(out, foreign)
    said = other.network.generate(torch.tensor([other.read(SOURCES[0])]), max_new_tokens=5)
    assert tokenizer.convert_ids_to_tokens(said[0])[1] == wrong

    network, base = network_of(foreign, out), network_of(foreign, nets.base(name))
    assert network.tokenizer.frame == base.tokenizer.frame
    assert mean_loss(network) == mean_loss(base)
    assert network.translate(SOURCES, beam=2) == base.translate(SOURCES, beam=2)


def test_settings_of_generation_have_no_effect(nets: Nets, tmp_path: Path) -> None:
    """`generate` silently uses what generation_config.json says. Exists in 5.23, by intent."""
    foreign, out = FOREIGN["marian"], tmp_path / "marian"
    shutil.copytree(nets.base("marian"), out)
    edit_json(out / "generation_config.json", num_beams=1, max_length=4, repetition_penalty=9.0)
    other = Reference.open(out, foreign)
    said = other.network.generate(torch.tensor([other.read(SOURCES[0])]))
    assert len(said[0]) == 4

    network, base = network_of(foreign, out), network_of(foreign, nets.base("marian"))
    assert network.translate(SOURCES) == base.translate(SOURCES)


# ----------------------------------------------------------------------------- what overflows


def test_9295_half_precision_that_overflows_is_no_figure(nets: Nets, tmp_path: Path) -> None:
    """T5's states are too large for float16; transformers clamps them, so that wrong figures are
    finite. Exists in 5.23."""
    foreign = FOREIGN["t5"]

    def enlarge(tensors: dict[str, Tensor]) -> None:
        for name in tensors:
            if ".DenseReluDense.wo." in name and name.startswith("encoder"):
                tensors[name] *= 1e5

    out = altered(nets.base("t5"), tmp_path / "large", enlarge)
    network = network_of(foreign, out)
    assert mean_loss(network) == pytest.approx(by_hand(Reference.open(out, foreign)), rel=1e-4)
    half = network.load(dtype="float16")
    tokenizer = network.tokenizer
    pairs = PairsInMemory(tokenizer.source.encode(SOURCES), tokenizer.target.encode(TARGETS))
    with pytest.raises(InputError, match="float16"):
        sentence_losses(half, pairs, max_tokens=MAX_TOKENS, device="cpu")


# ----------------------------------------------------------------------------- what is trimmed


def test_hf_trim_3_6_a_trimmed_network_needs_the_tokenizer_that_was_trimmed_with_it(
    nets: Nets, tmp_path: Path
) -> None:
    """transformers takes rows of other pieces without a word, or fails with an index. Exists in
    5.23."""
    foreign, out = FOREIGN["marian"], tmp_path / "wrong"
    trimmed, base = nets.variant("marian", "trimmed"), nets.base("marian")
    shutil.copytree(trimmed, out)
    shutil.copy(base / "vocab.json", out / "vocab.json")
    with pytest.raises(InputError, match="rows"):
        mean_loss(network_of(foreign, out))
    shutil.copytree(base, tmp_path / "other way")
    shutil.copy(trimmed / "vocab.json", tmp_path / "other way" / "vocab.json")
    with pytest.raises(InputError):
        mean_loss(network_of(foreign, tmp_path / "other way"))
    right = network_of(foreign, trimmed)
    assert right.translate(SOURCES) == network_of(foreign, base).translate(SOURCES)
