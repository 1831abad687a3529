"""Arms that remove whole units: two levels of each, unit by unit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ticketscope.config import Experiment, Lottery, Model
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.lottery import training
from ticketscope.lottery.levels import make_level
from ticketscope.lottery.lineage import panel_of, planned_levels
from ticketscope.lottery.origins import origin_of
from ticketscope.lottery.smaller_levels import in_dense, units_of, widths_left
from ticketscope.lottery.starts import start_of
from ticketscope.lottery.trainer import Trainer
from ticketscope.networks import model
from ticketscope.networks.batches import collate
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses
from ticketscope.networks.operations import operations_of
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.seeds import derive
from ticketscope.shrinking.kept import Kept
from ticketscope.shrinking.masking import masked
from ticketscope.steps.weights.compared import overlapping
from ticketscope.study import checks
from ticketscope.study.plan import plan_sizes

pytestmark = pytest.mark.slow

FFN, LAYERS, SCRATCH, CONTROL = "structured_ffn", "structured_layers", "scratch", "dense_continued"
LOTTERY = Lottery(
    arms=(FFN, LAYERS, SCRATCH, CONTROL),
    levels=2,
    prune_fraction=0.36,
    rewind_to=(0.75,),
    moments="keep",
    calibration=20,
)
SHAPE = Model(encoder_layers=2, decoder_layers=2, d_model=16, ffn=32, heads=2)
WIDTHS = [32, 20, 13]


@pytest.fixture(scope="module")
def experiment(toy: Experiment) -> Experiment:
    return toy.model_copy(update={"lottery": LOTTERY, "model": SHAPE})


@pytest.fixture(scope="module")
def seen() -> dict[str, list[list[int]]]:
    """Which pairs the batches of a training had, by its folder."""
    return {}


@pytest.fixture(scope="module")
def run(
    experiment: Experiment,
    toy_corpus: EncodedCorpus,
    tmp_path_factory: pytest.TempPathFactory,
    seen: dict[str, list[list[int]]],
) -> Run:
    run = Run(tmp_path_factory.mktemp("structured"))
    run.corpus.symlink_to(toy_corpus.model_file.parent)
    for level in planned_levels(LOTTERY):
        with pytest.MonkeyPatch.context() as patch:
            batches = seen.setdefault(str(level), [])

            def watch(split, indices, frame, batches=batches):
                batches.append(list(indices))
                return collate(split, indices, frame)

            patch.setattr(training, "collate", watch)
            make_level(run.root, level, experiment)
    return run


def _units(run: Run, arm: str, level: int) -> Kept:
    kept = units_of(run.level(LevelId(0, arm, level)))
    assert kept is not None
    return kept


def _start(run: Run, experiment: Experiment, arm: str, level: int) -> LoadedNetwork:
    found = start_of(run, LevelId(0, arm, level), experiment, origin_of(run, experiment)).network
    return replace(found, model=found.model.eval().double())


def _losses(network: LoadedNetwork, run: Run) -> Tensor:
    pairs = EncodedCorpus(run.corpus).split("validation")
    with torch.no_grad():
        return batch_losses(network, collate(pairs, range(len(pairs)), network.frame))


# ----------------------------------------------------------------------------- what is removed


@pytest.mark.parametrize("arm", [FFN, LAYERS])
@pytest.mark.parametrize("level", [1, 2])
def test_before_training_removed_equals_masked(
    run: Run, experiment: Experiment, arm: str, level: int
) -> None:
    small = _start(run, experiment, arm, level)
    source = dense_of(0) if level == 1 else LevelId(0, arm, 1)
    parent = ModelFolder(run.level(source).ticket).network().double()
    whole = LoadedNetwork(parent, small.frame, small.max_positions)
    kept = _units(run, arm, level)
    if level == 2:  # numbered as in the parent
        before = _units(run, arm, 1)
        now = {
            stack: tuple(before.layers[stack].index(layer) + 1 for layer in left)
            for stack, left in kept.layers.items()
        }
        neurons = {place: units[before.neurons[place]] for place, units in kept.neurons.items()}
        assert before.then(Kept(layers=now, neurons=neurons)).layers == kept.layers
        kept = Kept(layers=now, neurons=neurons)
    with masked(whole, kept):
        expected = _losses(whole, run)
    torch.testing.assert_close(_losses(small, run), expected, rtol=0, atol=1e-5)
    assert not torch.allclose(expected, _losses(whole, run))
    small_names = set(model.parameters(small.model))
    moments = start_of(run, LevelId(0, arm, level), experiment, origin_of(run, experiment)).moments
    assert {name.partition(" ")[2] for name in moments} - {""} == small_names
    for name, tensor in model.parameters(small.model).items():
        assert moments[f"exp_avg {name}"].shape == tensor.shape


def test_neurons_of_least_magnitude_go_and_none_comes_back(run: Run) -> None:
    dense = ModelFolder(run.level(dense_of(0)).ticket).weights()
    first, second = (_units(run, FFN, level).neurons for level in (1, 2))
    assert len(first) == len(second) == 4
    for place, units in first.items():
        assert (units.sum(), second[place].sum()) == (WIDTHS[1], WIDTHS[2])
        assert not (second[place] & ~units).any()
        prefix = f"model.{place[0]}.layers.{place[1] - 1}"
        norms = (
            dense[f"{prefix}.fc1.weight"].double().square().sum(1)
            + dense[f"{prefix}.fc1.bias"].double().square()
            + dense[f"{prefix}.fc2.weight"].double().square().sum(0)
        ).numpy()
        assert norms[~units].max() <= norms[units].min()
    assert widths_left(32, LOTTERY) == WIDTHS


def test_a_layer_goes_at_each_level_and_either_stack_keeps_one(run: Run) -> None:
    first, second = (_units(run, LAYERS, level).layers for level in (1, 2))
    assert sum(map(len, first.values())) == 3
    assert {stack: len(left) for stack, left in second.items()} == {"encoder": 1, "decoder": 1}
    assert all(set(second[stack]) <= set(first[stack]) for stack in first)
    shape = ModelFolder(run.level(LevelId(0, LAYERS, 2)).ticket).config
    assert shape.layers == {"encoder": 1, "decoder": 1}


@pytest.mark.parametrize("arm", [FFN, LAYERS, SCRATCH])
def test_what_is_gone_counts_among_the_weights_of_the_dense_model(
    run: Run, experiment: Experiment, arm: str
) -> None:
    dense = ModelFolder(run.level(dense_of(0)).ticket).parameter_shapes
    whole = sum(map(np.prod, dense.values()))
    panel = panel_of(run, experiment)
    last = 0.0
    for level in (1, 2):
        label = LevelId(0, arm, level)
        facts = run.level(label).facts()
        left = sum(t.numel() for t in ModelFolder(run.level(label).ticket).weights().values())
        assert facts["num_parameters"] == whole
        assert facts["sparsity_total"] == pytest.approx(1 - left / whole)
        assert facts["sparsity_prunable"] == facts["num_pruned"] / facts["num_prunable"] > last
        last = facts["sparsity_prunable"]
        # Tensor by tensor as well, and the network itself has a mask of its own shapes.
        found = in_dense(panel[label], panel[dense_of(0)])
        assert found.num_pruned == facts["num_pruned"]
        assert all(tuple(kept.shape) == dense[name] for name, kept in found.kept.items())
        own = panel[label].mask
        assert own is not None
        assert own.num_pruned == 0
        assert overlapping(label, panel) == []
        lengths = np.array([5, 9])
        small, large = (
            operations_of(panel[one].folder.parameter_shapes, 80).forward(*[lengths] * 4)
            for one in (label, dense_of(0))
        )
        assert small < large


# ----------------------------------------------------------------------------- scratch


def test_scratch_has_the_shape_and_new_weights(run: Run, experiment: Experiment) -> None:
    for level in (1, 2):
        start = start_of(run, LevelId(0, SCRATCH, level), experiment, origin_of(run, experiment))
        settings = SHAPE.model_copy(update={"ffn": WIDTHS[level]})
        rows = experiment.vocabulary.size
        fresh = model.build(settings, rows, derive(LOTTERY.seed, 0, level, "initialisation"))
        ours, expected = model.parameters(start.network.model), model.parameters(fresh)
        assert ours.keys() == expected.keys()
        assert all(torch.equal(ours[name], expected[name]) for name in ours)
        assert (start.moments, start.course.first_update) == ({}, 0)
        tickets = [run.level(LevelId(0, arm, level)).ticket for arm in (FFN, SCRATCH)]
        shapes = [ModelFolder(ticket).parameter_shapes for ticket in tickets]
        assert shapes[0] == shapes[1]


@pytest.mark.parametrize("level", [1, 2])
def test_all_see_the_same_batches(run: Run, seen: dict[str, list[list[int]]], level: int) -> None:
    assert run.root.is_dir()
    control = seen[f"replicate-0/{CONTROL}/level-{level:02d}"]
    assert len(control) > 5
    for arm in (FFN, LAYERS, SCRATCH):
        assert seen[f"replicate-0/{arm}/level-{level:02d}"] == control, arm


# ----------------------------------------------------------------------------- files


@pytest.mark.parametrize("arm", [FFN, LAYERS])
def test_a_level_goes_on_after_a_kill_with_the_same_bytes(
    run: Run, experiment: Experiment, arm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    level = LevelId(0, arm, 2)
    again = Run(tmp_path / "again")
    again.root.mkdir()
    for place in (run.corpus, run.level(dense_of(0)).path.parent.parent):
        (again.root / place.name).symlink_to(place)
    folder, kept = run.level(level), tmp_path / "kept"
    folder.path.rename(kept)
    often = experiment.execution.model_copy(update={"checkpoint_seconds": 0.0})
    experiment = experiment.model_copy(update={"execution": often})
    update = Trainer.update

    def killed(trainer, *rest):
        if trainer.progress.update == 3:
            raise KeyboardInterrupt
        return update(trainer, *rest)

    monkeypatch.setattr(Trainer, "update", killed)
    with pytest.raises(KeyboardInterrupt):
        make_level(again.root, level, experiment)
    assert folder.checkpoint.exists()
    monkeypatch.setattr(Trainer, "update", update)
    assert make_level(again.root, level, experiment)
    for name in ("DONE", "units.json", "masks.safetensors", "ticket/model.safetensors"):
        assert (folder.path / name).read_bytes() == (kept / name).read_bytes(), name
    assert not make_level(again.root, level, experiment)
    assert f"FFN {ModelFolder(folder.ticket).config.widths['encoder']}\n" in (
        folder.ticket / "README.md"
    ).read_text().replace(" |", "")


def test_units_that_were_altered_are_found(run: Run) -> None:
    folder = run.level(LevelId(0, FFN, 1))
    content = folder.units.read_text()
    try:
        folder.units.write_text(content.replace('"of": 32', '"of": 33', 1))
        with pytest.raises(JobError, match=r"units\.json: truncated or altered"):
            units_of(folder)
        folder.units.unlink()
        with pytest.raises(JobError, match=r"units\.json: missing"):
            units_of(folder)
    finally:
        folder.units.write_text(content)
    assert units_of(run.level(dense_of(0))) is None


# ----------------------------------------------------------------------------- before a run


def test_the_plan_says_what_each_level_leaves(experiment: Experiment) -> None:
    assert plan_sizes(experiment).structured == {
        FFN: "32, 20, 13 neurons per feed-forward block",
        LAYERS: "4, 3, 2 layers in both stacks",
        SCRATCH: "32, 20, 13 neurons per feed-forward block",
    }


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"levels": 3}, "structured_layers cannot remove 3 of 4 layers"),
        ({"layers_per_level": 2}, "structured_layers cannot remove 4 of 4 layers"),
        ({"prune_fraction": 0.99}, "structured_ffn would leave 0 of 32 neurons"),
        ({"prune_fraction": 0.001}, "structured_ffn would leave 32 of 32 neurons"),
    ],
)
def test_levels_that_cannot_be_are_refused(
    experiment: Experiment, tmp_path: Path, settings: dict[str, object], told: str
) -> None:
    lottery = LOTTERY.model_copy(update=settings)
    changed = experiment.model_copy(update={"lottery": lottery})
    with pytest.raises(InputError, match=f"^lottery.arms: {told}"):
        checks.units(checks.Start(changed, tmp_path / "run"))
    checks.units(checks.Start(experiment, tmp_path / "run"))
