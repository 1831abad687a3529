"""A worker: a process with a fixed number of threads that does one job after the other."""

import logging
import multiprocessing
import os
import signal
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from ticketscope.console import streams
from ticketscope.errors import InputError, JobError
from ticketscope.files import explained
from ticketscope.machine import use_threads
from ticketscope.runs.jobs import Job, Resources
from ticketscope.runs.journal import cpu_seconds_of, journalled, note_cost
from ticketscope.runs.store import Run

_log = logging.getLogger(__name__)


@dataclass
class Worker:
    """The process as its parent sees it."""

    process: BaseProcess
    connection: Connection
    job: Job | None = None
    since: tuple[float, float, float | None] = (0.0, 0.0, None)
    """When the job was given: by the clock, monotonic, and the processor time until then."""

    @classmethod
    def start(cls, root: Path, resources: Resources) -> "Worker":
        """Start a worker for a run directory; it is idle at first."""
        context = multiprocessing.get_context("spawn")  # threads and locks do not survive a fork
        here, there = context.Pipe()
        process = context.Process(target=_work, args=(there, root, resources.threads), daemon=True)
        process.start()
        there.close()
        return cls(process, here)

    def give(self, job: Job) -> None:
        """Have it do the job."""
        self.job = job
        assert self.process.pid is not None
        self.since = (time.time(), time.monotonic(), cpu_seconds_of(self.process.pid))
        with suppress(BrokenPipeError):  # died while idle: `result` tells
            self.connection.send(job)

    def result(self) -> tuple[Job, bool]:
        """The finished job and whether it was done now; raises what went wrong."""
        assert self.job is not None
        try:
            error, text, is_new, notes = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            raise JobError(
                f"{self.job.name}: its process died ({_death(self.process.exitcode)}); "
                "give the same command again to go on"
            ) from None
        for note in dict.fromkeys(notes):
            _log.warning("%s", note)
        job, self.job = self.job, None
        if error is not None:
            raise error(text)
        return job, is_new

    def end(self, journal: Path) -> None:
        """Kill it, and note what its unfinished job cost."""
        assert self.process.pid is not None
        start, since, cpu_before = self.since
        cpu_now = cpu_seconds_of(self.process.pid)
        self.process.kill()
        if self.job is not None:
            cpu = None if cpu_before is None or cpu_now is None else cpu_now - cpu_before
            seconds = time.monotonic() - since
            note_cost(journal, self.job.stage, self.job.network, start, seconds, cpu, None)


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
                job = connection.recv()
            except EOFError:
                return
            notes.lines.clear()
            with journalled(run.costs, job.stage, job.network):
                error, text, is_new = outcome(job)
            connection.send((error, text, is_new, notes.lines))


class _Notes(logging.Handler):
    """Keeps what a worker logs; the parent prints it, since it knows what is on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def outcome(job: Job) -> tuple[type[Exception] | None, str, bool]:
    """Do a job; returns what went wrong, if anything, and whether the work was done now."""
    try:
        is_new = job.do()
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
