"""Jobs submitted by submitit, in processes of this machine: no Slurm is needed."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from slurm_jobs import LocalQueue, die_once, fail, note, train_interrupted
from tests_support import REPOSITORY, wait_for
from ticketscope.errors import JobError
from ticketscope.runs.executors.slurm import FOLDER, Submissions, folder_of
from ticketscope.runs.executors.submitting import Submitting
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.leases import Patience
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId, Run
from ticketscope.study.opened_run import open_run
from toy_run import tree_of

PATIENCE = Patience(lease_seconds=5.0)
QUICK_TORCH = "def set_num_threads(number): pass\n"
"""To import the real one takes seconds."""

Driver = Callable[..., None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.fixture
def path_of_nodes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the processes find modules."""
    path = [str(REPOSITORY / "tests"), *filter(None, sys.path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    return path


@pytest.fixture
def light(path_of_nodes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their torch does nothing."""
    folder = tmp_path / "light"
    folder.mkdir()
    (folder / "torch.py").write_text(QUICK_TORCH)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *path_of_nodes]))


@pytest.fixture
def drive(root: Path) -> Iterator[Driver]:
    """One more driver of the run, with a queue of its own."""
    queues: list[LocalQueue] = []

    def run(
        jobs: list[Job], watch: Callable[[Status], None] = lambda _: None, retries: int = 0
    ) -> None:
        queue = LocalQueue(folder_of(root))
        queues.append(queue)
        submissions = Submissions(root, queue.folder, queue, PATIENCE, 0.1, grace=0.5)
        Submitting(root, submissions, 100, retries, PATIENCE, interval=0.05).run(jobs, watch)

    yield run
    for queue in queues:
        queue.wait()


def noting(path: Path, *needs: str) -> Job:
    return Job(path.name, None, note, (path,), frozenset(needs))


@pytest.mark.usefixtures("light")
def test_a_failed_job_leaves_the_others_and_its_files(
    root: Path, tmp_path: Path, drive: Driver
) -> None:
    seen: list[Status] = []
    bad = Job("bad", None, fail, ())
    good = [noting(tmp_path / "a"), noting(tmp_path / "b", "a"), noting(tmp_path / "c", "bad")]
    with pytest.raises(JobError, match=r"^the reason$"):
        drive([bad, *good], seen.append)
    assert [job.name for job in seen[-1].finished] == ["a", "b"]
    assert not (tmp_path / "c").exists()
    left = {path.name.partition("_")[2] for path in folder_of(root).iterdir()}
    assert {"0_log.err", "0_log.out", "submitted.pkl"} <= left
    drive(good[:2], seen.append)
    assert {job.name for job in seen[-1].there} == {"a", "b"}
    assert not (root.parent / FOLDER).exists(), "of no more use"


@pytest.mark.usefixtures("light")
def test_a_job_that_vanished_is_submitted_again(
    tmp_path: Path, drive: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    drive([Job("once", None, die_once, (tmp_path / "once",))], retries=1)
    [line] = caplog.messages
    assert "ended without a word (completed)" in line
    assert line.endswith("trying again (1 of 1)")
    assert not (tmp_path / FOLDER).exists(), "it ended well after all"


@pytest.mark.usefixtures("light")
def test_drivers_share_a_run(tmp_path: Path, drive: Driver) -> None:
    """Two at once do each job once. Who ends first clears away what the nodes said, so that the
    other has to find that a job is done: as all jobs of a run, these tell."""
    jobs = [noting(tmp_path / "a"), noting(tmp_path / "b"), noting(tmp_path / "c", "a", "b")]
    jobs = [replace(job, tells=True) for job in jobs]
    with ThreadPoolExecutor(2) as threads:
        for driver in [threads.submit(drive, jobs) for _ in range(2)]:
            driver.result()
    assert [len((tmp_path / name).read_text().splitlines()) for name in "abc"] == [1, 1, 1]


@pytest.mark.usefixtures("light")
def test_jobs_go_on_without_their_driver(
    tmp_path: Path, drive: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(_status: Status) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive([noting(tmp_path / "a"), noting(tmp_path / "b", "a")], interrupt)
    [line] = caplog.messages
    assert line.startswith("1 job(s) go on in Slurm")
    wait_for((tmp_path / "a").exists)
    seen: list[Status] = []
    drive([noting(tmp_path / "a"), noting(tmp_path / "b", "a")], seen.append)
    assert [job.name for job in seen[-1].finished] == ["a", "b"]


@pytest.mark.usefixtures("path_of_nodes")
def test_a_training_that_runs_out_of_time_goes_on_with_the_same_bytes(
    toy_run: Path, root: Path, tmp_path: Path, drive: Driver
) -> None:
    level = LevelId(0, "dense", 0)
    shutil.copytree(Run(toy_run).corpus, Run(root).corpus)
    arguments = (root, level, open_run(toy_run).study, tmp_path / "warned")
    drive([Job(TRAIN, level, train_interrupted, arguments)])
    assert (tmp_path / "warned").exists()
    assert tree_of(Run(root).level(level).path) == tree_of(Run(toy_run).level(level).path)
