"""Which jobs may begin, and what became of the others: what is alike for all executors."""

import logging
from collections.abc import Iterable
from typing import Final

from ticketscope.errors import DiskFullError, JobsFailedError
from ticketscope.runs.doing import Done
from ticketscope.runs.jobs import Failure, Job, Status

_log = logging.getLogger(__name__)

_FIRST_REST: Final = 0.5
_LONGEST_REST: Final = 30.0


class Schedule:
    """The jobs of an executor from the first to the last.

    A job that fails leaves those running that do not need it. A job that another driver's worker
    has rests for a while, longer each time, and is then asked for again. After a full disk, which
    every job would meet, none is begun.

    Args:
        jobs: all of them, each after or before those it needs.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = tuple(jobs)
        self._waiting = {job.name: job for job in self._jobs}
        self._resting: dict[str, float] = {}
        """Until when, by whatever clock `ready` is asked with."""
        self._rests: dict[str, float] = {}
        self._running: dict[str, Job] = {}
        self._finished: list[Job] = []
        self._there: set[Job] = set()
        self._failures: list[Failure] = []
        self._names_done: set[str] = set()

    def ready(self, now: float) -> list[Job]:
        """Those that may begin, in the order given. `now`: seconds by any clock that only grows."""
        return [job for job in self._able() if self._resting.get(job.name, now) <= now]

    def begin(self, job: Job) -> None:
        """The job is at work from now on."""
        self._running[job.name] = self._waiting.pop(job.name)

    def end(self, job: Job, done: Done, now: float) -> None:
        """The job is at work no more; its notes are told."""
        for note in dict.fromkeys(done.notes):
            _log.warning("%s", note)
        del self._running[job.name]
        if done.state == "elsewhere":
            rest = self._rests.get(job.name, _FIRST_REST)
            self._rests[job.name] = min(2 * rest, _LONGEST_REST)
            self._resting[job.name] = now + rest
            self._waiting[job.name] = job
        elif done.state == "failed":
            self._failures.append(Failure(job, done.kind, done.text))
        else:
            self._finished.append(job)
            self._names_done.add(job.name)
            if done.state == "there":
                self._there.add(job)

    @property
    def is_over(self) -> bool:
        """Whether nothing is at work and nothing more can be done."""
        if self._running or self._able():
            return False
        assert self._failures or not self._waiting, f"jobs wait for each other: {[*self._waiting]}"
        return True

    @property
    def status(self) -> Status:
        """How far they are; what another driver has done, as far as is known, is at work too."""
        elsewhere = (job for name, job in self._waiting.items() if name in self._resting)
        return Status(
            (*self._running.values(), *elsewhere),
            tuple(self._finished),
            len(self._jobs),
            frozenset(self._there),
            tuple(self._failures),
        )

    def raise_failures(self) -> None:
        """Raise what went wrong, if anything did: one failure as it is, several as one
        `JobsFailedError` that names each, and how many jobs were not done because of them."""
        if len(self._failures) == 1:
            [failure] = self._failures
            raise failure.kind(failure.text)
        if self._failures:
            left = f"; {len(self._waiting)} more not begun" if self._waiting else ""
            named = ((f"{failure.job.name}: ", failure.text) for failure in self._failures)
            lines = [name + text.removeprefix(name) for name, text in named]
            raise JobsFailedError("\n".join([f"{len(lines)} jobs failed{left}:", *lines]))

    def _able(self) -> list[Job]:
        """Those that wait for no other job."""
        if any(issubclass(failure.kind, DiskFullError) for failure in self._failures):
            return []
        return [job for job in self._waiting.values() if job.needs <= self._names_done]
