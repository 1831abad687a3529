"""A worker: a process with a fixed number of threads that does one job after the other."""

import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from ticketscope.console import streams
from ticketscope.errors import JobError
from ticketscope.machine import compute_with
from ticketscope.runs.doing import Done, do
from ticketscope.runs.jobs import Job, Resources
from ticketscope.runs.journal import cpu_seconds_of, note_cost
from ticketscope.runs.leases import Patience
from ticketscope.runs.store import Run


@dataclass
class Worker:
    """The process as its parent sees it."""

    process: BaseProcess
    connection: Connection
    job: Job | None = None
    since: tuple[float, float, float | None] = (0.0, 0.0, None)
    """When the job was given: by the clock, monotonic, and the processor time until then."""
    is_dead: bool = False

    @classmethod
    def start(cls, root: Path, resources: Resources, patience: Patience) -> "Worker":
        """Start a worker for a run directory; it is idle at first."""
        context = multiprocessing.get_context("spawn")  # threads and locks do not survive a fork
        here, there = context.Pipe()
        arguments = (there, root, resources.threads, patience)
        process = context.Process(target=_work, args=arguments, daemon=True)
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

    def result(self) -> tuple[Job, Done]:
        """The job that it has, and what became of it."""
        assert self.job is not None
        job, self.job = self.job, None
        try:
            done: Done = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            self.is_dead = True
            text = f"its process died ({self._death}); give the same command again to go on"
            return job, Done("failed", JobError, f"{job.name}: {text}")
        return job, done

    @property
    def _death(self) -> str:
        code = self.process.exitcode
        if code == -signal.SIGKILL:
            return "killed; was the machine out of memory?"
        return f"exit code {code}"

    def end(self, run: Run) -> None:
        """Kill it, and note what its unfinished job cost."""
        assert self.process.pid is not None
        start, since, cpu_before = self.since
        cpu_now = cpu_seconds_of(self.process.pid)
        self.process.kill()
        if self.job is not None:
            cpu = None if cpu_before is None or cpu_now is None else cpu_now - cpu_before
            seconds = time.monotonic() - since
            note_cost(run, self.job.stage, self.job.network, start, seconds, cpu, None)


def _work(connection: Connection, root: Path, threads: int, patience: Patience) -> None:
    """The life of a worker; Ctrl-C stays blocked in it."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    _die_with_parent()
    streams.prepare()
    compute_with(threads)
    with Run(root).worker_present():
        while True:
            try:
                job = connection.recv()
            except EOFError:
                return
            connection.send(do(job, root, patience))


def _die_with_parent() -> None:
    """End this process at once when the parent is gone, even by SIGKILL."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
