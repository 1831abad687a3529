"""How a level follows from its parent."""

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ticketscope.arms import ARMS
from ticketscope.config import Execution, Experiment, Lottery
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import JobError
from ticketscope.lottery import levels as lottery
from ticketscope.lottery import starts, training
from ticketscope.lottery.course import Course, dense_updates
from ticketscope.lottery.lineage import control_of, planned_levels, sources
from ticketscope.lottery.spent import Spent, spent_by_criterion
from ticketscope.lottery.training_log import read_log
from ticketscope.networks import model
from ticketscope.networks.batches import Batch, PairsInMemory
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask, check_exact_zeros
from ticketscope.networks.network import Network
from ticketscope.pruning import calibration, gradients
from ticketscope.runs import doing
from ticketscope.runs.doing import do
from ticketscope.runs.jobs import Job
from ticketscope.runs.seals import read_sealed, write_sealed
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId, Run, dense_of

TICKET = LevelId(0, "lr_rewinding", 1)
CONTROL = LevelId(0, "dense_continued", 1)
REPEATED = LevelId(0, "dense_repeated", 1)


def _run(experiment: Experiment, corpus: EncodedCorpus, root: Path, *levels: LevelId) -> Run:
    run = Run(root)
    shutil.copytree(corpus.model_file.parent, run.corpus)
    for level in (dense_of(0), *levels):
        lottery.make_level(root, level, experiment)
    return run


def _with_lottery(experiment: Experiment, **settings: object) -> Experiment:
    changed = experiment.lottery.model_copy(update=settings)
    return experiment.model_copy(update={"lottery": Lottery.model_validate(changed.model_dump())})


# ----------------------------------------------------------------------------- the plan


@pytest.mark.parametrize("backwards", [False, True])
def test_what_a_level_is_made_from_comes_before_it(backwards: bool) -> None:
    arms = tuple(ARMS)[::-1] if backwards else tuple(ARMS)
    levels = planned_levels(Lottery(arms=arms, replicates=2, levels=3))
    assert len(levels) == len(set(levels)) == 2 * (1 + 3 * len(arms))
    for position, level in enumerate(levels):
        assert set(sources(level)) <= set(levels[:position])


def test_sources() -> None:
    def of(arm: str, level: int) -> list[str]:
        return [f"{source.arm} {source.level}" for source in sources(LevelId(1, arm, level))]

    assert sources(dense_of(1)) == ()
    assert sources(LevelId(1, "random_pruning", 1)) == (dense_of(1),)
    assert of("random_pruning", 2) == ["random_pruning 1"]
    assert of("one_shot", 1) == of("one_shot", 3) == ["dense 0"]
    assert of("weight_rewinding", 1) == ["dense 0"]
    assert of("weight_rewinding", 3) == ["weight_rewinding 2", "dense 0"]
    assert of("shuffled_mask", 2) == ["shuffled_mask 1", "lr_rewinding 2"]
    assert of("reinitialised", 2) == ["lr_rewinding 2"]
    assert of("reinitialised-random", 2) == ["lr_rewinding-random 2"]


def test_controls() -> None:
    both = Lottery(arms=("lr_rewinding", "dense_continued"))
    assert control_of(TICKET, both) == CONTROL
    assert control_of(CONTROL, both) is None
    assert control_of(dense_of(0), both) is None
    assert control_of(TICKET, Lottery(arms=("lr_rewinding",))) is None


# ----------------------------------------------------------------------------- a level


@pytest.fixture
def courses(monkeypatch: pytest.MonkeyPatch) -> list[Course]:
    """The courses that trainings were given."""
    seen: list[Course] = []
    original = training.train

    def remember(network, mask, course, *rest):
        seen.append(course)
        return original(network, mask, course, *rest)

    monkeypatch.setattr(training, "train", remember)
    return seen


def test_arms_see_the_same_course_and_levels_and_replicates_another(
    toy, toy_corpus, tmp_path, courses
) -> None:
    experiment = _with_lottery(toy, replicates=2)
    second = LevelId(0, "lr_rewinding", 2)
    _run(experiment, toy_corpus, tmp_path / "run", TICKET, CONTROL, second, dense_of(1))
    dense, ticket, control, deeper, other = courses
    assert ticket == control
    assert len({c.seed for c in (dense, ticket, deeper, other)}) == 4
    # The seeds of the runs there are: others would give their next levels other batches.
    assert (dense.seed, ticket.seed) == (5944629797748837638, 935944008905075132)


def test_the_repeated_control_differs_in_batches_and_dropout_alone(
    toy, toy_corpus, tmp_path, courses
) -> None:
    second = LevelId(0, "dense_repeated", 2)
    run = _run(toy, toy_corpus, tmp_path / "run", CONTROL, REPEATED, second)
    _, control, repeated, deeper = courses
    assert replace(repeated, seed=control.seed) == control
    assert len({course.seed for course in courses}) == 4
    facts = run.level(second).facts()
    assert facts["parent"] == deeper.origin == run.level(REPEATED).digest()
    assert facts["num_pruned"] == 0
    ours, others = (ModelFolder(run.level(level).ticket).weights() for level in (REPEATED, CONTROL))
    assert not all(torch.equal(ours[name], others[name]) for name in ours)


def test_the_ticket_goes_on_from_the_weights_of_its_parent(
    toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    started: list[dict[str, torch.Tensor]] = []
    original = training.train

    def remember(network, *rest):
        started.append({n: t.detach().clone() for n, t in model.parameters(network.model).items()})
        return original(network, *rest)

    monkeypatch.setattr(training, "train", remember)
    run = _run(toy, toy_corpus, tmp_path / "run", TICKET)
    dense = ModelFolder(run.level(dense_of(0)).ticket).weights()
    assert all(torch.equal(started[1][name], dense[name]) for name in dense)


def test_keeping_moments(toy, toy_corpus, tmp_path, monkeypatch) -> None:
    given: list[dict[str, torch.Tensor]] = []
    original = training.train

    def remember(*arguments):
        given.append(arguments[6])
        return original(*arguments)

    monkeypatch.setattr(training, "train", remember)
    run = _run(_with_lottery(toy, moments="keep"), toy_corpus, tmp_path / "keep", TICKET)
    stored = training.moments(run.level(dense_of(0)).moments)
    assert float(stored["step"]) == 24
    assert given[0] == {}
    assert all(torch.equal(given[1][name], stored[name]) for name in stored)
    _run(toy, toy_corpus, tmp_path / "reset", TICKET)
    assert given[3] == {}
    assert not Run(tmp_path / "reset").level(TICKET).moments.exists()


def test_embeddings_are_pruned_when_asked(toy, toy_corpus, tmp_path) -> None:
    experiment = _with_lottery(toy, prune_embeddings=True, prune_fraction=0.5)
    run = _run(experiment, toy_corpus, tmp_path / "run", TICKET)
    folder = run.level(TICKET)
    mask, facts = Mask.load(folder.masks), folder.facts()
    assert not mask.kept["model.shared.weight"].all()
    check_exact_zeros(mask, ModelFolder(folder.ticket).weights())
    in_embedding = int((~mask.kept["model.shared.weight"]).sum())
    assert facts["sparsity_prunable"] == mask.num_pruned / mask.num_weights
    assert facts["sparsity_total"] == mask.num_pruned / facts["num_parameters"]
    assert facts["sparsity_non_embedding"] == pytest.approx(
        (mask.num_pruned - in_embedding) / facts["num_non_embedding"]
    )


def test_a_criterion_may_read_training_text_and_change_what_stays(
    toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    read: list[PairsInMemory] = []
    original = starts.drawn_of

    def remember(*arguments):
        read.append(original(*arguments))
        return read[-1]

    monkeypatch.setattr(starts, "drawn_of", remember)
    experiment = _with_lottery(toy, calibration=20, prune_fraction=0.3)
    wanda, first, second = (
        LevelId(0, f"lr_rewinding-{criterion}", level)
        for criterion, level in (("wanda", 1), ("sparsegpt", 1), ("sparsegpt", 2))
    )
    started: list[dict[str, torch.Tensor]] = []
    train = training.train

    def start(network, *rest):
        started.append({n: t.detach().clone() for n, t in model.parameters(network.model).items()})
        return train(network, *rest)

    monkeypatch.setattr(training, "train", start)
    run = _run(experiment, toy_corpus, tmp_path / "run", TICKET, wanda, first, second)
    assert [len(pairs) for pairs in read] == [20] * 3, "magnitude reads nothing"
    texts = [[(tuple(p.source(i)), tuple(p.target(i))) for i in range(20)] for p in read]
    assert texts[0] == texts[1], "as all arms do at the same level"
    assert texts[1] != texts[2]
    masks = {level: Mask.load(run.level(level).masks) for level in (TICKET, wanda, first, second)}
    num = masks[TICKET].num_weights
    left = [num - masks[level].num_pruned for level in (TICKET, wanda, first, second)]
    once, twice = (starts.num_kept_at(level, num, 0.3) for level in (1, 2))
    assert left == [once, once, once, twice]
    assert masks[TICKET] != masks[wanda] != masks[first]
    assert masks[second].within(masks[first])
    dense = ModelFolder(run.level(dense_of(0)).ticket).weights()
    assert all(torch.equal(started[2][name], dense[name]) for name in dense)
    for name, kept in masks[first].kept.items():
        same = torch.equal(started[3][name][kept], dense[name][kept])
        assert same == (kept.ndim == 1), "matrices make up for what goes, biases do not"


def test_a_criterion_may_train_and_what_it_took_is_counted(
    toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(calibration, "STEPS", 5)
    trained: list[Batch] = []
    original = gradients.batch_losses

    def remember(network, batch):
        trained.append(batch)
        return original(network, batch)

    monkeypatch.setattr(gradients, "batch_losses", remember)
    experiment = _with_lottery(toy, calibration=20)
    movement = LevelId(0, "lr_rewinding-movement", 1)
    run = _run(experiment, toy_corpus, tmp_path / "run", TICKET, movement)
    made = run.level(movement)
    by_movement, by_magnitude = (
        replace(Network(run.level(level).ticket), label=level) for level in (movement, TICKET)
    )
    assert made.facts()["num_pruned"] == run.level(TICKET).facts()["num_pruned"]
    assert Mask.load(made.masks) != Mask.load(run.level(TICKET).masks)
    found = spent_by_criterion(by_movement, experiment, run)
    assert found.updates == len(trained) >= 5
    assert found.target_tokens == sum(batch.num_tokens for batch in trained)
    assert found.source_tokens == sum(int(batch.source_mask_BS.sum()) for batch in trained)
    assert found.operations > 0
    assert spent_by_criterion(by_magnitude, experiment, run) == Spent()
    # A level that is killed starts its criterion again, too.
    before = made.digest()
    shutil.rmtree(made.path)
    lottery.make_level(run.root, movement, experiment)
    assert run.level(movement).digest() == before


def test_another_parent_is_noticed(toy, toy_corpus, tmp_path) -> None:
    run = _run(toy, toy_corpus, tmp_path / "run", TICKET)
    lottery.make_level(run.root, TICKET, toy)
    marker = run.level(dense_of(0)).done
    content = read_sealed(marker, "")
    content["files"]["ticket/README.md"] = "another card, the same weights"
    write_sealed(marker, content)
    lottery.make_level(run.root, TICKET, toy)
    content["files"]["ticket/model.safetensors"] = "other weights"
    write_sealed(marker, content)
    with pytest.raises(JobError, match="made from another replicate-0/dense/level-00"):
        lottery.make_level(run.root, TICKET, toy)


def test_what_a_kill_after_the_marker_left_is_removed(toy, toy_corpus, tmp_path) -> None:
    run = _run(toy, toy_corpus, tmp_path / "run")
    folder = run.level(dense_of(0))
    for leftover in (folder.checkpoint, folder.best):
        leftover.write_bytes(b"")
    lottery.make_level(run.root, dense_of(0), toy)
    assert not folder.checkpoint.exists()
    assert not folder.best.exists()


def test_epochs_are_counted_in_batches(toy, toy_corpus) -> None:
    from ticketscope.networks.batches import longer_side, num_batches

    per_epoch = num_batches(longer_side(toy_corpus.split("train")), toy.batches.max_tokens)
    settings = toy.training.model_copy(update={"updates": 0, "epochs": 3, "accumulate": 2})
    experiment = toy.model_copy(update={"training": settings})
    assert dense_updates(experiment, toy_corpus) == 3 * per_epoch // 2


def test_a_file_server_that_fails_now_and_then_costs_no_byte(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it refuses: a checkpoint, the log, the first or the last file."""
    straight = _run(toy, toy_corpus, tmp_path / "straight").level(dense_of(0))
    run, real, renames = Run(tmp_path / "failing"), Path.replace, 0
    shutil.copytree(toy_corpus.model_file.parent, run.corpus)

    def renamed(self: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames in (1, 9, 30):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", renamed)
    monkeypatch.setattr(doing.time, "sleep", lambda _: None)
    execution = Execution(checkpoint_seconds=0.0, log_every=5)
    saving = toy.model_copy(update={"execution": execution})
    done = do(
        Job(TRAIN, dense_of(0), lottery.make_level, (run.root, dense_of(0), saving)), run.root
    )
    assert done.state == "done", done.text
    assert len(done.notes) == 3
    level = run.level(dense_of(0))
    level.verify()
    assert level.digest() == straight.digest()
    updates = [entry["update"] for entry in read_log(level.log) if "of" in entry]
    assert updates == sorted(set(updates))
