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
from ticketscope.lottery import micro_batches
from ticketscope.lottery.levels import make_level
from ticketscope.lottery.lineage import panel_of, planned_levels
from ticketscope.lottery.origins import origin_of
from ticketscope.lottery.smaller_levels import in_dense, units_of
from ticketscope.lottery.speed_ups import SENTENCE, Layout
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

FFN, LAYERS, CONTROL = "structured_ffn", "structured_layers", "dense_continued"
SCRATCH, LONGER, SCRATCH_LAYERS = "scratch", "scratch_longer", "scratch_layers"
LOTTERY = Lottery(
    arms=(FFN, LAYERS, SCRATCH, LONGER, SCRATCH_LAYERS, CONTROL),
    levels=2,
    speed_up=1.12,
    rewind_to=(0.75,),
    moments="keep",
    calibration=20,
)
SHAPE = Model(encoder_layers=2, decoder_layers=2, d_model=16, ffn=32, heads=2)
WIDTHS = [32, 18, 6]


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

            patch.setattr(micro_batches, "collate", watch)
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


@pytest.mark.parametrize("level", [1, 2])
def test_levels_are_as_fast_as_they_are_to_be_and_no_smaller(run: Run, level: int) -> None:
    layout = Layout(ModelFolder(run.level(dense_of(0)).ticket).parameter_shapes)
    assert (layout.layers, layout.widths) == (
        {"encoder": 2, "decoder": 2},
        {"encoder": 32, "decoder": 32},
    )
    lengths = np.array([SENTENCE])

    def operations(label: LevelId) -> int:
        shapes = ModelFolder(run.level(label).ticket).parameter_shapes
        rows = shapes["model.shared.weight"][0]
        return operations_of(shapes, rows).forward(lengths, lengths, lengths, np.array([1]))

    whole = operations(dense_of(0))
    allowed = whole / LOTTERY.speed_up**level
    assert layout.allowed(level, LOTTERY) == pytest.approx(allowed, rel=1e-12)
    width = WIDTHS[level]
    assert layout.widths_at(level, LOTTERY) == {"encoder": width, "decoder": width}
    one_more = dict.fromkeys(layout.widths, width + 1)
    assert operations(LevelId(0, FFN, level)) <= allowed
    assert layout.operations(layout.layers, one_more) > allowed
    left = _units(run, LAYERS, level).depths
    assert operations(LevelId(0, LAYERS, level)) == layout.operations(left, layout.widths)
    assert layout.operations(left, layout.widths) <= allowed
    before = _units(run, LAYERS, 1).depths if level == 2 else layout.layers
    parent_allows = layout.operations(before, layout.widths)
    assert (left == before) == (parent_allows <= allowed)


def test_stacks_of_unlike_widths_lose_the_same_share() -> None:
    settings = Model(encoder_layers=1, decoder_layers=1, d_model=16, ffn=40, heads=2)
    shapes = {
        name: tuple(20 if size == 40 and ".decoder." in name else size for size in tensor.shape)
        for name, tensor in model.parameters(model.build_on_meta(settings, 50)).items()
    }
    left = Layout(shapes).widths_at(1, Lottery(speed_up=1.2))
    assert abs(left["encoder"] - 2 * left["decoder"]) <= 1
    assert left["encoder"] < 40


def test_a_layer_goes_at_each_level_and_either_stack_keeps_one(run: Run) -> None:
    first, second = (_units(run, LAYERS, level).layers for level in (1, 2))
    assert sum(map(len, first.values())) == 3
    assert _units(run, LAYERS, 2).depths == {"encoder": 1, "decoder": 1}
    assert all(set(second[stack]) <= set(first[stack]) for stack in first)
    shape = ModelFolder(run.level(LevelId(0, LAYERS, 2)).ticket).config
    assert shape.layers == {"encoder": 1, "decoder": 1}


@pytest.mark.parametrize("arm", [FFN, LAYERS, SCRATCH, LONGER, SCRATCH_LAYERS])
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
        of_longer = start_of(run, LevelId(0, LONGER, level), experiment, origin_of(run, experiment))
        again = model.parameters(of_longer.network.model)
        assert all(torch.equal(again[name], expected[name]) for name in again)
        for arms in ((FFN, SCRATCH, LONGER), (LAYERS, SCRATCH_LAYERS)):
            tickets = [run.level(LevelId(0, arm, level)).ticket for arm in arms]
            shapes = [ModelFolder(ticket).parameter_shapes for ticket in tickets]
            assert all(other == shapes[0] for other in shapes[1:])


def test_longer_training_takes_as_many_operations_as_the_search(
    run: Run, seen: dict[str, list[list[int]]]
) -> None:
    """Compared by operations per update; rounding of neurons and of the last update remain."""
    layout = Layout(ModelFolder(run.level(dense_of(0)).ticket).parameter_shapes)
    num_dense = run.level(dense_of(0)).facts()["num_updates"]
    num = {level: run.level(LevelId(0, FFN, level)).facts()["num_updates"] for level in (1, 2)}
    each = [
        layout.operations(layout.layers, dict.fromkeys(layout.widths, width)) for width in WIDTHS
    ]
    spent = num_dense * each[0]
    for level in (1, 2):
        spent += num[level] * each[level]
        longer = run.level(LevelId(0, LONGER, level)).facts()["num_updates"]
        assert longer * each[level] == pytest.approx(spent, rel=0.02)
        assert longer > num_dense + sum(num[one] for one in range(1, level + 1))
        batches = seen[f"replicate-0/{LONGER}/level-{level:02d}"]
        control = seen[f"replicate-0/{CONTROL}/level-{level:02d}"]
        assert batches[: len(control)] == control


@pytest.mark.parametrize("level", [1, 2])
def test_all_see_the_same_batches(run: Run, seen: dict[str, list[list[int]]], level: int) -> None:
    assert run.root.is_dir()
    control = seen[f"replicate-0/{CONTROL}/level-{level:02d}"]
    assert len(control) > 5
    for arm in (FFN, LAYERS, SCRATCH, SCRATCH_LAYERS):
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
    neurons = "18, 6 of 32 neurons per block (1.12, 1.25 times as fast by operations)"
    layers = "as many layers as may be (1.12, 1.25 times as fast by operations)"
    assert plan_sizes(experiment).structured == {
        FFN: neurons,
        LAYERS: layers,
        SCRATCH: neurons,
        LONGER: neurons,
        SCRATCH_LAYERS: layers,
    }


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"levels": 6},
            "structured_layers cannot make a network 1.97 times as fast: one that "
            "keeps one layer of each stack is 1.85 times as fast",
        ),
        (
            {"levels": 3},
            "structured_ffn cannot make a network 1.40 times as fast: one that keeps "
            "one neuron of each block is 1.32 times as fast",
        ),
        ({"speed_up": 1.001}, "structured_ffn removes no neuron at some level"),
    ],
)
def test_levels_that_cannot_be_are_refused(
    experiment: Experiment, tmp_path: Path, settings: dict[str, object], told: str
) -> None:
    arms = [arm for arm in LOTTERY.arms if told.startswith(arm) or arm == CONTROL]
    lottery = LOTTERY.model_copy(update={**settings, "arms": tuple(arms)})
    changed = experiment.model_copy(update={"lottery": lottery})
    with pytest.raises(InputError, match=f"^lottery.arms: {told}"):
        checks.units(checks.Start(changed, tmp_path / "run"))
    checks.units(checks.Start(experiment, tmp_path / "run"))
    if "cannot" in told:
        assert "refused" in plan_sizes(changed).structured[told.partition(" ")[0]]
