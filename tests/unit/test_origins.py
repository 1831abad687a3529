"""A lottery on a network that others trained: level 0 is that network, and resuming is exact."""

import shutil
from pathlib import Path

import pytest
import torch

from both import network_of
from foreign import texts
from foreign.families import FOREIGN
from foreign.nets import make
from ticketscope import config
from ticketscope.config import Experiment
from ticketscope.corpus.prepare import prepare
from ticketscope.errors import InputError
from ticketscope.lottery.early_weights import EarlyWeights
from ticketscope.lottery.levels import make_level
from ticketscope.lottery.origins import given_tokenizer
from ticketscope.lottery.speed_ups import Layout
from ticketscope.lottery.trainer import Trainer
from ticketscope.lottery.training_log import read_whole_log
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.pruning.one_shot import prune
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.study import checks

# Separate vocabularies; language codes; a prefix, an output of its own and gated blocks.
FAMILIES = ("marian_separate", "nllb", "madlad")
TICKET = LevelId(0, "lr_rewinding", 1)
NEW = LevelId(0, "reinitialised", 1)
SMALLER = [LevelId(0, arm, 1) for arm in ("structured_ffn", "structured_layers", "scratch")]
REWOUND = LevelId(0, "weight_rewinding", 1)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus, and the networks of `FAMILIES` after one update."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("given")
    sets = {
        "train": texts.train_pairs(120),
        "val": texts.test_pairs()[:8],
        "test": texts.test_pairs()[8:16],
    }
    for name, pairs in sets.items():
        for language, side in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
            (root / f"{name}.{language}").write_text("".join(f"{text}\n" for text in side))
    for name in FAMILIES:
        make(FOREIGN[name], root / name, updates=1)
    return root


def experiment(files: Path, network: Path, family: str, *, fine_tune: bool = False) -> Experiment:
    foreign = FOREIGN[family]
    return config.from_mapping(
        {
            "name": "given",
            "corpus": {
                "kind": "files",
                "source": "en",
                "target": "de",
                "path": str(files),
                "cleaning": {"max_pieces": 40},
            },
            "model": {
                "pretrained": str(network),
                "fine_tune": fine_tune,
                "source_code": foreign.source_code,
                "target_code": foreign.target_code,
                "prefix": foreign.prefix,
            },
            "batches": {"max_tokens": 400},
            "training": {"updates": 6, "validate_every": 3, "peak_rate": 1e-3},
            "lottery": {
                "levels": 1,
                "arms": ["lr_rewinding", "weight_rewinding" if fine_tune else "reinitialised"],
                "prune_fraction": 0.3,
                "rewind_weights_to": [0.0],
            },
            "quality": {"max_decoding_length": 20},
            "execution": {"checkpoint_seconds": 0.0},
        },
        where="test",
    )


def prepared(made: Experiment, root: Path) -> Run:
    run = Run(root)
    prepare(made, run.corpus, lambda _: None, given_tokenizer(made))
    return run


@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_level_0_as_it_is_and_arms_go_on_from_there(
    family: str, files: Path, tmp_path: Path
) -> None:
    network = tmp_path / "network"
    shutil.copytree(files / family, network)
    made = experiment(files, network, family)
    run = prepared(made, tmp_path / "run")
    checks.check(made, run.root)
    make_level(run.root, dense_of(0), made)
    before = network_of(FOREIGN[family], network)
    dense = Network(run.level(dense_of(0)).ticket, conventions=before.conventions)
    ours, theirs = dense.weights(), before.weights()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    sources, targets = zip(*texts.test_pairs()[:4], strict=True)
    assert dense.losses(sources, targets).mean == before.losses(sources, targets).mean
    assert run.level(dense_of(0)).facts()["num_updates"] == 0
    [logged] = read_whole_log(run.level(dense_of(0)).log, 0, "")
    assert logged["validation_loss"] == pytest.approx(
        run.level(dense_of(0)).facts()["validation_loss"], abs=1e-6
    )

    shutil.rmtree(network)  # from here on the run has all that it needs
    for label in (TICKET, NEW, *SMALLER):
        make_level(run.root, label, made)
    for check in (checks.pretrained, checks.memory, checks.corpus):
        check(checks.Start(made, run.root))
    whole = before.shape
    neurons, layers, scratch = (
        Network(run.level(label).ticket, conventions=before.conventions) for label in SMALLER
    )
    widths = Layout(before.folder.parameter_shapes).widths_at(1, made.lottery)
    assert (neurons.shape.layers, neurons.shape.widths) == (whole.layers, widths)
    assert all(0 < widths[stack] < width for stack, width in whole.widths.items())
    assert layers.shape.widths == whole.widths
    assert sum(layers.shape.layers.values()) == sum(whole.layers.values()) - 1
    assert scratch.folder.parameter_shapes == neurons.folder.parameter_shapes
    for one in (neurons, layers, scratch):
        assert len(one.translate(sources, beam=1)) == len(sources)
        assert 0 < one.sparsity.total < one.sparsity.prunable
    assert run.level(TICKET).facts()["num_updates"] == 3
    assert run.level(TICKET).facts()["sparsity_prunable"] == pytest.approx(0.3, abs=1e-3)
    ticket, new = (
        Network(run.level(label).ticket, conventions=before.conventions) for label in (TICKET, NEW)
    )
    assert ticket.weights().keys() == new.weights().keys() == theirs.keys()
    assert ticket.mask == new.mask
    matrices = [name for name, tensor in new.weights().items() if tensor.ndim > 1]
    assert all((new.weights()[name] - theirs[name]).abs().max() > 0.01 for name in matrices), (
        "none of its weights are left"
    )
    assert all(
        torch.equal(tensor == 0, ~ticket.mask.kept[name]) or not tensor.any()
        for name, tensor in ticket.weights().items()
        if ticket.mask and name in ticket.mask.kept
    )


def test_a_killed_level_goes_on_to_the_same_bytes(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = experiment(files, files / "madlad", "madlad", fine_tune=True)
    straight, killed = (prepared(made, tmp_path / name) for name in ("straight", "killed"))
    for label in (dense_of(0), TICKET, REWOUND):
        make_level(straight.root, label, made)
        with monkeypatch.context() as patch:
            _die_after(2, patch)
            with pytest.raises(KeyboardInterrupt):
                make_level(killed.root, label, made)
        assert killed.level(label).checkpoint.exists()
        make_level(killed.root, label, made)
        assert killed.level(label).digest() == straight.level(label).digest()
    dense = straight.level(dense_of(0))
    assert dense.facts()["num_updates"] == 6
    weights, _ = EarlyWeights(dense.early(0)).read()
    given = Network(files / "madlad").weights()
    assert weights.keys() == given.keys()
    assert all(torch.equal(weights[name], given[name]) for name in given), "its own are update 0"


def test_without_fine_tuning_there_are_no_early_weights(files: Path) -> None:
    raw = experiment(files, files / "nllb", "nllb").model_dump(mode="json")
    lottery = {**raw["lottery"], "arms": ["weight_rewinding"]}
    with pytest.raises(InputError, match=r"lottery\.arms: weight_rewinding goes back to early wei"):
        config.from_mapping({**raw, "lottery": lottery}, where="test")


def _die_after(updates: int, patch: pytest.MonkeyPatch) -> None:
    original = Trainer.update

    def update(trainer: Trainer, *rest: object) -> float:
        if trainer.progress.update == updates:
            raise KeyboardInterrupt
        return original(trainer, *rest)  # type: ignore[arg-type]

    patch.setattr(Trainer, "update", update)


def test_what_a_network_has_lost_stays_lost(files: Path, tmp_path: Path) -> None:
    base = Network(files / "marian_separate")
    pruned = prune(base, sparsity=0.5, out=tmp_path / "pruned")
    made = experiment(files, pruned.directory, "marian_separate")
    run = prepared(made, tmp_path / "run")
    for label in (dense_of(0), TICKET):
        make_level(run.root, label, made)
    assert pruned.mask == Mask.load(run.level(dense_of(0)).masks)
    assert Mask.load(run.level(TICKET).masks).within(pruned.mask)
    assert run.level(TICKET).facts()["sparsity_prunable"] == pytest.approx(0.65, abs=1e-3)


def test_another_network_in_its_place_is_refused(files: Path, tmp_path: Path) -> None:
    network = tmp_path / "network"
    shutil.copytree(files / "madlad", network)
    made = experiment(files, network, "madlad")
    run = prepared(made, tmp_path / "run")
    shutil.rmtree(network)
    make(FOREIGN["madlad"], network, updates=2)
    with pytest.raises(InputError, match=r"network \(pretrained\) differs; put the old file back"):
        checks.check(made, run.root)


def test_codes_and_positions_that_do_not_fit_are_refused(files: Path, tmp_path: Path) -> None:
    made = experiment(files, files / "nllb", "nllb")
    without = made.model_copy(update={"model": made.model.model_copy(update={"source_code": ""})})
    with pytest.raises(InputError, match="source"):
        checks.check(without, tmp_path / "run")
    quality = made.quality.model_copy(update={"max_decoding_length": 9_999})
    with pytest.raises(InputError, match=r"asks for 9999 positions, but the pretrained network"):
        checks.check(made.model_copy(update={"quality": quality}), tmp_path / "run")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"pretrained": "net", "d_model": 64}, "d_model is that of the pretrained network"),
        ({"fine_tune": True}, "fine_tune is for a pretrained network: set pretrained, too"),
        ({"prefix": "<2de> "}, "prefix is for a pretrained network"),
    ],
)
def test_settings_that_would_be_without_effect_are_refused(
    files: Path, model: dict[str, object], words: str
) -> None:
    raw = experiment(files, files / "nllb", "nllb").model_dump(mode="json")
    with pytest.raises(InputError, match=words):
        config.from_mapping({**raw, "model": model}, where="test")


def test_a_high_rate_is_warned_of(files: Path, tmp_path: Path) -> None:
    made = experiment(files, files / "nllb", "nllb")
    assert any("may forget what it knows" in line for line in checks.check(made, tmp_path / "run"))
