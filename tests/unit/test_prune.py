"""Pruning a stored network once: which weights go, what is stored, what is refused."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch
from ctranslate2.converters import TransformersConverter
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import (
    AutoModelForSeq2SeqLM,
    BartConfig,
    BartForConditionalGeneration,
    MBartConfig,
    MBartForConditionalGeneration,
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedModel,
    T5Config,
    T5ForConditionalGeneration,
)

from tests_support import left_of, tree
from ticketscope import cli, files
from ticketscope.config import Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.networks import model
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.networks.translate import generation_settings
from ticketscope.pruning import one_shot
from ticketscope.pruning.one_shot import prune
from ticketscope.text.vocabulary import Vocabulary

WEIGHTS, MASKS = "model.safetensors", "masks.safetensors"
FC1 = "model.encoder.layers.0.fc1.weight"
BIAS = "model.encoder.layers.0.fc1.bias"
TEXTS = ["one two.", "red green blue."]


def _store(toy: Experiment, corpus: EncodedCorpus, folder: Path, norm: str) -> Path:
    vocabulary = Vocabulary(corpus.model_file, norm)  # type: ignore[arg-type]
    shape = toy.model.model_copy(update={"norm": norm})
    network = model.build(shape, vocabulary.size, seed=3)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for tensor in model.parameters(network).values():
            tensor[tensor == 0] += (
                0.01 * torch.randn(tensor.shape, generator=generator)[tensor == 0]
            )
        network.get_input_embeddings().weight[vocabulary.pad_id] = 0.0
    decoding = generation_settings(vocabulary, beam=2, length_penalty=1.0, max_decoding_length=12)
    model.save(network, folder, decoding)
    vocabulary.save_tokenizer(folder)
    return folder


@pytest.fixture(scope="module")
def dense(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A network without a zero; not to be changed."""
    return _store(toy, toy_corpus, tmp_path_factory.mktemp("prune") / "base", "pre")


@pytest.fixture
def base(dense: Path, tmp_path: Path) -> Path:
    """A copy of it that may be changed."""
    return Path(shutil.copytree(dense, tmp_path / "base"))


def _prunable(folder: Path) -> dict[str, Tensor]:
    return model.prunable(
        {n: t for n, t in load_file(folder / WEIGHTS).items() if "positions" not in n},
        embeddings=False,
    )


def _zeros(tensors: Mapping[str, Tensor]) -> dict[str, int]:
    return {name: int((tensor == 0).sum()) for name, tensor in tensors.items()}


# ----------------------------------------------------------------------------- which weights go


def test_the_least_of_all_together_go_and_nothing_else_changes(dense: Path, tmp_path: Path) -> None:
    pruned = prune(Network(dense), sparsity=0.4, out=tmp_path / "pruned")
    before, after = _prunable(dense), _prunable(tmp_path / "pruned")
    flat = np.concatenate([tensor.numpy().ravel() for tensor in before.values()])
    lowest = np.argsort(np.abs(flat), kind="stable")[: int(flat.size * 0.4 + 0.5)]
    expected = flat.copy()
    expected[lowest] = 0.0
    found = np.concatenate([tensor.numpy().ravel() for tensor in after.values()])
    assert found.tobytes() == expected.tobytes(), "bit by bit: +0.0"
    mask = pruned.mask
    assert mask is not None
    assert mask.num_pruned == len(lowest)
    assert all(torch.equal(kept, after[name] != 0) for name, kept in mask.kept.items())
    for name, tensor in load_file(dense / WEIGHTS).items():
        if name not in before:
            assert torch.equal(tensor, load_file(tmp_path / "pruned" / WEIGHTS)[name])


def test_counts_per_tensor_row_and_group(dense: Path, tmp_path: Path) -> None:
    network, before = Network(dense), _prunable(dense)
    prune(network, sparsity=0.3, per="tensor", out=tmp_path / "tensor")
    assert _zeros(_prunable(tmp_path / "tensor")) == {
        name: int(tensor.numel() * 0.3 + 0.5) for name, tensor in before.items()
    }
    prune(network, sparsity=0.3, per="row", out=tmp_path / "row")
    prune(network, sparsity=0.5, pattern="2:4", out=tmp_path / "group")
    for tensor in _prunable(tmp_path / "row").values():
        if tensor.ndim == 2:
            assert {int(n) for n in (tensor == 0).sum(1)} == {int(tensor.shape[1] * 3 / 10)}
        else:
            assert tensor.all(), "biases have no rows"
    for name, tensor in _prunable(tmp_path / "group").items():
        if tensor.ndim == 2:
            assert ((tensor.reshape(-1, 4) == 0).sum(1) == 2).all()
            least = before[name].reshape(-1, 4).abs().topk(2, dim=1, largest=False).indices
            assert (tensor.reshape(-1, 4).gather(1, least) == 0).all()


def test_what_is_gone_stays_gone_and_counts_in(dense: Path, tmp_path: Path) -> None:
    rows = prune(Network(dense), sparsity=0.2, per="row", out=tmp_path / "rows")
    more = prune(rows, sparsity=0.5, out=tmp_path / "more")
    assert rows.mask is not None
    assert more.mask is not None
    assert more.mask.within(rows.mask)
    assert more.mask.num_pruned == round(rows.mask.num_weights * 0.5)
    (tmp_path / "rows" / MASKS).unlink()
    again = prune(Network(tmp_path / "rows"), sparsity=0.5, out=tmp_path / "by-zeros")
    assert again.mask == more.mask, "zeros without a mask count as pruned"
    with pytest.raises(InputError, match=r"are zero already.*give a higher sparsity"):
        prune(more, sparsity=0.4, out=tmp_path / "less")


def test_random_pruning_is_by_its_seed(dense: Path, tmp_path: Path) -> None:
    masks = [
        prune(
            Network(dense), criterion="random", sparsity=0.5, seed=seed, out=tmp_path / str(place)
        ).mask
        for place, seed in enumerate((1, 1, 2))
    ]
    assert masks[0] == masks[1] != masks[2]
    assert "| criterion | random, seed 2 |" in (tmp_path / "2" / "README.md").read_text()


def test_one_tensor_at_a_time_is_read(dense: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(ModelFolder, "_tensors", None)
    pruned = prune(Network(dense), sparsity=0.5, out=tmp_path / "pruned")
    assert pruned.sparsity.prunable == pytest.approx(0.5, abs=1e-3)


# ----------------------------------------------------------------------------- what is stored


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_stored_type_and_every_file_are_kept(base: Path, tmp_path: Path, dtype) -> None:
    stored = {name: t.to(dtype) for name, t in load_file(base / WEIGHTS).items()}
    save_file(stored, base / WEIGHTS, {"format": "pt", "of": "somebody"})
    (base / "licence.txt").write_text("free")
    for name in ("pytorch_model.bin", "model.onnx", "training_args.bin"):
        (base / name).write_text("dense weights")
    (base / "onnx").mkdir()
    out = tmp_path / "pruned"
    prune(Network(base), sparsity=0.5, out=out)
    left_out = ["model.onnx", "onnx", "pytorch_model.bin", "training_args.bin"]
    assert one_shot.left_out(Network(base)) == left_out
    given, made = tree(base), tree(out)
    assert made.keys() == (given.keys() | {MASKS, "README.md"}) - set(left_out)
    assert all(made[name] == given[name] for name in made.keys() & given.keys() - {WEIGHTS})
    after = load_file(out / WEIGHTS)
    kept = Mask.load(out / MASKS).kept
    for name, tensor in stored.items():
        assert after[name].dtype == dtype
        expected = (
            torch.where(kept[name], tensor, torch.zeros((), dtype=dtype))
            if (name in kept)
            else tensor
        )
        assert torch.equal(after[name].view(torch.int16), expected.view(torch.int16))
    with safe_open(out / WEIGHTS, framework="pt") as opened:
        assert opened.metadata() == {"format": "pt", "of": "somebody"}


def test_the_same_bytes_each_time(dense: Path, tmp_path: Path) -> None:
    for name in "ab":
        prune(Network(dense), sparsity=0.5, out=tmp_path / name)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_the_card_says_what_was_pruned_and_keeps_the_card_before(
    base: Path, tmp_path: Path
) -> None:
    (base / "README.md").write_text("---\nlicense: mit\n---\n# A base\n")
    network = Network(base)
    pruned = prune(network, pattern="2:4", out=tmp_path / "pruned")
    card = (tmp_path / "pruned" / "README.md").read_text()
    mask, shares = pruned.mask, pruned.sparsity
    assert mask is not None
    assert (
        f"from the network `base`, whose weights have the sha256\n`{sha256(base / WEIGHTS)}`"
        in card
    )
    assert "| each 4 consecutive ones of a row of a matrix, 2 of which are left; biases" in card
    assert f"| {shares.prunable:.4f} ({mask.num_pruned} of {mask.num_weights}) |" in card
    for share in (shares.total, shares.non_embedding):
        assert f"| {share:.4f} |" in card
    assert "| encoder | feed forward | 512 | 1072 | 0.4776 |" in card
    assert card.endswith("```yaml\nlicense: mit\n```\n# A base\n")
    assert str(tmp_path) not in card


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_transformers_and_ctranslate2_take_it(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path, norm: str
) -> None:
    base = _store(toy, toy_corpus, tmp_path / "base", norm)
    pruned = prune(Network(base), sparsity=0.6, out=tmp_path / "pruned")
    loaded = model.parameters(AutoModelForSeq2SeqLM.from_pretrained(pruned.directory))
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in pruned.weights().items())
    converter = TransformersConverter(str(pruned.directory))
    translator = ctranslate2.Translator(converter.convert(str(tmp_path / "ct2")))
    pieces = [[*pruned.tokenizer.source.pieces(text), "</s>"] for text in TEXTS]
    results = translator.translate_batch(
        pieces,
        beam_size=2,
        max_decoding_length=12,
        suppress_sequences=[["<s>"], ["<pad>"]][: 2 * (norm == "pre")],
    )
    found = [pruned.tokenizer.source.decode_pieces(result.hypotheses[0]) for result in results]
    assert found == pruned.translate(TEXTS, beam=2, max_decoding_length=12)


_SMALL = {"d_model": 16, "vocab_size": 40}
_LAYERS = {
    f"{side}_{what}": number
    for side in ("encoder", "decoder")
    for what, number in {"layers": 1, "attention_heads": 2, "ffn_dim": 24}.items()
}
_T5 = {"d_kv": 8, "d_ff": 24, "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 0}
FAMILIES: dict[str, Callable[[], PreTrainedModel]] = {
    "bart": lambda: BartForConditionalGeneration(BartConfig(**_SMALL, **_LAYERS)),
    "mbart": lambda: MBartForConditionalGeneration(
        MBartConfig(**_SMALL, **_LAYERS, decoder_start_token_id=2)
    ),
    "t5": lambda: T5ForConditionalGeneration(T5Config(**_SMALL, **_T5)),
    "mt5": lambda: MT5ForConditionalGeneration(
        MT5Config(**_SMALL, **_T5, feed_forward_proj="gated-gelu")
    ),
}
T5_PRUNABLE = {
    "encoder.block.0.layer.0.SelfAttention.q.weight",
    "encoder.block.0.layer.1.DenseReluDense.wi_0.weight",
    "encoder.block.0.layer.1.DenseReluDense.wi_1.weight",
    "decoder.block.0.layer.1.EncDecAttention.o.weight",
    "decoder.block.0.layer.2.DenseReluDense.wo.weight",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_of_every_family_are_pruned(tmp_path: Path, family: str) -> None:
    torch.manual_seed(1)
    network = FAMILIES[family]()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    network.save_pretrained(tmp_path / "base")
    pruned = prune(Network(tmp_path / "base"), pattern="2:4", out=tmp_path / "pruned")
    assert pruned.mask is not None
    names = set(pruned.mask.kept)
    if family == "mt5":
        assert names > T5_PRUNABLE
    blocks = ("attn", "Attention", "fc", "DenseReluDense")
    weights = load_file(tmp_path / "pruned" / WEIGHTS)
    assert names == {
        name
        for name in weights
        if any(block in name for block in blocks)
        and "norm" not in name
        and "relative_attention_bias" not in name
    }
    for name, tensor in weights.items():
        if name in names and tensor.ndim == 2:
            assert ((tensor.reshape(-1, 4) == 0).sum(1) == 2).all()
        else:  # of final_logits_bias, a buffer
            assert tensor.all() or name not in pruned.parameters
    loaded = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "pruned").state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in weights.items())
    total = sum(tensor.numel() for tensor in pruned.weights().values())
    assert pruned.sparsity.total == pruned.mask.num_pruned / total


# ----------------------------------------------------------------------------- its mask


def test_the_mask_inside_is_the_networks(dense: Path, tmp_path: Path) -> None:
    pruned = prune(Network(dense), sparsity=0.5, out=tmp_path / "pruned")
    assert pruned.mask == Mask.load(tmp_path / "pruned" / MASKS)
    sizes = {name: tensor.numel() for name, tensor in pruned.weights().items()}
    assert pruned.mask is not None
    gone, embedding = pruned.mask.num_pruned, sizes["model.shared.weight"]
    assert pruned.sparsity == model.Sparsity(
        gone / pruned.mask.num_weights,
        gone / sum(sizes.values()),
        gone / (sum(sizes.values()) - embedding),
    )
    digest = pruned.digest
    (tmp_path / "pruned" / MASKS).unlink()
    by_zeros = Network(tmp_path / "pruned")
    assert by_zeros.mask is None
    assert by_zeros.sparsity == pruned.sparsity
    assert by_zeros.digest != digest


def _revive(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors[FC1] += 0.001
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})


def _of_another(folder: Path) -> None:
    kept = dict(Mask.load(folder / MASKS).kept)
    kept["model.encoder.layers.9.fc1.weight"] = kept.pop(FC1)
    Mask(kept).save(folder / MASKS)


def _turned(folder: Path) -> None:
    kept = Mask.load(folder / MASKS).kept
    Mask({**kept, FC1: kept[FC1].T.contiguous()}).save(folder / MASKS)


def _truncated(folder: Path) -> None:
    (folder / MASKS).write_bytes((folder / MASKS).read_bytes()[:-1])


def _of_numbers(folder: Path) -> None:
    save_file({FC1: torch.ones(2)}, folder / MASKS)


UNFIT = {
    _revive: f"calls weights of {FC1} pruned which are not zero in model.safetensors; take",
    _of_another: f"is of another network, which differs in '{FC1}'",
    _turned: f"{FC1} has another shape than in model.safetensors",
    _truncated: "damaged, or no mask that ticketscope has stored",
    _of_numbers: "damaged, or no mask that ticketscope has stored",
}


@pytest.mark.parametrize("spoil", UNFIT, ids=lambda spoil: spoil.__name__)
def test_a_mask_that_does_not_fit_is_refused_by_name(dense: Path, tmp_path: Path, spoil) -> None:
    prune(Network(dense), sparsity=0.5, out=tmp_path / "pruned")
    spoil(tmp_path / "pruned")
    with pytest.raises(InputError) as refused:
        _ = Network(tmp_path / "pruned").sparsity
    assert str(refused.value).startswith(f"{tmp_path / 'pruned' / MASKS}: {UNFIT[spoil]}")


# ----------------------------------------------------------------------------- what is refused


REFUSED = {
    "sparsity is missing; give a share between 0 and 1, such as 0.5": {},
    "sparsity is 50; give": {"sparsity": 50},
    "sparsity is nan; give": {"sparsity": float("nan")},
    "criterion: magnitud: no such criterion; did you mean magnitude?": {
        "sparsity": 0.5,
        "criterion": "magnitud",
    },
    "per: layer: no such scope; valid: global, tensor, row": {"sparsity": 0.5, "per": "layer"},
    "pattern: 4:2; give how many of how many": {"pattern": "4:2"},
    "pattern: two; give how many of how many": {"pattern": "two"},
    "per: row; a pattern says itself": {"pattern": "2:4", "per": "row"},
    "sparsity: 0.6, but 2:4 takes 2 of 4": {"pattern": "2:4", "sparsity": 0.6},
    "pattern: 3:5 does not fit model.decoder": {"pattern": "3:5"},
}


@pytest.mark.parametrize("line", REFUSED)
def test_settings_that_cannot_be_are_refused_and_leave_nothing(
    dense: Path, tmp_path: Path, line: str
) -> None:
    with pytest.raises(InputError) as refused:
        prune(Network(dense), out=tmp_path / "pruned", **REFUSED[line])
    assert str(refused.value).startswith(line)
    assert not any(tmp_path.iterdir())


def test_a_place_that_is_taken_is_refused(dense: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").touch()
    for place in ("file", "folder"):
        with pytest.raises(InputError, match=f"{place}: is there already; name a new directory"):
            prune(Network(dense), sparsity=0.5, out=tmp_path / place)
    (tmp_path / "empty").mkdir()
    prune(Network(dense), sparsity=0.5, out=tmp_path / "empty")


def test_what_a_kill_leaves_does_not_look_finished_and_is_swept(
    dense: Path, tmp_path: Path, monkeypatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "pruned"
    monkeypatch.setattr(one_shot, "write_text", killed)  # when weights and mask are there
    with pytest.raises(KeyboardInterrupt):
        prune(Network(dense), sparsity=0.5, out=out)
    assert not any(tmp_path.iterdir()), "Ctrl-C cleans up"
    with monkeypatch.context() as without_cleaning:  # as by SIGKILL
        without_cleaning.setattr(files.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            prune(Network(dense), sparsity=0.5, out=out)
    [left] = tmp_path.iterdir()
    left = left.rename(left_of(out))  # of another process
    assert not out.exists()
    with pytest.raises(InputError, match=r"config\.json is missing"):
        Network.from_directory(left)
    monkeypatch.undo()
    prune(Network(dense), sparsity=0.5, out=out)
    assert list(tmp_path.iterdir()) == [out]


# ----------------------------------------------------------------------------- the command


def test_the_command_says_what_it_has_done(base: Path, tmp_path: Path, capsys) -> None:
    (base / "pytorch_model.bin").touch()
    out = tmp_path / "pruned"
    cli.app(["prune", str(base), "--pattern", "2:4", "--out", str(out)])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == str(out)
    network = Network(out)
    mask = network.mask
    assert mask is not None
    assert shown[1].startswith(
        f"{mask.num_pruned:,} of {mask.num_weights:,} prunable weights are zero: sparsity "
        f"{network.sparsity.prunable:.4f} of prunable, "
    )
    assert shown[2:] == ["not copied (folders, and weights from before): pytorch_model.bin"]
