"""Jobs on this machine's cores: worker processes, a fixed number of threads each.

Independent jobs run side by side because two busy threads on two busy cores are slower than one.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from pathlib import Path

from ticketscope.config import Study
from ticketscope.runs.executors.executor import num_workers
from ticketscope.runs.executors.worker import Worker
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.store import Run


@dataclass(frozen=True)
class LocalWorkers:
    """A limited number of workers on a run directory.

    Args:
        root: the run directory.
        workers: how many jobs may run side by side.
        interval: seconds after which `watch` is called though nothing has changed.
    """

    root: Path
    workers: int
    interval: float = 0.5

    @classmethod
    def of(cls, root: Path, study: Study) -> "LocalWorkers":
        """As many as the study asks for."""
        return cls(root, num_workers(study))

    def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
        """As of `Executor`."""
        assert len({job.resources for job in jobs}) <= 1, "all workers have as many threads"
        waiting = {job.name: job for job in jobs}
        finished: list[Job] = []
        there: set[Job] = set()
        pool: list[Worker] = []
        try:
            while waiting or any(worker.job for worker in pool):
                self._hand_out(waiting, {job.name for job in finished}, pool)
                busy = [worker for worker in pool if worker.job]
                assert busy, f"jobs wait for each other: {sorted(waiting)}"
                running = tuple(worker.job for worker in busy if worker.job)
                watch(Status(running, tuple(finished), len(jobs), frozenset(there)))
                ready = wait([w.connection for w in busy], timeout=self.interval)
                for worker in busy:
                    if worker.connection in ready:
                        job, is_new = worker.result()
                        finished.append(job)
                        if not is_new:
                            there.add(job)
            watch(Status((), tuple(finished), len(jobs), frozenset(there)))
        finally:
            for worker in pool:
                worker.end(Run(self.root).costs)
            for worker in pool:
                worker.process.join()

    def _hand_out(self, waiting: dict[str, Job], finished: set[str], pool: list[Worker]) -> None:
        """Give each idle worker a job that need not wait, and start workers as long as there may be
        more."""
        for job in list(waiting.values()):
            if not job.needs <= finished:
                continue
            idle = next((worker for worker in pool if worker.job is None), None)
            if idle is None and len(pool) < self.workers:
                with _safe_path(), _signals_held():
                    idle = Worker.start(self.root, job.resources)
                    pool.append(idle)
            if idle is None:
                return
            idle.give(waiting.pop(job.name))


@contextmanager
def _safe_path() -> Iterator[None]:
    """Processes started here import nothing from the working directory, whose files are the user's.

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
    """Holds Ctrl-C and SIGTERM back, so that no worker is left half started or without a parent.

    A worker starts with them blocked: a terminal's Ctrl-C reaches it too, but the parent decides.
    """
    resource_tracker.ensure_running()  # here, because it unblocks them when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
