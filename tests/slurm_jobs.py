"""Jobs as functions that another process can import, and a queue without Slurm: submitit's local
executor, which warns, ends and requeues as Slurm does."""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from submitit import LocalExecutor, LocalJob

from ticketscope.config import Experiment
from ticketscope.errors import JobError
from ticketscope.runs.executors.sbatch import Entry
from ticketscope.runs.jobs import Resources
from ticketscope.runs.looking import work_begins
from ticketscope.runs.store import LevelId


def note(path: Path) -> bool:
    """Nothing to do where it was done; two that do it at once leave two lines."""
    if path.exists():
        return False
    work_begins()
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return True


def fail() -> None:
    raise JobError("the reason")


def die_once(path: Path) -> bool:
    """Vanish without a word; the second time it is done."""
    if note(path):
        os.kill(os.getpid(), signal.SIGKILL)
    return True


def wait_once(path: Path) -> bool:
    """One more line each time; the first time for ever."""
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")
    if len(path.read_text().splitlines()) == 1:
        threading.Event().wait()
    return True


def train_interrupted(root: Path, level: LevelId, experiment: Experiment, marker: Path) -> bool:
    """Train; after the third checkpoint Slurm's warning comes, once."""
    from ticketscope.lottery.levels import make_level
    from ticketscope.lottery.trainer import Checkpoint

    write, written = Checkpoint.write, 0

    def writing(checkpoint: Checkpoint, path: Path) -> None:
        nonlocal written
        write(checkpoint, path)
        written += 1
        if written == 3 and note(marker):
            os.kill(os.getpid(), signal.SIGUSR2)

    Checkpoint.write = writing  # type: ignore[method-assign]
    return make_level(root, level, experiment)


@dataclass
class LocalQueue:
    """Jobs in processes of this machine, one controller each."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, LocalJob[None]] = field(default_factory=dict)

    def submit(self, task: Callable[[], None], name: str, _resources: Resources) -> str | None:
        executor = LocalExecutor(self.folder)
        executor.update_parameters(timeout_min=60)
        job = executor.submit(task)
        self.names[job.job_id], self.jobs[job.job_id] = name, job
        return str(job.job_id)

    def wait(self) -> None:
        """Until all processes have ended."""
        for job in self.jobs.values():
            assert job._process is not None
            job._process.wait()

    def look(self) -> Mapping[str, Entry]:
        return {
            number: Entry(self.names[number], "COMPLETED" if job.done() else "RUNNING")
            for number, job in self.jobs.items()
        }
