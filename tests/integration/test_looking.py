"""A driver looks what is done already, and does nothing by that."""

import shutil
from pathlib import Path

import pytest

from ticketscope.config import Experiment
from ticketscope.runs.looking import is_there
from ticketscope.runs.store import Run
from ticketscope.steps.bench import Bench
from ticketscope.steps.work import preparing_jobs
from ticketscope.study.main_job import corpus_job, jobs_of
from ticketscope.study.opened_run import open_run
from toy_run import tree_of


@pytest.fixture
def copy(toy_run: Path, tmp_path: Path) -> Run:
    """A finished run, to be spoilt."""
    shutil.copytree(toy_run, tmp_path / "run")
    return Run(tmp_path / "run")


def test_looking_tells_what_is_there_and_changes_nothing(copy: Run) -> None:
    study = open_run(copy.root).study
    assert isinstance(study, Experiment)
    bench = Bench.of(copy.root, study)
    jobs = [corpus_job(copy, study, quiet=True), *preparing_jobs(bench), *jobs_of(bench)]
    before = tree_of(copy.root, with_times=True)
    assert [job.name for job in jobs if not is_there(job)] == []
    shutil.rmtree(copy.root / "analysis")
    *_, last = (job for job in jobs if job.stage == "train")
    assert last.network
    copy.level(last.network).done.unlink()
    left = tree_of(copy.root, with_times=True)
    there = [job for job in jobs if job.stage in ("corpus", "train") and job != last]
    assert [job for job in jobs if is_there(job)] == there
    assert tree_of(copy.root, with_times=True) == left != before
