"""Runs and jobs on a real Slurm, on this machine: `make test-slurm`."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_cluster import lacking, small_cluster

import forked
from slurm_jobs import train_interrupted, wait_once
from tests_support import REPOSITORY, wait_for
from ticketscope.config import Slurm
from ticketscope.errors import InputError, JobError
from ticketscope.runs.executors.sbatch import SlurmQueue
from ticketscope.runs.executors.slurm import FOLDER, Submissions, folder_of
from ticketscope.runs.executors.submitting import Submitting
from ticketscope.runs.jobs import Job, Resources, Status
from ticketscope.runs.leases import Patience
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId, Run
from ticketscope.study.opened_run import open_run
from toy_run import tree_of, write_toml

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(bool(lacking()), reason=lacking() or "-"),
]
PATIENCE = Patience(lease_seconds=5.0)
OFTEN = Slurm(poll_seconds=0.5)
DENSE = LevelId(0, "dense", 0)


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Where all programs look for it."""
    with small_cluster() as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY / "tests"), *sys.path]))
        yield


@pytest.fixture(scope="module")
def toml(tmp_path_factory: pytest.TempPathFactory, toy_files: Path) -> Path:
    """The small reference run, made smaller: every job starts Python anew here."""
    file = write_toml(tmp_path_factory.mktemp("small") / "toy.toml", toy_files, replicates=1)
    text = file.read_text(encoding="utf-8")
    for before, after in (
        ('["lr_rewinding", "dense_continued", "random_pruning"]', '["lr_rewinding"]'),
        ("levels = 2", "levels = 1"),
        ("importance_sentences = 20", "importance_sentences = 0"),
    ):
        assert before in text
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def local(toml: Path) -> Run:
    """The run as this machine's workers make it."""
    out = toml.parent / "local"
    done = forked.ticketscope("run", str(toml), "--out", str(out))
    assert done.returncode == 0, done.stderr
    return Run(out)


def squeue(form: str) -> list[str]:
    command = ("squeue", "--noheader", f"--format={form}")
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def scontrol(*arguments: str) -> None:
    subprocess.run(("scontrol", *arguments), check=True)


def drive(
    root: Path,
    job: Job,
    watch: Callable[[Status], None] = lambda _: None,
    settings: Slurm = OFTEN,
    retries: int = 0,
) -> None:
    """Do one job."""
    root.mkdir(exist_ok=True)
    queue = SlurmQueue(folder_of(root), settings)
    submissions = Submissions(root, queue.folder, queue, PATIENCE, settings.poll_seconds, 1.0)
    Submitting(root, submissions, 10, retries, PATIENCE, interval=0.1).run([job], watch)


def waiting(folder: Path, minutes: int = 30) -> Job:
    """One that waits for ever when it is done for the first time."""
    resources = Resources(minutes=minutes)
    return Job("wait", None, wait_once, (folder / "began",), resources=resources)


# ----------------------------------------------------------------------------- a run


def test_a_run_whose_driver_is_killed_ends_with_the_bytes_of_a_local_one(
    toml: Path, local: Run, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "ticketscope", "run", str(toml), "--out", str(out)]
    command += ["--executor", "slurm", "--set", "execution.slurm.poll_seconds=1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as driver:
        wait_for(lambda: driver.poll() is not None or any("-train-" in n for n in squeue("%j")))
        driver.send_signal(signal.SIGKILL)
    assert squeue("%j"), "jobs go on"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "at work" in done.stdout or "jobs done in this sitting" in done.stdout
    found, expected = tree_of(out), tree_of(local.root)
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == ["config.json"]
    assert not (tmp_path / FOLDER).exists(), "of no more use"
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "jobs done in this sitting: 0, there already" in again.stdout


# ----------------------------------------------------------------------------- jobs


def test_a_warned_training_is_requeued_and_goes_on_with_the_same_bytes(
    local: Run, tmp_path: Path
) -> None:
    root = tmp_path / "run"
    shutil.copytree(local.corpus, Run(root).corpus)
    study = open_run(local.root).study
    drive(root, Job(TRAIN, DENSE, train_interrupted, (root, DENSE, study, tmp_path / "warned")))
    assert (tmp_path / "warned").exists()
    assert tree_of(Run(root).level(DENSE).path) == tree_of(local.level(DENSE).path)


def test_a_job_that_runs_out_of_its_minutes_goes_on(tmp_path: Path) -> None:
    """Slurm itself warns it. On a slow machine it may not be ready for that, and is tried again."""
    drive(tmp_path / "run", waiting(tmp_path, minutes=2), retries=3)
    assert len((tmp_path / "began").read_text().splitlines()) > 1


def test_a_job_that_has_to_make_way_goes_on(tmp_path: Path) -> None:
    is_requeued = False

    def requeue(status: Status) -> None:
        nonlocal is_requeued
        if not is_requeued and status.running and (tmp_path / "began").exists():
            is_requeued = True
            scontrol("requeue", *squeue("%i"))

    drive(tmp_path / "run", waiting(tmp_path), requeue)
    assert is_requeued


def test_a_job_that_was_cancelled_is_not_tried_again(tmp_path: Path) -> None:
    def cancel(status: Status) -> None:
        if status.running and (numbers := squeue("%i")):
            subprocess.run(("scancel", *numbers), check=True)

    with pytest.raises(JobError, match=r"^Slurm's job \d+ \(.*-wait-.*\) was cancelled$"):
        drive(tmp_path / "run", waiting(tmp_path), cancel, retries=3)


def test_what_slurm_refuses_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="invalid partition specified: none"):
        drive(tmp_path / "a", waiting(tmp_path), settings=Slurm(partition="none"))
    with pytest.raises(InputError, match=r"sbatch refuses .*time limit"):
        drive(tmp_path / "b", waiting(tmp_path, minutes=3_000))
