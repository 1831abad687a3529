"""Jobs on the nodes of a Slurm cluster, submitted by submitit.

A job is one submission, never part of an array: jobs become ready one by one, and each is tried
again alone. Slurm warns a job that runs out of its minutes or has to make way; submitit then puts
it back into the queue, and it goes on later from its last checkpoint. Of submitit's files none is
believed: a job says itself what became of it, in a file of its own beside them.

These files lie beside the run directory, in `FOLDER/NAME`, which every node sees that sees the run.
They go when all has ended well.
"""

import hashlib
import logging
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar

from ticketscope.config import Study
from ticketscope.errors import JobError
from ticketscope.files import read_json, write_json
from ticketscope.machine import compute_with
from ticketscope.runs.doing import KINDS, Done, do
from ticketscope.runs.executors.executor import num_workers, patience_of
from ticketscope.runs.executors.sbatch import PREFIX, Entry, SlurmQueue, require, script
from ticketscope.runs.executors.submitting import Lost, Submitting
from ticketscope.runs.jobs import Job, Resources
from ticketscope.runs.leases import Patience

if TYPE_CHECKING:
    from submitit.core.utils import DelayedSubmission

_log = logging.getLogger(__name__)

SLURM: Final = "slurm"
FOLDER: Final = ".ticketscope-slurm"
_OUTCOME: Final = "{}_done.json"
_KINDS: Final = {kind.__name__: kind for kind in KINDS}
_GRACE: Final = 60.0
"""Seconds until a job that is no longer in the queue is lost: a file server may tell that late of
a file that another node made."""
_LOOKS_AT_THE_END: Final = 10
_How = TypeVar("_How", Done, Lost)


def submitting(root: Path, study: Study) -> Submitting[str]:
    """The executor of a run directory. Raises `InputError` where nothing can be submitted."""
    settings, folder = study.execution.slurm, folder_of(root)
    require(study.execution)
    queue = SlurmQueue(folder, settings)
    patience = patience_of(study)
    jobs = Submissions(root, folder, queue, patience, settings.poll_seconds)
    return Submitting(root, jobs, num_workers(study), study.execution.retries, patience)


def script_of(root: Path, study: Study, resources: Resources) -> str:
    """What sbatch is given for a job that asks for this; JOB stands there for its name.

    Raises `InputError` without submitit.
    """
    return script(folder_of(root), study.execution.slurm, f"{_prefix(root)}JOB", resources)


def folder_of(root: Path) -> Path:
    """Where submitit's files of a run lie."""
    root = root.resolve()
    return root.parent / FOLDER / root.name


@dataclass(frozen=True)
class Task:
    """What submitit keeps and a node does: one job, once more after each time it was interrupted.

    Args:
        job: what to do.
        root: of which run directory.
        folder: where to say what became of it.
        patience: how long others are waited for.
    """

    job: Job
    root: Path
    folder: Path
    patience: Patience

    def __call__(self) -> None:
        """Do it."""
        from submitit import JobEnvironment

        compute_with(self.job.resources.threads)
        done = do(self.job, self.root, self.patience)
        said = {**asdict(done), "kind": done.kind.__name__}
        write_json(self.folder / _OUTCOME.format(JobEnvironment().job_id), said)

    def checkpoint(self) -> "DelayedSubmission":
        """What is to be done after an interruption: the same, which finds what it has saved."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


class Queue(Protocol):
    """Where jobs are submitted and looked for; a job has a number there."""

    def submit(self, task: Callable[[], None], name: str, resources: Resources) -> str | None:
        """Submit it; returns its number, or None where no more are taken now."""

    def look(self) -> Mapping[str, Entry] | None:
        """What is there by number; None where that cannot be told now."""


@dataclass
class Submissions:
    """The jobs of a run in a queue, as `Submitting` wants them.

    Args:
        root: the run directory.
        folder: where submitit's files lie.
        queue: where to submit them.
        patience: how long others are waited for.
        poll_seconds: between two looks into the queue.
        grace: seconds until a job is lost that is no longer there.
    """

    root: Path
    folder: Path
    queue: Queue
    patience: Patience
    poll_seconds: float
    grace: float = _GRACE
    _entries: Mapping[str, Entry] = field(default_factory=dict, init=False)
    _next_look: float = field(default=0.0, init=False)
    _gone_since: dict[str, float] = field(default_factory=dict, init=False)
    _names: dict[str, str] = field(default_factory=dict, init=False)
    _over: set[str] = field(default_factory=set, init=False)
    """The numbers of what has ended."""
    _failed: set[str] = field(default_factory=set, init=False)
    """The names of what ended badly, and not well after that."""

    def submit(self, job: Job) -> str | None:
        """As of `Cluster`. What another driver submitted, dead or alive, is not submitted again."""
        name = submission_name(self.root, job)
        for number, entry in self._looked().items():
            if entry.name == name and not entry.has_ended and number not in self._over:
                self._names[number] = name
                return number
        task = Task(job, self.root.resolve(), self.folder, self.patience)
        # What lies there is executed.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        submitted = self.queue.submit(task, name, job.resources)
        if submitted is not None:
            self._names[submitted] = name
        return submitted

    def poll(self, handle: str) -> Done | Lost | Literal["queued", "running"]:
        """As of `Cluster`."""
        if done := self._outcome(handle):
            return self._ended(handle, done)
        entry = self._looked().get(handle)
        if entry and not entry.has_ended:
            self._gone_since.pop(handle, None)
            return "running" if entry.state == "RUNNING" else "queued"
        now = time.monotonic()
        if now - self._gone_since.setdefault(handle, now) < self.poll_seconds + self.grace:
            return "queued"  # it may have been submitted since the last look
        if entry and entry.state == "CANCELLED":
            text = f"Slurm's job {handle} ({entry.name}) was cancelled"
            return self._ended(handle, Done("failed", JobError, text))
        how = f" ({entry.state.lower().replace('_', ' ')})" if entry else ""
        see = self.folder / f"{handle}_*"
        return self._ended(
            handle, Lost(f"Slurm's job {handle} ended without a word{how}; see {see}")
        )

    def _ended(self, handle: str, how: _How) -> _How:
        self._over.add(handle)
        if isinstance(how, Done) and how.state != "failed":
            self._failed.discard(self._names[handle])
        else:
            self._failed.add(self._names[handle])
        return how

    def end(self, left: Mapping[Job, str]) -> None:
        """As of `Cluster`. Jobs go on without a driver, since on a cluster that is the machine that
        one is logged out of; whoever wants to end them is told how."""
        if left:
            _log.warning(
                "%d job(s) go on in Slurm, and the same command joins them again; to end them: "
                "scancel %s",
                len(left),
                " ".join(left.values()),
            )
        elif not self._failed and self._is_deserted():
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):
                self.folder.parent.rmdir()

    def _is_deserted(self) -> bool:
        """Whether no job of the run is in the queue; those that are just ending are waited for."""
        for _ in range(_LOOKS_AT_THE_END):
            entries = self.queue.look()
            if entries is None:
                return False
            ours = _prefix(self.root)
            there = {n for n, e in entries.items() if e.name.startswith(ours) and not e.has_ended}
            if not there <= self._over:
                return False
            if not there:
                return True
            time.sleep(1.0)
        return False

    def _looked(self) -> Mapping[str, Entry]:
        """The queue as it was at the last look."""
        if time.monotonic() >= self._next_look:
            seen = self.queue.look()
            self._entries = self._entries if seen is None else seen
            if seen is None:
                self._gone_since.clear()  # of nothing it is known that it is no longer there
            self._next_look = time.monotonic() + self.poll_seconds
        return self._entries

    def _outcome(self, number: str) -> Done | None:
        path = self.folder / _OUTCOME.format(number)
        if not path.exists():
            return None
        said = read_json(path)
        return Done(said["state"], _KINDS[said["kind"]], said["text"], tuple(said["notes"]))


def submission_name(root: Path, job: Job) -> str:
    """What Slurm calls it: readable, and the same for every driver that wants the same done."""
    readable = re.sub(r"[^A-Za-z0-9_.]+", "-", job.name)[:60]
    # Pickles, and whatever has the order of a set, are others in every process.
    settings = [each.model_dump_json() for each in job.arguments if isinstance(each, Study)]
    content = repr((job.name, job.resources, settings)).encode()
    return f"{_prefix(root)}{readable}-{hashlib.sha256(content).hexdigest()[:8]}"


def _prefix(root: Path) -> str:
    return f"{PREFIX}{hashlib.sha256(bytes(root.resolve())).hexdigest()[:8]}-"
