"""What each arm does to the networks of a replicate: all arms but those that remove whole
units, two levels, tensor by tensor."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from ticketscope import arms
from ticketscope.arms import arm_of
from ticketscope.config import Experiment, Lottery, Training
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.lottery import micro_batches, training
from ticketscope.lottery.course import Course, course_of, learning_rate
from ticketscope.lottery.levels import make_level
from ticketscope.lottery.lineage import parent, planned_levels
from ticketscope.lottery.starts import num_kept_at
from ticketscope.lottery.trainer import Trainer
from ticketscope.networks import model
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.seeds import derive

pytestmark = pytest.mark.slow

ARMS = {name: arm for name, arm in arms.ARMS.items() if not arm.removes}
State = Mapping[str, Tensor]
EARLY = 6
LOTTERY = Lottery(
    arms=tuple(ARMS),
    levels=2,
    prune_fraction=0.36,
    rewind_to=(0.5, 0.75),
    rewind_weights_to=(EARLY / 24,),
)
SECOND = [LevelId(0, arm, 2) for arm in ARMS]


@dataclass
class _Seen:
    """What was seen of a training."""

    weights: State
    """Before the first update, and what is pruned is zero."""
    course: Course
    states: dict[int, State] = field(default_factory=dict)
    """The weights after some updates."""
    batches: list[list[int]] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


@dataclass
class _Made:
    run: Run
    experiment: Experiment
    seen: dict[LevelId, _Seen]

    def weights(self, level: LevelId) -> State:
        return ModelFolder(self.run.level(level).ticket).weights()

    def mask(self, level: LevelId) -> Mask:
        return Mask.load(self.run.level(level).masks)

    def start(self, level: LevelId) -> State:
        return self.seen[level].weights


def _copy(network: model.PreTrainedModel) -> State:
    return {name: t.detach().clone() for name, t in model.parameters(network).items()}


def _masked(weights: State, mask: Mask) -> State:
    return {
        name: tensor.where(mask.kept[name], 0.0) if name in mask.kept else tensor
        for name, tensor in weights.items()
    }


def _are_equal(one: State, other: State) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def watched() -> Iterator[list[_Seen]]:
    """Every training from here on."""
    seen: list[_Seen] = []
    train, update, collate = training.train, Trainer.update, micro_batches.collate

    def watch(network, mask, course, *rest):
        seen.append(_Seen(_masked(_copy(network.model), mask), course))
        return train(network, mask, course, *rest)

    def watch_update(trainer, portion, rate, seed, settings):
        loss = update(trainer, portion, rate, seed, settings)
        seen[-1].rates.append(rate)
        seen[-1].states[trainer.progress.update + 1] = _copy(trainer.network.model)
        return loss

    def watch_collate(split, indices, frame):
        seen[-1].batches.append(list(indices))
        return collate(split, indices, frame)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "train", watch)
        patch.setattr(Trainer, "update", watch_update)
        patch.setattr(micro_batches, "collate", watch_collate)
        yield seen


@pytest.fixture(scope="module")
def made(
    toy: Experiment,
    toy_corpus: EncodedCorpus,
    tmp_path_factory: pytest.TempPathFactory,
    watched: list[_Seen],
) -> _Made:
    experiment = toy.model_copy(update={"lottery": LOTTERY})
    run = Run(tmp_path_factory.mktemp("all-arms"))
    run.corpus.symlink_to(toy_corpus.model_file.parent)
    levels = planned_levels(LOTTERY)
    for level in levels:
        make_level(run.root, level, experiment)
    return _Made(run, experiment, dict(zip(levels, watched, strict=True)))


# ----------------------------------------------------------------------------- equal compute


@pytest.mark.parametrize("level", [1, 2])
def test_all_arms_see_the_same_batches_in_as_many_updates(made: _Made, level: int) -> None:
    courses = {arm: made.seen[LevelId(0, arm, level)] for arm in ARMS}
    ticket = courses["lr_rewinding"]
    assert len(ticket.batches) == ticket.course.num_updates == {1: 12, 2: 6}[level]
    for arm, seen in courses.items():
        assert len(seen.batches) == len(ticket.batches), arm
        assert (seen.batches == ticket.batches) != ARMS[arm].draws_own_seeds, arm
        assert made.run.level(LevelId(0, arm, level)).facts()["num_updates"] == len(ticket.batches)


def test_the_rates_go_on_from_the_update_that_the_weights_are_of(made: _Made) -> None:
    settings = made.experiment.training
    schedule = [learning_rate(update, settings, 24) for update in range(24)]

    def rates(arm: str) -> list[float]:
        return made.seen[LevelId(0, arm, 2)].rates

    assert rates("weight_rewinding") == schedule[EARLY::3]  # 18 updates in 6
    assert rates("reinitialised") == schedule[::4]
    assert rates("fine_tuning") == [schedule[-1]] * 6
    for arm in set(ARMS) - {"weight_rewinding", "reinitialised", "fine_tuning"}:
        assert rates(arm) == schedule[18:], arm


@pytest.mark.parametrize(
    ("level", "first"), [(1, 500), (6, 500), (7, 200), (8, 200)], ids=lambda v: str(v)
)
def test_the_study_rewinds_to_half_and_to_a_fifth_from_level_7_on(level: int, first: int) -> None:
    settings = Lottery(rewind_to=(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2))
    for arm in ("lr_rewinding", "weight_rewinding"):  # with its weights, unless it is said
        course = course_of(ARMS[arm], level, settings, 1_000, seed=3)
        assert (course.first_update, course.last_update, course.patience) == (first, 1_000, 0)
        assert course.num_updates == 1_000 - first
        assert [course.at(update) for update in range(5)] == list(range(first, first + 5))


@pytest.mark.parametrize("arm", ARMS.values(), ids=ARMS)
@pytest.mark.parametrize("early", [0.0, 0.001, 0.3, 0.999])
@pytest.mark.parametrize("rewound", [0.0, 0.5, 0.999])
def test_a_course_stays_in_the_schedule_and_trains_at_least_once(arm, early, rewound) -> None:
    settings = Lottery(rewind_to=(rewound,), rewind_weights_to=(early,))
    for dense_updates in (1, 2, 10, 997):
        course = course_of(arm, 1, settings, dense_updates, seed=0)
        assert course.num_updates == dense_updates - min(
            round(rewound * dense_updates), dense_updates - 1
        )
        passed = [course.at(update) for update in range(course.num_updates)]
        assert passed == sorted(passed)
        assert 0 <= course.first_update == passed[0] <= passed[-1] < dense_updates


# ----------------------------------------------------------------------------- weights


@pytest.mark.parametrize("arm", [name for name, arm in ARMS.items() if arm.weights == "parent"])
def test_most_arms_start_at_what_is_left_of_their_parent(made: _Made, arm: str) -> None:
    for level in (LevelId(0, arm, 1), LevelId(0, arm, 2)):
        expected = _masked(made.weights(parent(level)), made.mask(level))
        assert _are_equal(made.start(level), expected)
    assert parent(LevelId(0, arm, 2)) == (dense_of(0) if arm == "one_shot" else LevelId(0, arm, 1))


def test_weight_rewinding_starts_at_what_is_left_of_the_early_dense_model(made: _Made) -> None:
    early = made.seen[dense_of(0)].states[EARLY]
    for level in (LevelId(0, "weight_rewinding", 1), LevelId(0, "weight_rewinding", 2)):
        assert _are_equal(made.start(level), _masked(early, made.mask(level)))


def test_reinitialised_starts_at_a_new_initialisation_under_the_mask(made: _Made) -> None:
    shape, rows = made.experiment.model, made.experiment.vocabulary.size
    starts = []
    for level in (1, 2):
        seed = derive(LOTTERY.seed, 0, level, "initialisation")
        fresh = _copy(model.build(shape, rows, seed))
        mask = made.mask(LevelId(0, "lr_rewinding", level))
        assert made.mask(LevelId(0, "reinitialised", level)) == mask
        starts.append(made.start(LevelId(0, "reinitialised", level)))
        assert _are_equal(starts[-1], _masked(fresh, mask))
    first, second, dense = *starts, made.start(dense_of(0))
    name = "model.shared.weight"  # nothing of it is pruned
    assert not torch.equal(first[name], second[name])
    assert not torch.equal(first[name], dense[name])


# ----------------------------------------------------------------------------- masks


def test_all_arms_that_prune_have_as_many_weights(made: _Made) -> None:
    whole = made.mask(dense_of(0)).num_weights
    for level in (1, 2):
        left = num_kept_at(level, whole, LOTTERY.prune_fraction)
        for arm in ARMS.values():
            found = made.mask(LevelId(0, arm.name, level))
            assert found.num_weights - found.num_pruned == (left if arm.prunes else whole)


@pytest.mark.parametrize("arm", ARMS)
def test_masks_are_nested(made: _Made, arm: str) -> None:
    first, second = (made.mask(LevelId(0, arm, level)) for level in (1, 2))
    assert second.within(first)
    assert first.within(made.mask(dense_of(0)))


def test_one_shot_prunes_the_smallest_weights_of_the_dense_model(made: _Made) -> None:
    dense, mask = made.weights(dense_of(0)), made.mask(LevelId(0, "one_shot", 2))
    kept = torch.cat([dense[name][kept].abs() for name, kept in mask.kept.items()])
    gone = torch.cat([dense[name][~kept].abs() for name, kept in mask.kept.items()])
    assert gone.max() <= kept.min()
    # The others have trained in between: at level 1 they are one mask, at level 2 they are not.
    ticket = LevelId(0, "lr_rewinding", 1)
    assert made.mask(LevelId(0, "one_shot", 1)) == made.mask(ticket)
    assert mask != made.mask(LevelId(0, "lr_rewinding", 2))


def test_a_shuffled_mask_keeps_the_count_of_each_tensor_and_no_places(made: _Made) -> None:
    for level in (1, 2):
        ticket, shuffled, random = (
            made.mask(LevelId(0, arm, level)).kept
            for arm in ("lr_rewinding", "shuffled_mask", "random_pruning")
        )
        counts = [{n: int(k.sum()) for n, k in m.items()} for m in (ticket, shuffled, random)]
        assert counts[0] == counts[1] != counts[2]
        for name, kept in ticket.items():
            if 5 < int(kept.sum()) < kept.numel() - 5:
                assert not torch.equal(kept, shuffled[name]), name
        # As much in common as chance has.
        both = sum(int((kept & shuffled[name]).sum()) for name, kept in ticket.items())
        chance = sum(int(kept.sum()) ** 2 / kept.numel() for kept in ticket.values())
        assert both == pytest.approx(chance, rel=0.03)


# ----------------------------------------------------------------------------- early weights


def test_early_weights_asked_for_later_are_the_same_bytes(
    made: _Made, tmp_path: Path, watched: list[_Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Run(tmp_path / "later")
    shutil.copytree(made.run.root, later.root, symlinks=True)
    dense = later.level(dense_of(0))
    before, file = dense.digest(), dense.early(EARLY)
    content = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    assert set(content) == {"update-000000006.safetensors", "update-000000006.json"}
    shutil.rmtree(file.parent)

    # Killed on the way: it goes on from its checkpoint.
    experiment = made.experiment.model_copy(
        update={
            "execution": made.experiment.execution.model_copy(update={"checkpoint_seconds": 0.0})
        }
    )
    update = Trainer.update

    def killed(trainer, *rest):
        if trainer.progress.update == EARLY - 2:
            raise KeyboardInterrupt
        return update(trainer, *rest)

    monkeypatch.setattr(Trainer, "update", killed)
    with pytest.raises(KeyboardInterrupt):
        make_level(later.root, dense_of(0), experiment)
    assert dense.again.checkpoint.exists()
    monkeypatch.setattr(Trainer, "update", update)
    assert make_level(later.root, dense_of(0), experiment)
    assert len(watched[-1].batches) == 2
    assert {path.name: path.read_bytes() for path in file.parent.iterdir()} == content
    assert not dense.again.path.exists()
    assert dense.digest() == before
    assert not make_level(later.root, dense_of(0), experiment)
    assert not make_level(later.root, LevelId(0, "weight_rewinding", 1), experiment)


def test_update_0_is_the_initialisation(made: _Made, tmp_path: Path, watched: list[_Seen]) -> None:
    """With patience it shows only at the end which updates are asked for."""
    lottery = Lottery(
        arms=("weight_rewinding",), levels=1, rewind_weights_to=(0.0,), moments="keep"
    )
    patient = made.experiment.training.model_copy(update={"patience": 9, "validate_every": 8})
    experiment = made.experiment.model_copy(
        update={"lottery": lottery, "training": Training.model_validate(patient.model_dump())}
    )
    run = Run(tmp_path / "run")
    run.root.mkdir()
    run.corpus.symlink_to(made.run.corpus)
    level = LevelId(0, "weight_rewinding", 1)
    for each in planned_levels(lottery):
        make_level(run.root, each, experiment)
    assert [len(seen.batches) for seen in watched[-3:]] == [24, 0, 12]
    mask = Mask.load(run.level(level).masks)
    fresh = model.build(
        experiment.model, experiment.vocabulary.size, derive(1, 0, 0, "initialisation")
    )
    assert _are_equal(watched[-1].weights, _masked(_copy(fresh), mask))


@pytest.mark.parametrize("name", ["shuffled_mask", "reinitialised", "shuffled_mask-random"])
def test_an_arm_without_the_one_whose_masks_it_needs_is_refused(name: str) -> None:
    needed = arm_of(name).takes_from
    assert needed is not None
    with pytest.raises(ValidationError, match=f"{name} is made from {needed}: name {needed}"):
        Lottery(arms=(name, "dense_continued"))
    assert Lottery(arms=(name, needed)).arms == (name, needed)
