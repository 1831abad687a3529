"""Directories of CTranslate2 as networks: what they do, and what is refused in one line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ctranslate2.converters import TransformersConverter
from safetensors.torch import load_file, save_file

from both import network_of
from foreign import texts
from foreign.families import FOREIGN
from foreign.nets import Nets
from foreign.variants import converted
from ticketscope.errors import InputError
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.decoding.engine import Engine
from ticketscope.networks.network import Network

SOURCES, TARGETS = ([pair[side] for pair in texts.test_pairs()[:10]] for side in (0, 1))
SEARCH = {"max_decoding_length": 30}


def network(directory: Path, name: str) -> Network:
    return network_of(FOREIGN[name], directory)


@pytest.fixture(scope="module")
def own(nets: Nets, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A conversion of Marian by CTranslate2's own converter, tokenizer beside it."""
    folder = tmp_path_factory.mktemp("engine") / "marian"
    converted(nets.base("marian"), FOREIGN["marian"], folder, None)
    return folder


@pytest.fixture
def changed(own: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(own, tmp_path / "copy"))


@pytest.mark.parametrize("name", ["marian_separate", "nllb", "mbart25", "bart", "t5"])
def test_a_conversion_of_ctranslate2_reads_and_says_what_its_network_does(
    nets: Nets, name: str, tmp_path: Path
) -> None:
    converted(nets.base(name), FOREIGN[name], tmp_path / "out", None)
    base, found = network(nets.base(name), name), network(tmp_path / "out", name)
    assert found.tokenizer.frame == base.tokenizer.frame
    assert found.translate(SOURCES, **SEARCH) == base.translate(SOURCES, **SEARCH)
    expected = base.losses(SOURCES, TARGETS).negative_log_likelihood
    losses = found.losses(SOURCES, TARGETS).negative_log_likelihood
    np.testing.assert_allclose(losses, expected, atol=1e-4)


def test_a_symbol_that_it_adds_to_a_source_by_itself_is_not_given_twice(
    own: Path, changed: Path
) -> None:
    """CTranslate2's converter of Marian's own files leaves the end of sentence to the engine."""
    edit("config.json", lambda c: c.update(add_source_eos=True))(changed)
    expected, found = network(own, "marian"), network(changed, "marian")
    assert found.translate(SOURCES, **SEARCH) == expected.translate(SOURCES, **SEARCH)
    losses = [each.losses(SOURCES, TARGETS).negative_log_likelihood for each in (found, expected)]
    np.testing.assert_array_equal(*losses)


def test_it_shows_no_states_and_says_so(own: Path) -> None:
    found = network(own, "marian")
    assert not found.has_states
    for look in (found.load, found.weights, lambda: found.shape, lambda: found.mask):
        with pytest.raises(InputError, match=r"marian: a network of CTranslate2 .* no states"):
            look()


def test_its_tokenizer_may_lie_elsewhere(nets: Nets, own: Path, changed: Path) -> None:
    for name in ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json"):
        (changed / name).unlink()
    base = nets.base("marian")
    found = Network.from_directory(changed, tokenizer=base)
    assert found.translate(SOURCES, **SEARCH) == network(own, "marian").translate(SOURCES, **SEARCH)
    assert found.digest == network(own, "marian").digest
    with pytest.raises(InputError, match="a tokenizer of its own is for a directory of CTr"):
        Network.from_directory(base, tokenizer=base)


def test_the_type_of_its_weights_is_known_and_zeros_are_counted(nets: Nets, tmp_path: Path) -> None:
    pruned = Path(shutil.copytree(nets.base("marian"), tmp_path / "pruned"))
    tensors = load_file(pruned / "model.safetensors")
    for name, tensor in tensors.items():
        if ".layers." in name and tensor.dim() == 2:
            tensor[: len(tensor) // 2] = 0.0
    save_file(tensors, pruned / "model.safetensors", {"format": "pt"})
    base = network(pruned, "marian")
    for kind in ("float32", "float16", "int8"):
        converted(pruned, FOREIGN["marian"], tmp_path / kind, kind)
        found = network(tmp_path / kind, "marian")
        assert found.stored.header.compute_type.split("_")[0] == kind
        if kind == "float32":
            # Rows of zeros; biases of value zero have no place in a mask of matrices.
            assert found.sparsity.prunable == pytest.approx(base.sparsity.prunable, abs=2e-3)
            assert found.sparsity.total == pytest.approx(base.sparsity.total, abs=2e-3)


# ----------------------------------------------------------------------------- what is refused


def edit(file: str, change: Callable[[dict], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        content = json.loads((folder / file).read_text(encoding="utf-8"))
        change(content)
        (folder / file).write_text(json.dumps(content), encoding="utf-8")

    return apply


def overwrite(start: int, content: bytes) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        with (folder / "model.bin").open("r+b") as file:
            file.seek(start)
            file.write(content)

    return apply


def cut(folder: Path) -> None:
    with (folder / "model.bin").open("r+b") as file:
        file.truncate(file.seek(0, 2) // 2)


def swap(names: list[str]) -> None:
    names[20], names[21] = names[21], names[20]


VOCABULARY = "shared_vocabulary.json"
REFUSED = {
    "no vocabulary": (lambda f: (f / VOCABULARY).unlink(), "shared_vocabulary.json, or source_voc"),
    "no config": (lambda f: (f / "config.json").unlink(), "config.json is missing"),
    "no names": (edit(VOCABULARY, lambda names: names.append(3)), "not a list of names"),
    "too few names": (edit(VOCABULARY, lambda names: names.pop()), "names for .* rows"),
    "another order": (edit(VOCABULARY, swap), "row 20 is .* but the tokenizer"),
    "no end": (edit("config.json", lambda c: c.update(eos_token="<end>")), "no translation would"),
    "no bos": (edit("config.json", lambda c: c.update(bos_token=None)), "bos_token is null"),
    "more at the start": (
        edit("config.json", lambda c: c.update(add_source_bos=True)),
        "add '<s>' to every source, but by the tokenizer the first symbol is a piece of the text",
    ),
    "old": (overwrite(0, b"\x03\0\0\0"), "version 3 of CTranslate2's format"),
    "another kind": (overwrite(6, b"WhisperSpec"), "only TransformerSpec of revision"),
    "half": (cut, "damaged, or not as CTranslate2 writes it"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_one_line_says_what_is_wrong(changed: Path, what: str) -> None:
    damage, words = REFUSED[what]
    damage(changed)
    with pytest.raises(InputError, match=words) as raised:
        network(changed, "marian").translate(SOURCES[:1])
    assert str(changed) in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_a_t5_that_transformers_5_made_ctranslate2_scale_is_refused(
    nets: Nets, tmp_path: Path
) -> None:
    """Its own converter takes the config's word that the output is tied, which every config of
    transformers 5 says."""
    beside = ["tokenizer.json", "tokenizer_config.json"]
    converter = TransformersConverter(str(nets.base("mt5")), copy_files=beside)
    converter.convert(str(tmp_path / "out"))
    with pytest.raises(InputError, match=r"model.bin: scales the states .* transformers 4"):
        network(tmp_path / "out", "mt5").losses(SOURCES[:1], TARGETS[:1])


# ----------------------------------------------------------------------------- conversion


def test_a_marian_whose_row_of_pad_was_trained_starts_from_it(nets: Nets, tmp_path: Path) -> None:
    """transformers trains the row of pad when somebody fine-tunes a network, and CTranslate2 starts
    Marian's decoder from zeros."""
    tuned = Path(shutil.copytree(nets.base("marian"), tmp_path / "tuned"))
    tensors = load_file(tuned / "model.safetensors")
    torch.manual_seed(1)
    tensors["model.shared.weight"][-1] = torch.randn(48)
    save_file(tensors, tuned / "model.safetensors", {"format": "pt"})
    found = network(tuned, "marian")
    convert(found.folder, found.tokenizer, tmp_path / "out")
    names = json.loads((tmp_path / "out" / VOCABULARY).read_text(encoding="utf-8"))
    assert names[-1] == "<pad>"
    said = found.translate(SOURCES, **SEARCH)
    assert said != network(nets.base("marian"), "marian").translate(SOURCES, **SEARCH)
    model, ids = found.load().model, found.tokenizer.source.encode(SOURCES)
    for text, row in zip(said, ids, strict=True):
        expected = model.generate(
            torch.tensor([[*row, 0]]),
            num_beams=4,
            early_stopping=True,
            renormalize_logits=True,
            bad_words_ids=[[model.config.pad_token_id]],
            max_new_tokens=30,
            forced_eos_token_id=None,
        )
        assert found.tokenizer.target.decode(expected[0].tolist()) == text


def test_long_sentences_keep_the_frame_in_every_window(
    nets: Nets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = network(nets.base("nllb"), "nllb")
    convert(found.folder, found.tokenizer, tmp_path / "out")
    engine = Engine(tmp_path / "out", found.tokenizer.frame, threads=1, compute_type="float32")
    windows = []

    class Watched:
        def translate_batch(self, batch, *, target_prefix, **_settings):
            windows.extend(zip(batch, target_prefix, strict=True))
            return [SimpleNamespace(hypotheses=[prefix]) for prefix in target_prefix]

    monkeypatch.setattr(engine, "_engine", Watched())
    long = found.tokenizer.source.encode([" ".join(SOURCES)])
    engine.translate(long, beam=1, length_penalty=1.0, max_decoding_length=30, batch_size=4)
    names = [found.tokenizer.source.names[i] for i in long[0]]
    assert len(windows) > 1
    assert sorted(name for window, _ in windows for name in window[1:-1]) == sorted(names)
    for window, prefix in windows:
        assert (window[0], window[-1], prefix) == ("eng_Latn", "</s>", ["deu_Latn"])
        assert len(window) <= found.max_positions


def test_one_huge_unit_takes_the_precision_of_int8(nets: Nets, tmp_path: Path) -> None:
    """The network computes the same in float32, for what goes in larger comes out smaller."""
    huge = Path(shutil.copytree(nets.base("nllb"), tmp_path / "huge"))
    tensors = load_file(huge / "model.safetensors")
    for name in [name for name in tensors if name.endswith("fc1.weight")]:
        tensors[name][0] *= 1e4
        tensors[name.replace("weight", "bias")][0] *= 1e4
        tensors[name.replace("fc1", "fc2")][:, 0] /= 1e4
    save_file(tensors, huge / "model.safetensors", {"format": "pt"})
    found = network(huge, "nllb")
    said = {}
    for kind in ("float32", "int8"):
        convert(found.folder, found.tokenizer, tmp_path / kind, kind)
        engine = Engine(tmp_path / kind, found.tokenizer.frame, threads=1, compute_type=kind)
        read = found.tokenizer.source.encode(SOURCES)
        said[kind] = engine.translate(
            read, beam=4, length_penalty=1.0, max_decoding_length=30, batch_size=10
        )
    assert sum(a == b for a, b in zip(*said.values(), strict=True)) < len(SOURCES) - 1
    of_base = network(nets.base("nllb"), "nllb").translate(SOURCES, **SEARCH)
    decoded = [found.tokenizer.target.decode(ids) for ids in said["float32"]]
    assert sum(a == b for a, b in zip(decoded, of_base, strict=True)) >= len(SOURCES) - 1
