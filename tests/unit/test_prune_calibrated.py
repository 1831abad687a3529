"""Pruning a stored network on pairs from files: what is drawn, what is told, what is refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests_support import tree
from ticketscope import cli
from ticketscope.config import Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.networks import model
from ticketscope.networks.network import Network
from ticketscope.networks.translate import generation_settings
from ticketscope.pruning import calibration
from ticketscope.pruning.calibration import CalibrationFiles, drawn_of
from ticketscope.pruning.one_shot import prune
from ticketscope.text.vocabulary import Vocabulary

WEIGHTS, MASKS = "model.safetensors", "masks.safetensors"
TEXTUAL = ("snip", "fisher", "wanda", "sparsegpt", "movement", "soft_movement")
CHANGING = ("sparsegpt", "movement", "soft_movement")


@pytest.fixture(scope="module")
def base(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Network:
    """A network stored in float16; not to be changed."""
    folder = tmp_path_factory.mktemp("calibrated") / "base"
    vocabulary = Vocabulary(toy_corpus.model_file, toy.model.norm)
    network = model.build(toy.model, vocabulary.size, seed=3)
    decoding = generation_settings(vocabulary, beam=2, length_penalty=1.0, max_decoding_length=12)
    model.save(network, folder, decoding)
    vocabulary.save_tokenizer(folder)
    stored = {name: tensor.half() for name, tensor in load_file(folder / WEIGHTS).items()}
    save_file(stored, folder / WEIGHTS, {"format": "pt"})
    return Network(folder)


@pytest.fixture
def files(toy: Experiment) -> CalibrationFiles:
    """Twenty of the pairs of the toy's test set."""
    return CalibrationFiles(
        prefix=f"{toy.corpus.path}/test", source="en", target="de", sentences=20, batch_tokens=64
    )


def _per_word(network: Network, files: CalibrationFiles) -> float:
    text = files.drawn(network, 1).text
    nats = network.losses(text.source, text.target).negative_log_likelihood.sum()
    return float(nats / sum(len(target.split()) for target in text.target))


@pytest.mark.parametrize("criterion", TEXTUAL)
def test_it_is_told_what_was_read_and_what_it_cost(
    base: Network, files: CalibrationFiles, tmp_path: Path, monkeypatch, criterion: str
) -> None:
    monkeypatch.setattr(calibration, "STEPS", 4)
    trains = criterion.endswith("movement")
    lines: list[str] = []
    pruned = prune(
        base,
        criterion=criterion,
        sparsity=0.5,
        calibration=files,
        tell=lines.append,
        out=tmp_path / "pruned",
    )
    before, after = _per_word(base, files), _per_word(pruned, files)
    assert lines == [
        "calibration: test, en to de: 20 of 40 pairs",
        f"loss there: {before:.4f} nats per target word before, {after:.4f} after",
    ]
    card = (pruned.directory / "README.md").read_text()
    assert "| calibration | test, en to de: 20 of 40 pairs; seed 1 |\n" in card
    assert f"| loss there | {before:.4f} nats per target word before, {after:.4f} after |" in card
    assert f"| criterion | {criterion}{', seed 1' if trains else ''} |" in card
    assert files.prefix not in card
    mask, given, stored = pruned.mask, *(load_file(n.directory / WEIGHTS) for n in (base, pruned))
    assert mask is not None
    if criterion in ("wanda", "sparsegpt"):
        assert all((~kept).sum(1).eq(kept.shape[1] // 2).all() for kept in _matrices(mask))
    else:
        assert mask.num_pruned == (mask.num_weights + 1) // 2
    for name, tensor in stored.items():
        assert tensor.dtype == torch.float16
        kept = mask.kept.get(name, torch.ones_like(tensor, dtype=torch.bool))
        is_changed = name in mask.kept and tensor.ndim == 2 and criterion in CHANGING
        if is_changed or not (trains and name in mask.kept):  # a bias moves where it is left
            assert torch.equal(tensor[kept], given[name][kept]) != is_changed
        assert not tensor[~kept].view(torch.int16).any(), "+0.0"
    assert ("weights were changed to make up for it" in card) == (criterion == "sparsegpt")
    assert ("were trained on the calibration" in card) == trains


def _matrices(mask) -> list[torch.Tensor]:
    return [kept for kept in mask.kept.values() if kept.ndim == 2]


def test_the_same_bytes_each_time_and_what_is_gone_stays(
    base: Network, files: CalibrationFiles, tmp_path: Path
) -> None:
    for name in "ab":
        prune(base, criterion="sparsegpt", pattern="2:4", calibration=files, out=tmp_path / name)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    half = Network(tmp_path / "a")
    more = prune(
        half, criterion="sparsegpt", sparsity=0.75, calibration=files, out=tmp_path / "more"
    )
    assert half.mask is not None
    assert more.mask is not None
    assert more.mask.within(half.mask)
    assert all((~kept).sum(1).eq(kept.shape[1] * 3 // 4).all() for kept in _matrices(more.mask))


def test_magnitude_needs_no_text_and_takes_it_for_the_loss(
    base: Network, files: CalibrationFiles, tmp_path: Path
) -> None:
    lines: list[str] = []
    without = prune(base, sparsity=0.5, out=tmp_path / "without")
    beside = prune(
        base, sparsity=0.5, calibration=files, tell=lines.append, out=tmp_path / "beside"
    )
    assert without.mask == beside.mask
    assert len(lines) == 2


# ----------------------------------------------------------------------------- what is drawn


def _files(folder: Path, pairs: list[tuple[str, str]], sentences: int) -> CalibrationFiles:
    for language, side in (("en", 0), ("de", 1)):
        lines = "".join(f"{pair[side]}\n" for pair in pairs)
        (folder / f"some.{language}.gz").write_bytes(gzip.compress(lines.encode()))
    return CalibrationFiles(
        prefix=str(folder / "some"), source="en", target="de", sentences=sentences
    )


def test_what_cannot_be_read_is_left_out_and_counted(base: Network, tmp_path: Path) -> None:
    pairs = [("one", "eins"), ("", "zwei"), ("three", ""), ("four", "vier"), ("red " * 600, "rot")]
    drawn = _files(tmp_path, pairs, sentences=10).drawn(base, seed=1)
    assert drawn.text.source == ("one", "four")
    assert str(drawn) == (
        "2 of 5 pairs; 2 without a side left out; 1 drawn and left out as too long for the network"
    )
    with pytest.raises(InputError, match="some: no pair is left: of 5 pairs 4 lack a side, and 1"):
        _files(tmp_path, [*pairs[1:3], *pairs[4:], *pairs[1:3]], sentences=10).drawn(base, seed=1)


def test_pairs_are_drawn_by_the_seed_each_as_likely(base: Network, tmp_path: Path) -> None:
    files = _files(tmp_path, [(f"one {i}", f"eins {i}") for i in range(12)], sentences=4)
    seen = [files.drawn(base, seed).text.source for seed in range(150)]
    assert files.drawn(base, 3).text.source == seen[3]
    assert all(one == tuple(sorted(one, key=lambda text: int(text.split()[1]))) for one in seen)
    counts = np.unique([text for one in seen for text in one], return_counts=True)[1]
    assert len(counts) == 12
    # 50 are expected, with a standard deviation of 5.8.
    assert counts.min() > 25
    assert counts.max() < 75


def test_pairs_of_a_corpus_are_drawn_in_its_order(toy_corpus: EncodedCorpus) -> None:
    split = toy_corpus.split("train")
    drawn, again, other = (drawn_of(split, 9, seed) for seed in (1, 1, 2))
    assert [drawn.source(i) for i in range(9)] == [again.source(i) for i in range(9)]
    assert [drawn.source(i) for i in range(9)] != [other.source(i) for i in range(9)]
    places = [
        next(
            place
            for place in range(len(split))
            if list(split.source(place)) == drawn.source(i)
            and list(split.target(place)) == drawn.target(i)
        )
        for i in range(9)
    ]
    assert places == sorted(places)
    assert len(drawn_of(split, 10**6, 1)) == len(split)


# ----------------------------------------------------------------------------- what is refused


def test_settings_that_cannot_be_are_refused_and_leave_nothing(
    base: Network, files: CalibrationFiles, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    out = tmp_path / "pruned"
    with pytest.raises(InputError, match=r"criterion: wanda ranks weights by what .* give pairs"):
        prune(base, criterion="wanda", sparsity=0.5, out=out)
    with pytest.raises(InputError, match="per: global; sparsegpt prunes one matrix after"):
        prune(base, criterion="sparsegpt", sparsity=0.5, per="global", calibration=files, out=out)
    for name, value in (
        ("sentences", 0),
        ("batch_tokens", 0),
        ("dtype", "float16"),
        ("device", "cuda"),
    ):
        with pytest.raises(InputError, match=f"calibration: {name} is {value}"):
            CalibrationFiles(**{"prefix": "p", "source": "en", "target": "de", name: value})
    with pytest.raises(InputError, match=r"test\.fr: no such file"):
        prune(
            base,
            criterion="snip",
            sparsity=0.5,
            calibration=CalibrationFiles(prefix=files.prefix, source="fr", target="de"),
            out=out,
        )
    assert not any(tmp_path.iterdir())


def test_a_weight_that_the_stored_type_cannot_hold_is_no_weight(base: Network) -> None:
    with pytest.raises(JobError, match=r"fc1\.weight would get a weight that is not finite"):
        base.folder.stored.rounded({"model.encoder.layers.0.fc1.weight": torch.full((2,), 1e6)})


# ----------------------------------------------------------------------------- the command


def test_the_command_tells_it(base: Network, toy: Experiment, tmp_path: Path, capsys) -> None:
    out = tmp_path / "pruned"
    asked = ["prune", str(base.directory), "--sparsity", "0.5", "--out", str(out)]
    of_text = ["--calibration", f"{toy.corpus.path}/test", "--source", "en"]
    with pytest.raises(InputError, match="--source says how pairs are read, but there are none"):
        cli.app([*asked, "--source", "en"])
    with pytest.raises(InputError, match="--calibration-sentences says how pairs are read"):
        cli.app([*asked, "--calibration-sentences", "9"])
    with pytest.raises(InputError, match="give --source and --target, the languages that end"):
        cli.app([*asked, *of_text])
    cli.app(
        [
            *asked,
            *of_text,
            *("--target", "de", "--calibration-sentences", "9", "--criterion", "wanda"),
            *("--batch-tokens", "50", "--dtype", "bfloat16"),
        ]
    )
    shown = capsys.readouterr().out.splitlines()
    assert shown[1] == "calibration: test, en to de: 9 of 40 pairs"
    assert shown[2].startswith("loss there: ")
    assert "prunable weights are zero" in shown[3]
