"""The main job's frame: what is refused, what config.json holds, which jobs wait for which."""

import io
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from rich.console import Console

import ticketscope
from tests_support import left_of, tree
from ticketscope.config import (
    Behaviour,
    Challenge,
    Claims,
    Execution,
    Experiment,
    FilesCorpus,
    GrammarCorpus,
    Lottery,
    Model,
    Quality,
    Section,
    Training,
    digest,
    training_identity,
)
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.stored_texts import REPORT
from ticketscope.errors import InputError, JobError
from ticketscope.files import read_json, write_json, write_text
from ticketscope.lottery.lineage import planned_levels, sources
from ticketscope.networks.batches import longer_side, num_batches
from ticketscope.networks.panel import Extent
from ticketscope.runs.executors import EXECUTORS
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.seals import sealed_line, write_sealed
from ticketscope.runs.stages import CORPUS, TRAIN
from ticketscope.runs.store import Run, dense_of
from ticketscope.steps import STEPS
from ticketscope.steps.bench import Bench
from ticketscope.steps.step import PanelStep, PerNetwork
from ticketscope.steps.work import asked
from ticketscope.study import checks, registration
from ticketscope.study import main_job as study
from ticketscope.study.main_job import another_machine, describe, known_dense_updates
from ticketscope.study.opened_run import open_run
from ticketscope.text.tokenizer import Frame

EXPERIMENT = Experiment(
    name="x",
    corpus=FilesCorpus(source="en", target="de", path="here"),
    training=Training(updates=10),
    lottery=Lottery(levels=2, replicates=2),
    challenge=Challenge(gender=False),
)


READERS = (open_run, lambda root: checks.run_directory(checks.Start(EXPERIMENT, root)))


def changed(**sections: object) -> Experiment:
    return EXPERIMENT.model_copy(update=sections)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "run")
    write_json(run.config, describe(EXPERIMENT))
    return run


# ----------------------------------------------------------------------------- config.json


def test_config_json(run: Run) -> None:
    stored = read_json(run.config)
    assert stored["training_identity"] == training_identity(EXPERIMENT)
    assert stored["training_digest"] == digest(training_identity(EXPERIMENT))
    assert stored["ticketscope"] == ticketscope.__version__
    assert {"python", "torch", "transformers", "ctranslate2", "sentencepiece"} <= set(
        stored["versions"]
    )
    opened = open_run(run.root)
    assert (opened.files, opened.study) == (run, EXPERIMENT)


def test_no_run_directory(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match=f"^{folder}: no config.json here"):
            open_run(folder)


@pytest.mark.parametrize("content", [b"", b'{"config": {', b"[]", b"{}", b"\xff", b'{"config": 3}'])
def test_a_damaged_config_is_named(run: Run, content: bytes) -> None:
    run.config.write_bytes(content)
    for read in READERS:
        with pytest.raises((InputError, JobError)) as caught:
            read(run.root)
        assert str(caught.value).startswith(f"{run.config}: ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["lock", "costs.jsonl", "features/a/0.npy"])
@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_among_the_files_is_refused_before_any_is_opened(
    run: Run, reader: Callable[[Path], object], name: str
) -> None:
    place = run.root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place)
    with pytest.raises(InputError, match=f"^{place}: a pipe or a device, where a plain file is"):
        reader(run.root)


def test_an_altered_config_is_named(run: Run) -> None:
    write_sealed(run.config, describe(EXPERIMENT))
    text = run.config.read_text()
    run.config.write_text(text.replace('"updates": 10', '"updates": 20'))
    assert run.config.read_text() != text
    for read in READERS:
        with pytest.raises(JobError, match=f"^{run.config}: truncated or altered"):
            read(run.root)


def test_what_was_registered_first_is_kept_once_a_level_is_trained(run: Run) -> None:
    def sitting(**of_claims: object) -> tuple[str, dict[str, Any] | None]:
        experiment = changed(claims=Claims(**of_claims))
        told, kept = registration.late(run, experiment), registration.kept(run, experiment)
        write_sealed(run.config, describe(experiment, kept))
        return told, kept

    assert sitting(c2=0.1)[0] == ""
    told, kept = sitting(c2=0.2)  # nothing is trained yet
    assert told == ""
    assert kept["claims.c2"] == 0.2
    assert kept["lottery.replicates"] == EXPERIMENT.lottery.replicates
    level = run.level(dense_of(0))
    level.path.mkdir(parents=True)
    level.mark_done({})
    told, kept = sitting(c2=0.3, looks=(3, 5))
    assert told.endswith(
        "otherwise: claims.c2 was 0.2 and is 0.3; claims.looks was [] and is [3, 5]; the report "
        "says so"
    )
    assert kept["claims.c2"] == 0.2
    assert sitting(c2=0.4)[1] == kept, "the first stays"
    assert sitting(c2=0.2)[0] == ""
    more = EXPERIMENT.lottery.model_copy(update={"replicates": EXPERIMENT.lottery.replicates + 2})
    told = registration.late(run, changed(claims=Claims(c2=0.2), lottery=more))
    assert "lottery.replicates was" in told, "to add some is to look twice"
    write_sealed(run.config, describe(EXPERIMENT))  # as an older version left it
    assert "nothing was registered" in registration.late(run, EXPERIMENT)


def test_another_machine_is_told_of_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATEN_CPU_CAPABILITY", raising=False)
    assert another_machine(Run(run.root / "new")) == ""
    write_sealed(run.config, describe(EXPERIMENT))
    assert another_machine(run) == ""
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    assert another_machine(run) == (
        f"{run.root}: earlier sittings computed with ATEN_CPU_CAPABILITY not set (now default); "
        "figures of this sitting may differ in the last digits"
    )
    checks.run_directory(checks.Start(EXPERIMENT, run.root))  # part of no digest


# ----------------------------------------------------------------------------- refused early


def test_foreign_files_are_refused_and_left_untouched(tmp_path: Path) -> None:
    write_text(tmp_path / "thesis.tex", "years of work")
    write_text(left_of(tmp_path / "notes"), "also mine")
    before = tree(tmp_path)
    with pytest.raises(InputError, match=f"^{tmp_path}: has files but no config.json"):
        study.run_experiment(EXPERIMENT, tmp_path, Console(quiet=True))
    assert tree(tmp_path) == before
    file = tmp_path / "thesis.tex"
    with pytest.raises(InputError, match="is not a directory"):
        study.run_experiment(EXPERIMENT, file, Console(quiet=True))
    assert tree(tmp_path) == before


def test_a_run_of_another_config_is_left_untouched(run: Run) -> None:
    write_text(left_of(run.root / "half"), "of the other run")
    before = tree(run.root)
    with pytest.raises(InputError, match=r"training\.updates"):
        study.run_experiment(changed(training=Training(updates=9)), run.root, Console(quiet=True))
    assert tree(run.root) == before


def test_a_held_out_sentence_that_does_not_fit_is_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "run")
    stage = Stage(run, monkeypatch)
    stage.splits = {
        "validation": {"longest_source": 511, "longest_target": 20},  # and the end of sentence
        "test": {"longest_source": 20, "longest_target": 512},
    }
    with pytest.raises(InputError, match="the test split has a sentence of 513 pieces") as caught:
        go(run)
    assert "model.max_positions is 512: set it to 513 or more" in str(caught.value)
    assert stage.called == ["corpus"]
    assert not run.config.exists()
    checks.check(changed(training=Training(updates=3)), run.root)  # nothing is settled yet
    other = Run(tmp_path / "other")
    stage.at = other
    go(other, changed(model=Model(max_positions=513)))
    assert "jobs" in stage.called


# ----------------------------------------------------------------------------- updates


def test_dense_updates_are_known_when_given_or_when_the_corpus_is_there(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path
) -> None:
    run = Run(tmp_path / "run")
    assert known_dense_updates(toy, run.root) == toy.training.updates
    in_epochs = toy.model_copy(update={"training": Training(epochs=3, accumulate=2)})
    assert known_dense_updates(in_epochs, run.root) is None
    assert not run.root.exists()
    shutil.copytree(toy_corpus.model_file.parent, run.corpus)
    batches = num_batches(longer_side(toy_corpus.split("train")), toy.batches.max_tokens)
    assert known_dense_updates(in_epochs, run.root) == 3 * batches // 2


# ----------------------------------------------------------------------------- the job


class Stage:
    """Stands in for all that works, and writes down what was asked of it in which order."""

    is_shared = False

    def __init__(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = run
        self.called: list[str] = []
        self.splits: dict[str, dict[str, int]] = {}
        self.prepared: list[str] = []
        self.jobs: dict[str, Job] = {}
        monkeypatch.setattr("ticketscope.corpus.prepare.prepare", self._prepare)
        monkeypatch.setattr("ticketscope.study.writing.write_all", self._noting("tables"))
        monkeypatch.setattr("ticketscope.report.build_report", self._report)
        monkeypatch.setattr("ticketscope.steps.held_out.warning", lambda *_: "few words")
        monkeypatch.setattr("ticketscope.steps.work.remarks", lambda _: [])
        monkeypatch.setitem(EXECUTORS, "local", self._executor)
        # There is no corpus.
        behaviour = next(step for step in STEPS if step.name == "behaviour")
        without_text = (
            checks.run_directory,
            lambda start: behaviour.check(start.experiment, Mock()),
        )
        monkeypatch.setattr(checks, "BEFORE_ANYTHING", without_text)
        monkeypatch.setattr(checks, "likely_headers", lambda _: ())
        frame = Frame(0, (), (2,), (2,), (2,), (0, 9))
        monkeypatch.setattr(
            checks,
            "origin_of",
            lambda _, made: SimpleNamespace(
                frame=frame, extent=Extent(16, 1, made.model.max_positions)
            ),
        )

    def _noting(self, name: str) -> Callable[..., None]:
        def note(*_: object) -> None:
            assert self.at.is_locked()
            assert name == CORPUS or read_json(self.at.config)["schema"]
            self.called.append(name)

        return note

    def _prepare(
        self, _: Experiment, folder: Path, progress: Callable[[str], None], *_others: object
    ) -> None:
        progress("reading")
        write_json(folder / REPORT, {"test_sets": [], "splits": self.splits})

    def _report(self, root: Path) -> Path:
        self._noting("report")()
        return root / "report.html"

    def _executor(self, root: Path, experiment: Experiment) -> "Stage":
        assert root == self.at.root
        self.experiment = experiment
        return self

    def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
        """Of `Executor`: makes the corpus, and says of all else that it is done."""
        threads = self.experiment.training.threads
        assert {job.resources.threads for job in jobs} <= {threads}
        if [job.stage for job in jobs] == [CORPUS]:
            self._noting(CORPUS)()
            jobs[0].do()
            return
        if not any(job.stage == TRAIN for job in jobs):
            self.prepared += [job.name for job in jobs]
            return
        self._noting("jobs")()
        self.jobs = {job.name: job for job in jobs}
        assert len(self.jobs) == len(jobs)
        watch(Status(tuple(jobs[:1]), (), len(jobs)))
        for number in (1, 3, 3, len(jobs)):
            watch(Status((), tuple(jobs[:number]), len(jobs)))


def go(run: Run, experiment: Experiment = EXPERIMENT) -> str:
    output = io.StringIO()
    report = study.run_experiment(experiment, run.root, Console(file=output, width=140))
    assert report == run.root / "report.html"
    return output.getvalue()


def test_the_job_from_corpus_to_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path / "runs" / "x")
    stage = Stage(run, monkeypatch)
    output = go(run)
    assert stage.called == ["corpus", "jobs", "tables", "report"]
    assert not run.is_locked()
    assert output.splitlines()[0] == "few words"
    assert output.splitlines()[-1] == f"report: {run.root / 'report.html'}"
    number = len(stage.jobs)
    done = re.findall(rf"^[-\d]+ [:\d]+ (\d+/{number} [^;]*);", output, re.MULTILINE)
    assert done == [f"{n}/{number} {name}" for n, name in enumerate(stage.jobs, start=1)]
    assert f"jobs done in this sitting: {number}\n" in output


def test_jobs_and_what_they_wait_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path)
    stage = Stage(run, monkeypatch)
    go(run)
    bench = Bench.of(run.root, EXPERIMENT)
    training = {level: f"train {level}" for level in planned_levels(EXPERIMENT.lottery)}
    for level, name in training.items():
        assert stage.jobs[name].needs == {training[source] for source in sources(level)}
        assert stage.jobs[name].arguments == (run.root, level, EXPERIMENT)
    measuring = {}
    for step in asked(EXPERIMENT):
        if isinstance(step, PerNetwork):
            for level in step.subjects(bench):
                compared = (level, *step.compared_with(level, bench))
                read = {f"{name} {at}" for name, at in step.reads(level, bench)}
                measuring[f"{step.name} {level}"] = {training[other] for other in compared} | read
    alone = {step.name for step in asked(EXPERIMENT) if isinstance(step, PanelStep)}
    assert {name: stage.jobs[name].needs for name in measuring} == measuring
    for name in alone:
        assert stage.jobs[name].needs == {*training.values(), *measuring}
    assert set(stage.jobs) == {*training.values(), *measuring, *alone}


def test_minimal_pairs_are_drawn_before_any_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "run")
    stage = Stage(run, monkeypatch)
    experiment = changed(corpus=GrammarCorpus())
    go(run, experiment)
    assert stage.prepared == ["minimal pairs"]
    asked_of = [job.network for job in stage.jobs.values() if job.stage == "behaviour"]
    assert sorted(asked_of) == sorted(planned_levels(experiment.lottery))
    without = changed(corpus=GrammarCorpus(), behaviour=Behaviour(contrasts_per_phenomenon=0))
    other = Run(tmp_path / "other")
    stage.at = other
    go(other, without)
    assert stage.prepared == ["minimal pairs"]  # not again
    assert "behaviour" not in {job.stage for job in stage.jobs.values()}


def test_a_malformed_file_of_minimal_pairs_is_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "run")
    stage = Stage(run, monkeypatch)
    pairs = tmp_path / "pairs.tsv"
    write_text(pairs, "case\tone\teins\n")
    with pytest.raises(InputError, match=f"^{pairs}:1: 3 columns"):
        go(run, changed(behaviour=Behaviour(contrasts=str(pairs))))
    assert stage.called == []
    assert not run.root.exists()


def test_what_crashes_left_is_swept_and_what_is_done_is_checked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Stage(run, monkeypatch)
    leftover = left_of(run.root / "corpus" / "half")
    write_text(leftover, "half")
    folder = run.level(dense_of(0))
    write_text(folder.masks, "masks")
    write_text(folder.log, sealed_line({"update": 9, "validation_loss": 1.0}))
    folder.mark_done({"num_updates": 9, "validation_loss": 1.0, "sparsity_prunable": 0.0})
    num_levels = len(planned_levels(EXPERIMENT.lottery))
    assert f"1 of {num_levels} levels are there already, {num_levels - 1} to do" in go(run)
    assert not leftover.exists()
    write_text(folder.masks, "other")
    with pytest.raises(JobError, match=r"masks\.safetensors: truncated or altered"):
        go(run)
    write_text(folder.masks, "masks")
    folder.log.unlink()
    with pytest.raises(JobError, match=r"training\.jsonl: truncated or altered; delete"):
        go(run)
    assert not run.is_locked()


@pytest.mark.parametrize("other", [Quality(beam=2), Execution(workers=3)])
def test_no_tables_follow_the_settings_of_another_driver(
    other: Section, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But how that one works is its own business."""
    theirs = changed(**{type(other).__name__.lower(): other})

    class Joined(Stage):
        def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
            super().run(jobs, watch)
            if self.jobs:  # while these are done, another driver joins
                write_sealed(run.config, describe(theirs))

    stage = Joined(run, monkeypatch)
    if isinstance(other, Execution):
        go(run)
        return
    with pytest.raises(JobError, match="gave this run other settings meanwhile; give the same co"):
        go(run)
    assert stage.called == ["corpus", "jobs"]


def test_config_json_follows_the_last_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Stage(run, monkeypatch)
    go(run, changed(quality=Quality(beam=2)))
    assert open_run(run.root).study.quality.beam == 2
    first = run.config.read_bytes()
    go(run, changed(quality=Quality(beam=2)))
    assert run.config.read_bytes() == first
    assert json.loads(first)["training_digest"] == digest(training_identity(EXPERIMENT))
