"""A network proves itself, and each check that fails is named."""

import json
import shutil
import weakref
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from ticketscope import config
from ticketscope.errors import InputError
from ticketscope.networks import model, proof
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.decoding.engine import Engine
from ticketscope.networks.network import Network
from ticketscope.networks.precision import Dtype
from ticketscope.networks.proof import Proof, prove, unlike_settings
from ticketscope.networks.translate import generation_settings
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

SHAPE = config.Model(
    encoder_layers=2, decoder_layers=1, d_model=16, ffn=32, heads=2, max_positions=32
)
SOURCES = [f"{a}{b} bo fu" for a in "bdfk" for b in "aeiou"]
TARGETS = [f"fu {a}{b}" for a in "bdfk" for b in "aeiou"]
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module", params=["pre", "post"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learnt nothing; not to be changed."""
    root = tmp_path_factory.mktemp(request.param)
    train_sentencepiece(SOURCES + TARGETS, config.Vocabulary(size=24), request.param, root / "x")
    vocabulary = Vocabulary(root / "x", request.param)
    shape = SHAPE.model_copy(update={"norm": request.param})
    network = model.build(shape, vocabulary.size, seed=1)
    decoding = generation_settings(vocabulary, beam=1, length_penalty=1.0, max_decoding_length=8)
    model.save(network, root / "net", decoding)
    vocabulary.save_tokenizer(root / "net")
    return root / "net"


@pytest.fixture
def folder(stored: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(stored, tmp_path / "net"))


def proven(folder: Path, **settings: Any) -> Proof:
    return prove(Network(folder), SOURCES, TARGETS, **settings)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_line_says_what_was_checked(stored: Path, dtype: Dtype) -> None:
    found = proven(stored, dtype=dtype)
    network = Network(stored)
    num = sum(weight.numel() for weight in network.weights().values())
    name = type(network.load().model).__name__
    assert found.line.startswith(f"{name}, {num:,} parameters, 2+1 layers, width 16; tokenizer ")
    num_stored = len(load_file(stored / WEIGHTS))
    assert found.line.endswith(
        f"; checked: {num_stored} stored tensors used bit for bit and none made anew, "
        f"lm_head.weight tied to model.shared.weight, all logits finite in {dtype}, "
        "10 of 10 texts come back from the tokenizer, no padding said, 10 of 10 greedy "
        "translations alike in transformers and CTranslate2"
    )


def test_sentences_are_those_for_which_there_is_room(stored: Path) -> None:
    long = "ba " * 40
    found = prove(Network(stored), [long, *SOURCES[:3]], [long, *TARGETS[:3]])
    assert "3 of 3 texts" in found.line
    with pytest.raises(InputError, match="none of 1 sentences has pieces, and no more than the 32"):
        prove(Network(stored), [long], [long])


def test_a_tokenizer_that_does_not_know_the_texts_is_named(stored: Path) -> None:
    with pytest.raises(InputError, match=r"only 0 of 2 texts come back .*: 'ba ÄÖ' comes back as"):
        prove(Network(stored), SOURCES[:2], ["ba ÄÖ", "bo ÜÜ"])


def test_logits_that_are_not_finite_are_named(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    for name in tensors:
        if name.endswith("out_proj.weight") or "fc2.weight" in name or "v_proj" in name:
            tensors[name].mul_(1e18)
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})
    with pytest.raises(InputError, match=r"its logits are not finite in float32; get the network"):
        proven(folder)


def test_a_network_that_says_padding_is_refused(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pad = Network(stored).tokenizer.frame.pad
    monkeypatch.setattr(proof, "greedy", lambda _network, read, _longest: [[4, pad]] * len(read))
    with pytest.raises(InputError, match="says padding in its translation of 'ba bo fu'; its pad"):
        proven(stored)


def test_a_conversion_that_says_something_else_is_named(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Engine.translate

    def another(self: Engine, sources: Any, **settings: Any) -> list[list[int]]:
        return [[4], *real(self, sources, **settings)[1:]]

    monkeypatch.setattr(Engine, "translate", another)
    with pytest.raises(
        InputError, match=r"CTranslate2 translates 'ba bo fu' into .*, transformers into"
    ):
        proven(stored)
    monkeypatch.setattr(proof, "_NEAR", 100.0)
    assert "9 of 10 greedy translations" in proven(stored).line


def test_settings_that_differ_are_said_by_name(stored: Path, folder: Path) -> None:
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"num_beams": 6, "max_length": None}))
    base, other = proven(stored), proven(folder)
    assert unlike_settings({"base": base, "small": base}) == []
    assert unlike_settings({"base": base, "small": other}) == [
        "num_beams of generation_config.json differs and is not used (base: 1, small: 6)"
    ]


def test_one_network_is_in_memory_at_a_time(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[Any] = []
    load = Network.load

    def watched(self: Network, **settings: Any) -> Any:
        assert not any(reference() is not None for reference in alive)
        loaded = load(self, **settings)
        alive.append(weakref.ref(loaded.model))
        return loaded

    monkeypatch.setattr(Network, "load", watched)
    proven(stored, dtype="bfloat16")
    assert len(alive) == 2


def test_a_network_of_ctranslate2_is_scored(stored: Path, tmp_path: Path) -> None:
    network = Network(stored)
    convert(network.folder, network.tokenizer, tmp_path / "engine")
    engine = Network.from_directory(tmp_path / "engine", tokenizer=stored)
    found = prove(engine, SOURCES, TARGETS)
    assert found.line.startswith("CTranslate2, at most 32 positions, for texts, scores, speed and")
    assert found.checks == ("scores finite", "10 of 10 texts come back from the tokenizer")
