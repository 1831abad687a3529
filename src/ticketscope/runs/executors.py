"""Jobs with dependencies on this machine's cores: worker processes, a fixed number of threads each.

Independent jobs run side by side because two busy threads on two busy cores are slower than one.
Jobs are crash-only: they skip what is complete and write atomically, so stopping means killing.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ticketscope.config import Experiment
from ticketscope.console import streams
from ticketscope.errors import InputError, JobError
from ticketscope.files import explained
from ticketscope.machine import use_threads
from ticketscope.runs.costs import cpu_seconds_of, journalled, note_cost
from ticketscope.runs.store import Run

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A module-level function with its arguments, and the names of the jobs it waits for.

    The function returns False when it found its work done already.
    """

    name: str
    function: Callable[..., bool | None]
    arguments: tuple[Any, ...]
    needs: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Status:
    """What a run of jobs looks like at a moment."""

    running: tuple[str, ...]
    finished: tuple[str, ...]
    num_jobs: int
    there: frozenset[str] = frozenset()
    """Those of the finished jobs that had nothing to do."""


def num_workers(experiment: Experiment) -> int:
    """Workers to use; when it is left open, as many as the cores allow, or one per GPU."""
    if experiment.execution.workers:
        return experiment.execution.workers
    if experiment.training.device == "cuda":
        return 1
    return max(1, len(os.sched_getaffinity(0)) // experiment.training.threads)


def run_jobs(
    jobs: Iterable[Job],
    *,
    root: Path,
    workers: int,
    threads: int,
    watch: Callable[[Status], None],
    interval: float = 0.5,
) -> None:
    """Run every job, each after those it needs, at most `workers` at a time.

    `watch` is called on every change and every `interval` seconds. The first error ends all other
    jobs and is raised here: `InputError` and `JobError` as they are, anything else as a
    `RuntimeError` with the worker's traceback.
    """
    waiting = {job.name: job for job in jobs}
    num_jobs = len(waiting)
    finished: list[str] = []
    there: set[str] = set()
    pool: list[_Worker] = []
    try:
        while waiting or any(worker.job for worker in pool):
            _hand_out(waiting, finished, pool, workers, root, threads)
            busy = [worker for worker in pool if worker.job]
            assert busy, f"jobs wait for each other: {sorted(waiting)}"
            running = tuple(worker.job for worker in busy if worker.job)
            watch(Status(running, tuple(finished), num_jobs, frozenset(there)))
            ready = wait([w.connection for w in busy], timeout=interval)
            for worker in busy:
                if worker.connection in ready:
                    name, is_new = worker.result()
                    finished.append(name)
                    if not is_new:
                        there.add(name)
        watch(Status((), tuple(finished), num_jobs, frozenset(there)))
    finally:
        for worker in pool:
            worker.end(Run(root).costs)
        for worker in pool:
            worker.process.join()


def _hand_out(
    waiting: dict[str, Job],
    finished: list[str],
    pool: list["_Worker"],
    workers: int,
    root: Path,
    threads: int,
) -> None:
    for job in list(waiting.values()):
        if not job.needs <= set(finished):
            continue
        idle = next((worker for worker in pool if worker.job is None), None)
        if idle is None and len(pool) < workers:
            with _safe_path(), _signals_held():
                idle = _Worker.start(root, threads)
                pool.append(idle)
        if idle is None:
            return
        idle.give(waiting.pop(job.name))


@contextmanager
def _safe_path() -> Iterator[None]:
    """What starts here imports nothing from the working directory, where files are the user's.

    multiprocessing starts workers and its resource tracker by `python -c`, which would look there
    first: a socket.py that happens to lie there would be run.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


@contextmanager
def _signals_held() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait, so that no worker is half started or belongs to nobody.

    A worker starts with them blocked: a terminal's Ctrl-C reaches it too, but the parent decides.
    """
    resource_tracker.ensure_running()  # here, because it unblocks them when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    job: str | None = None
    since: tuple[float, float, float | None] = (0.0, 0.0, None)
    """When the job was given: by the clock, monotonic, and the processor time until then."""

    @classmethod
    def start(cls, root: Path, threads: int) -> "_Worker":
        context = multiprocessing.get_context("spawn")  # threads and locks do not survive a fork
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, root, threads), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def give(self, job: Job) -> None:
        self.job = job.name
        assert self.process.pid is not None
        self.since = (time.time(), time.monotonic(), cpu_seconds_of(self.process.pid))
        with suppress(BrokenPipeError):  # died while idle: `result` tells
            self.connection.send((job.name, job.function, job.arguments))

    def result(self) -> tuple[str, bool]:
        """The name of the finished job and whether it was done now; raises what went wrong."""
        assert self.job is not None
        try:
            error, text, is_new, notes = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            raise JobError(
                f"{self.job}: its process died ({_death(self.process.exitcode)}); "
                "give the same command again to go on"
            ) from None
        for note in dict.fromkeys(notes):
            _log.warning("%s", note)
        name, self.job = self.job, None
        if error is not None:
            raise error(text)
        return name, is_new

    def end(self, journal: Path) -> None:
        """Kill it, and note what the job cost that it was at."""
        assert self.process.pid is not None
        start, since, cpu_before = self.since
        cpu_now = cpu_seconds_of(self.process.pid)
        self.process.kill()
        if self.job is not None:
            cpu = None if cpu_before is None or cpu_now is None else cpu_now - cpu_before
            note_cost(journal, self.job, start, time.monotonic() - since, cpu, None)


def _death(exitcode: int | None) -> str:
    if exitcode == -signal.SIGKILL:
        return "killed; was the machine out of memory?"
    return f"exit code {exitcode}"


def _work(connection: Connection, root: Path, threads: int) -> None:
    """The life of a worker; Ctrl-C stays blocked in it."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    _die_with_parent()
    streams.prepare()
    use_threads(threads)
    import torch

    torch.set_num_threads(threads)
    notes = _Notes()
    logging.getLogger("ticketscope").addHandler(notes)
    run = Run(root)
    with run.worker_present():
        while True:
            try:
                name, function, arguments = connection.recv()
            except EOFError:
                return
            notes.lines.clear()
            with journalled(run.costs, name):
                error, text, is_new = _outcome(function, arguments)
            connection.send((error, text, is_new, notes.lines))


class _Notes(logging.Handler):
    """Keeps what is logged in a worker, for the parent to say: it knows what is on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _outcome(
    function: Callable[..., bool | None], arguments: tuple[Any, ...]
) -> tuple[type[Exception] | None, str, bool]:
    """What went wrong, if anything, and whether the work was done now."""
    try:
        is_new = function(*arguments) is not False
    except (InputError, JobError) as error:
        return type(error), str(error), True
    except OSError as error:
        line = explained(error)
        return type(line), str(line), True
    except Exception:
        return RuntimeError, f"in a worker process:\n{traceback.format_exc()}", True
    return None, "", is_new


def _die_with_parent() -> None:
    """End this process at once when the parent is gone, even by SIGKILL."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
