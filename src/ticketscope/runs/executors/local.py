"""Jobs on this machine's cores: worker processes, a fixed number of threads each.

Independent jobs run side by side because two busy threads on two busy cores are slower than one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import ClassVar

from ticketscope.config import Study
from ticketscope.runs.executors.executor import num_workers, patience_of
from ticketscope.runs.executors.spawning import safe_path, signals_held
from ticketscope.runs.executors.worker import Worker
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.leases import USUAL, Patience
from ticketscope.runs.schedule import Schedule
from ticketscope.runs.store import Run


@dataclass(frozen=True)
class LocalWorkers:
    """A limited number of workers on a run directory.

    Args:
        root: the run directory.
        workers: how many jobs may run side by side.
        interval: seconds after which `watch` is called though nothing has changed.
        patience: with others and with errors that may pass.
    """

    root: Path
    workers: int
    interval: float = 0.5
    patience: Patience = USUAL
    is_shared: ClassVar[bool] = False

    @classmethod
    def of(cls, root: Path, study: Study) -> "LocalWorkers":
        """As many as the study asks for."""
        return cls(root, num_workers(study), patience=patience_of(study, is_shared=cls.is_shared))

    def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
        """As of `Executor`."""
        threads = {job.resources.threads for job in jobs}
        assert len(threads) <= 1, "all workers have as many threads"
        schedule = Schedule(jobs)
        pool: list[Worker] = []
        try:
            while not schedule.is_over:
                self._hand_out(schedule, pool)
                busy = [worker for worker in pool if worker.job]
                watch(schedule.status)
                if not busy:  # whatever is left rests
                    time.sleep(self.interval)
                    continue
                ready = wait([w.connection for w in busy], timeout=self.interval)
                for worker in busy:
                    if worker.connection in ready:
                        schedule.end(*worker.result(), time.monotonic())
                        if worker.is_dead:
                            pool.remove(worker)
            watch(schedule.status)
        finally:
            for worker in pool:
                worker.end(Run(self.root))
            for worker in pool:
                worker.process.join()
        schedule.raise_failures()

    def _hand_out(self, schedule: Schedule, pool: list[Worker]) -> None:
        """Give each idle worker a job that need not wait, and start workers as long as there may be
        more."""
        for job in schedule.ready(time.monotonic()):
            idle = next((worker for worker in pool if worker.job is None), None)
            if idle is None and len(pool) < self.workers:
                with safe_path(), signals_held():
                    idle = Worker.start(self.root, job.resources, self.patience)
                    pool.append(idle)
            if idle is None:
                return
            schedule.begin(job)
            idle.give(job)
