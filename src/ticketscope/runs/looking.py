"""Looking whether a job is done, without doing it.

A worker of this machine finds out by the way. To ask a cluster takes a place in its queue, so the
driver looks itself, by the same function: where that would begin to work it stops.
"""

from contextlib import suppress
from contextvars import ContextVar

from ticketscope.runs.jobs import Job

_is_looking: ContextVar[bool] = ContextVar("is_looking", default=False)


class NotThereError(Exception):
    """Something is left to do of a job that is only looked at."""


def work_begins() -> None:
    """To be called by what jobs do, before they change anything or take long."""
    if _is_looking.get():
        raise NotThereError


def is_there(job: Job) -> bool:
    """Whether nothing is left to do of a job; False where its function does not tell, and where
    something is wrong: whoever does the job says what."""
    if not job.tells:
        return False
    before = _is_looking.set(True)
    try:
        with suppress(Exception):
            return not job.do()
    finally:
        _is_looking.reset(before)
    return False
