"""The same jobs on this machine's workers and by Slurm's path: the same bytes. `test_ray` compares
those of Ray, and `tests/slurm` those of a whole run on a real Slurm."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from slurm_jobs import LocalQueue
from tests_support import REPOSITORY
from ticketscope.runs.executors.slurm import Submissions, folder_of
from ticketscope.runs.executors.submitting import Submitting
from ticketscope.runs.jobs import Job
from ticketscope.runs.leases import USUAL
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.study.main_job import jobs_of
from ticketscope.study.opened_run import open_run
from toy_run import tree_of


def on_slurm(root: Path, jobs: Sequence[Job]) -> None:
    """As far as submitit goes without a Slurm."""
    queue = LocalQueue(folder_of(root))
    submissions = Submissions(root, queue.folder, queue, USUAL, poll_seconds=0.1)
    Submitting(root, submissions, 1, 0, USUAL, interval=0.05).run(jobs, lambda _: None)
    queue.wait()


def test_a_chain_of_jobs(toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`toy_run` was made by local workers."""
    path = [str(REPOSITORY / "tests"), *filter(None, sys.path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    run = Run(tmp_path / "run")
    run.root.mkdir()
    shutil.copytree(Run(toy_run).corpus, run.corpus)
    ticket = LevelId(0, "lr_rewinding", 1)
    names = {f"train {dense_of(0)}", f"train {ticket}", f"quality {ticket}"}
    study = open_run(toy_run).study
    jobs = [job for job in jobs_of(Bench.of(run.root, study)) if job.name in names]
    assert len(jobs) == len(names)
    on_slurm(run.root, jobs)
    made, expected = tree_of(run.root), tree_of(toy_run)
    assert {f"{ticket}/DONE", f"analysis/quality/{ticket}.json"} <= made.keys()
    assert made == {name: expected[name] for name in made}
