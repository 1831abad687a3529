"""What an executor is: whoever does the jobs of a run, each after those it needs."""

import os
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ticketscope.config import Study
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.leases import Patience


class Executor(Protocol):
    """Does jobs, somewhere."""

    @property
    def is_shared(self) -> bool:
        """Whether several drivers may work on one run: then a second `run` joins the first."""

    def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
        """Do every job that can be done, each after those it needs, by `doing.do`.

        `watch` is called on every change, the last time when nothing more can be done. A job that
        fails leaves the others running but for those that need it; at the end it is raised here
        (`Schedule.raise_failures`): `InputError` and `JobError` as they are, anything else as a
        `RuntimeError` with its traceback, several failures as one `JobError` that names each.
        """


_SUBMITTED: Final = 100


def num_workers(study: Study) -> int:
    """Jobs side by side; when it is left open, as many as this machine's cores allow, or one per
    GPU. Of a cluster, which has machines of its own: how many are submitted and have not ended."""
    if study.execution.workers:
        return study.execution.workers
    if not study.execution.is_here:
        return _SUBMITTED
    if study.device == "cuda":
        return 1
    return max(1, len(os.sched_getaffinity(0)) // (study.threads * study.ranks))


def num_cores(study: Study) -> int:
    """Cores of this machine that the work may take; when it is left open, all that there are."""
    if study.execution.workers:
        return study.execution.workers * study.threads * study.ranks
    return len(os.sched_getaffinity(0))


def patience_of(study: Study, *, is_shared: bool = True) -> Patience:
    """How long a study waits for others; `is_shared`: as of `Executor`."""
    return Patience(study.execution.lease_seconds, is_shared=is_shared)
