"""Drivers: processes that have the jobs of a run done. One at a time, or any number at once where
the executor is shared."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ticketscope.errors import JobError
from ticketscope.files import is_ours_or_dead, leftovers, sweep
from ticketscope.processes import Process, this_process
from ticketscope.runs.leases import (
    Holder,
    LeaseLostError,
    Patience,
    clear,
    holders,
    leased,
    wait_for_a_beat,
)
from ticketscope.runs.store import Run

_DRIVER = "driver"
_TURN_SECONDS = 0.5


@contextmanager
def driving(run: Run, patience: Patience, *, is_shared: bool) -> Iterator[None]:
    """Hold the run, alone or together with other drivers, and remove what dead processes left.

    Raises `InputError` where it cannot be held, and `JobError` where this process was stopped for
    so long that others counted it as dead.
    """
    with run.locked(is_shared=is_shared):
        try:
            with leased(run, f"{_DRIVER} {this_process()}", patience):
                left = Leftovers(run, patience)
                try:
                    yield
                    left.sweep()
                finally:
                    clear(run, _is_dead)  # of workers that were ended
        except LeaseLostError as error:
            raise JobError(f"{error}; give the same command again to go on") from None


@contextmanager
def in_turn(run: Run, name: str, patience: Patience) -> Iterator[None]:
    """Do something that drivers do themselves, under a lease of this name; wait for whoever has
    it."""
    while True:
        with leased(run, f"{_DRIVER} {name}", patience) as is_ours:
            if is_ours:
                yield
                return
        time.sleep(_TURN_SECONDS)


def is_no_job_at_work(run: Run) -> bool:
    """Whether nobody does a job of the run at this moment."""
    return not _jobs(holders(run))


def at_work(run: Run, patience: Patience) -> frozenset[str] | None:
    """The names of the jobs that somebody does now; None: nobody works on the run.

    Where only processes of other machines have leases, their heartbeats are waited for.
    """
    found = holders(run)
    if not any(each.process and each.process.is_here for each in found):
        found = wait_for_a_beat(run, found, patience)
    if not found and not run.is_locked():
        return None
    return _jobs(found)


def _jobs(found: list[Holder]) -> frozenset[str]:
    """What they do, but for what drivers do themselves."""
    return frozenset(each.name for each in found if not each.name.startswith(f"{_DRIVER} "))


def _is_dead(holder: Holder) -> bool:
    return holder.process is not None and holder.process.is_dead


class Leftovers:
    """What processes left that did not end by themselves.

    What a process left that is known to be dead goes at once. Whether a process of another machine
    is, nobody can tell: what such a one left goes at the end of a sitting, if it was there at its
    beginning and no heartbeat of that process has changed since.
    """

    def __init__(
        self, run: Run, patience: Patience, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._run, self._patience, self._now = run, patience, now
        clear(run, _is_dead)
        sweep(run.root, is_alone=is_no_job_at_work(run))
        self._since = now()
        self._before = set(holders(run))
        self._seen = {path for path, _ in leftovers(run.root)}

    def sweep(self) -> None:
        """At the end of a sitting."""
        if self._now() - self._since < self._patience.lease_seconds:
            return
        beating = {each.process for each in holders(self._run) if each not in self._before}

        def is_still(each: Holder) -> bool:
            is_running = each.process is not None and each.process.is_running
            return each in self._before and not is_running

        def is_abandoned(path: Path, process: Process) -> bool:
            is_silent = path in self._seen and process not in beating and not process.is_running
            return is_ours_or_dead(path, process) or is_silent

        clear(self._run, is_still)
        sweep(self._run.root, is_abandoned, is_alone=is_no_job_at_work(self._run))
