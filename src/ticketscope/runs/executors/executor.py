"""What an executor is: whoever does the jobs of a run, each after those it needs."""

import os
from collections.abc import Callable, Sequence
from typing import Protocol

from ticketscope.config import Study
from ticketscope.runs.jobs import Job, Status


class Executor(Protocol):
    """Does jobs, somewhere."""

    def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
        """Do every job, each after those it needs, and note in the journal what each cost.

        `watch` is called on every change, the last time when all jobs are finished. The first error
        ends all other jobs and is raised here: `InputError` and `JobError` as they are, anything
        else as a `RuntimeError` with its traceback.
        """


def num_workers(study: Study) -> int:
    """Jobs side by side; when it is left open, as many as the cores allow, or one per GPU."""
    if study.execution.workers:
        return study.execution.workers
    if study.device == "cuda":
        return 1
    return max(1, len(os.sched_getaffinity(0)) // study.threads)
