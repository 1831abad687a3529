"""Shrinking a stored network: the directory that comes out, what is told of it, what is refused."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSeq2SeqLM

from both import network_of
from foreign.families import FOREIGN
from foreign.nets import make_untrained
from foreign.texts import test_pairs as pairs_of_tests
from foreign.texts import train_pairs
from foreign.variants import layers_kept
from tests_support import tree
from ticketscope import cli
from ticketscope.errors import InputError
from ticketscope.files import PARTIAL
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.network import Network
from ticketscope.pruning.calibration import CalibrationFiles
from ticketscope.shrinking.kept import STACK_OF, Kept
from ticketscope.shrinking.masking import masked
from ticketscope.shrinking.shrink import shrink
from ticketscope.shrinking.unit_scores import head_scores, neuron_scores

SOURCES, TARGETS = map(list, zip(*pairs_of_tests()[:8], strict=True))


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Untrained networks, each in a folder of its family, and texts."""
    root = tmp_path_factory.mktemp("shrink")
    for name, pairs in (
        ("train", train_pairs(60)),
        ("valid", pairs_of_tests()),
        ("blank", [("a dog", "")]),
    ):
        for side, language in enumerate(("en", "de")):
            text = "".join(f"{pair[side]}\n" for pair in pairs)
            (root / f"{name}.{language}").write_text(text, encoding="utf-8")
    for name in ("marian", "nllb", "t5"):
        make_untrained(name, root / name)
    return root


def of(directory: Path, family: str) -> Network:
    return network_of(FOREIGN[family], directory)


def pairs(files: Path, num: int = 8) -> CalibrationFiles:
    return CalibrationFiles(prefix=str(files / "valid"), source="en", target="de", sentences=num)


@pytest.mark.parametrize("family", ["marian", "nllb", "t5"])
def test_all_at_once_gives_an_ordinary_directory(family, files, tmp_path):
    base = of(files / family, family)
    before, told = tree(base.directory), []
    small = shrink(
        base,
        out=tmp_path / "small",
        calibration=pairs(files),
        neurons=0.25,
        encoder_layers=2,
        decoder_layers=1,
        vocabulary=[files / "train"],
        tell=told.append,
    )
    assert tree(base.directory) == before
    assert (small.shape.layers, small.shape.widths) == (
        {"encoder": 2, "decoder": 1},
        {"encoder": 72, "decoder": 72},
    )
    assert small.shape.vocab_size < base.shape.vocab_size
    assert np.isfinite(small.losses(SOURCES, TARGETS).negative_log_likelihood).all()
    assert len(small.translate(SOURCES[:2], beam=1, max_decoding_length=5)) == 2

    # transformers opens it with nothing missing, and cuts texts alike.
    theirs, info = AutoModelForSeq2SeqLM.from_pretrained(small.directory, output_loading_info=True)
    assert not any(info.values())
    assert theirs.config.decoder_start_token_id == small.tokenizer.frame.target_before[0]
    foreign, frame = FOREIGN[family], small.tokenizer.frame
    found, _ = foreign.encode(foreign.open_tokenizer(small.directory), SOURCES, TARGETS)
    mine = small.tokenizer.source.encode(SOURCES)
    assert found == [[*frame.source_before, *ids, *frame.source_after] for ids in mine]

    said = dict(line.split(": ", 1) for line in told)
    assert said["layers of the encoder"].startswith("2 of 3 are left")
    assert said["sentences cut otherwise than before"].startswith("0 of 120 of the vocabulary")
    assert (
        said["neurons of the decoder"] == "72 of 96 per feed-forward block are left, by magnitude"
    )
    card = (small.directory / "README.md").read_text(encoding="utf-8")
    assert all(f"| {what} | {text} |" in card for what, text in said.items())


def test_the_loss_that_is_told_is_that_of_what_was_written(files, tmp_path):
    told = []
    small = shrink(
        of(files / "marian", "marian"),
        out=tmp_path / "small",
        calibration=pairs(files, 100),
        neurons=0.25,
        by="magnitude",
        tell=told.append,
    )
    losses = small.losses(*zip(*pairs_of_tests(), strict=True)).negative_log_likelihood
    num_words = sum(len(target.split()) for _, target in pairs_of_tests())
    assert told[-1].endswith(f" {losses.sum() / num_words:.4f} after")


def test_heads_that_are_gone_from_ctranslate2_are_as_if_masked(files, tmp_path):
    base = of(files / "t5", "t5")
    small = shrink(
        base,
        out=tmp_path / "small",
        calibration=pairs(files),
        heads=0.5,
        decoder_layers=1,
        by="magnitude",
        to="ctranslate2",
    )
    loaded = base.load()
    losses = []
    for layer in (1, 2):
        kept = Kept.all_of(base.shape).without_layer("decoder", 3 - layer)
        scores = head_scores(loaded, [], kept, "magnitude")
        heads = {place: np.argsort(np.argsort(one)) >= 2 for place, one in scores.items()}
        assert {place[0] for place in heads} == set(STACK_OF)
        with masked(loaded, Kept(layers=kept.layers, heads=heads)):
            found = sentence_losses(
                loaded, base.pairs(SOURCES, TARGETS), max_tokens=4096, device="cpu"
            )
        losses.append(found.negative_log_likelihood)
    engine = of(small.directory, "t5").losses(SOURCES, TARGETS).negative_log_likelihood
    assert min(np.abs(engine - one).max() for one in losses) < 1e-4
    assert "library_name: ctranslate2" in (small.directory / "README.md").read_text()


def test_stored_types_and_what_lies_beside_stay(files, tmp_path):
    half = tmp_path / "half"
    network = AutoModelForSeq2SeqLM.from_pretrained(files / "nllb", dtype=torch.float16)
    network.save_pretrained(half)
    for path in (files / "nllb").iterdir():
        if path.suffix in (".json", ".model") and not path.name.startswith(("config", "gener")):
            (half / path.name).write_bytes(path.read_bytes())
    (half / "NOTES.txt").write_text("kept")
    small = shrink(
        of(half, "nllb"), out=tmp_path / "small", calibration=pairs(files), encoder_layers=1
    )
    tensors = load_file(small.directory / "model.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert (small.directory / "NOTES.txt").read_text() == "kept"
    layers = {name.split(".")[3] for name in tensors if "encoder.layers" in name}
    assert layers == {"0"}


def test_layers_are_taken_out_as_plain_code_does(files, tmp_path):
    base, told = of(files / "nllb", "nllb"), []
    small = shrink(
        base, out=tmp_path / "small", calibration=pairs(files), encoder_layers=2, tell=told.append
    )
    left = re.match(r"layers of the encoder: 2 of 3 are left: (\d), (\d);", told[0])
    kept = (int(left[1]) - 1, int(left[2]) - 1)
    layers_kept("encoder", kept)(base.directory, FOREIGN["nllb"], tmp_path / "plain")
    plain = load_file(tmp_path / "plain" / "model.safetensors")
    found = load_file(small.directory / "model.safetensors")
    assert found.keys() == plain.keys()
    assert all(torch.equal(found[name], plain[name]) for name in plain)
    configs = [
        json.loads((one / "config.json").read_text())
        for one in (small.directory, tmp_path / "plain")
    ]
    assert configs[0] == configs[1]


def test_neurons_that_go_are_those_of_the_lowest_scores(files, tmp_path):
    base = of(files / "nllb", "nllb")
    small = shrink(
        base, out=tmp_path / "small", calibration=pairs(files), neurons=0.5, by="magnitude"
    )
    kept = Kept.all_of(base.shape)
    scores = neuron_scores(base.load(), [], kept, "magnitude")["decoder", 2]
    name = "model.decoder.layers.1.fc1.weight"
    left = np.sort(np.argsort(scores)[48:])
    assert torch.equal(small.weights()[name], base.weights()[name][torch.from_numpy(left)])


# ----------------------------------------------------------------------------- refused

REFUSED = {
    "nothing is to be removed; give neurons": {},
    "give neurons, fewer encoder_layers": {"encoder_layers": 3, "decoder_layers": 2},
    "encoder_layers: 4, but the encoder has 3": {"encoder_layers": 4},
    "decoder_layers: 0, but the decoder has 2": {"decoder_layers": 0},
    "neurons is 1; give the share that goes": {"neurons": 1.0},
    "neurons: 0.001 of 96 is 0; give a share": {"neurons": 0.001},
    "heads: a network of transformers cannot have fewer": {"heads": 0.5},
    "by: luck: no such choice; valid: loss, taylor, magnitude": {"neurons": 0.5, "by": "luck"},
    "nowhere.en: no such file": {"vocabulary": ["nowhere"]},
    "vocabulary: its corpora have no text on the target side": {"vocabulary": ["FILES/blank"]},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_is_refused_and_leaves_nothing(message, files, tmp_path):
    asked = dict(REFUSED[message])
    if "vocabulary" in asked:
        asked["vocabulary"] = [one.replace("FILES", str(files)) for one in asked["vocabulary"]]
    with pytest.raises(InputError, match=message):
        shrink(
            of(files / "nllb", "nllb"), out=tmp_path / "small", calibration=pairs(files), **asked
        )
    assert not list(tmp_path.iterdir())


def test_ids_that_cannot_be_numbered_anew_are_refused(files, tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    for path in (files / "marian").iterdir():
        (base / path.name).write_bytes(path.read_bytes())
    settings = json.loads((base / "generation_config.json").read_text())
    settings["forced_decoder_ids"] = [[1, 5]]
    (base / "generation_config.json").write_text(json.dumps(settings))
    with pytest.raises(InputError, match="forced_decoder_ids names pieces by their ids"):
        shrink(
            of(base, "marian"),
            out=tmp_path / "small",
            calibration=pairs(files),
            vocabulary=[files / "train"],
        )
    assert [path.name for path in tmp_path.iterdir()] == ["base"]
    assert not list(tmp_path.rglob(f"*{PARTIAL}*"))


def test_from_the_command_line(files, tmp_path, capsys, monkeypatch):
    out = tmp_path / "small"
    command = f"shrink {files / 'marian'} --decoder-layers 1 --calibration {files / 'valid'}"
    command += f" --source en --target de --calibration-sentences 4 --out {out}"
    monkeypatch.setattr("sys.argv", ["ticketscope", *command.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(out)
    assert lines[1].startswith("layers of the decoder: 1 of 2 are left: ")
    assert lines[-1].startswith("loss there: ")
