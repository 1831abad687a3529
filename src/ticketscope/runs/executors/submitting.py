"""Jobs that are submitted to a cluster, which does each when and where it likes.

Only jobs that may begin are submitted: a cluster that is told of dependencies keeps a job for ever
whose forerunner failed or vanished. What a job became is what `doing.do` says of it; a job of which
nothing is heard, since its worker or its node died, is submitted again. Any number of drivers may
work on one run, each with this loop: the lease of a job says who does it.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Generic, Literal, Protocol, TypeVar

from ticketscope.errors import JobError
from ticketscope.runs.doing import Done
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.leases import Holder, Patience, holder, place
from ticketscope.runs.looking import is_there
from ticketscope.runs.schedule import Schedule
from ticketscope.runs.store import Run
from ticketscope.system_errors import may_pass

_log = logging.getLogger(__name__)

Handle = TypeVar("Handle")


@dataclass(frozen=True)
class Lost:
    """What happened to a job of which no more is to be heard, as far as it is known."""

    why: str


class Cluster(Protocol[Handle]):
    """Does submitted jobs. All it knows of a run is one job at a time."""

    def submit(self, job: Job) -> Handle | None:
        """Have `doing.do` do the job, somewhere, some time; None: no more are taken now.

        Raises `InputError` where it would never be taken.
        """

    def poll(self, handle: Handle) -> Done | Lost | Literal["queued", "running"]:
        """What has become of it; asked every second."""

    def end(self, left: Mapping[Job, Handle]) -> None:
        """Nothing more is submitted or asked for. `left`: what has not ended, where the driver was
        interrupted; says what becomes of it."""


@dataclass(frozen=True)
class Submitting(Generic[Handle]):
    """The executor of a cluster.

    Args:
        root: the run directory.
        cluster: who does the jobs.
        max_submitted: how many may be submitted that have not ended.
        retries: how often a job is submitted again that was lost.
        patience: how long the lease of another is waited for.
        interval: seconds between two looks at all that is submitted.
    """

    root: Path
    cluster: Cluster[Handle]
    max_submitted: int
    retries: int
    patience: Patience
    interval: float = 1.0

    is_shared: Final = True

    def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
        """As of `Executor`."""
        schedule = Schedule(jobs)
        elsewhere = _Leases(Run(self.root), self.patience.lease_seconds)
        sitting: _Sitting[Handle] = _Sitting(schedule, elsewhere)
        pauses = list(self.patience.pauses)
        try:
            while not schedule.is_over:
                try:
                    self._look_round(sitting, watch)
                except OSError as error:
                    if not (may_pass(error) and pauses):
                        raise
                    _log.warning("%s; looking again in %g s", error, pauses[0])
                    time.sleep(pauses.pop(0))
                    continue
                pauses = list(self.patience.pauses)
                if not schedule.is_over:
                    time.sleep(self.interval)
        finally:
            self.cluster.end(sitting.submitted)
        schedule.raise_failures()

    def _look_round(self, sitting: "_Sitting[Handle]", watch: Callable[[Status], None]) -> None:
        """Submit what may begin, and ask after all that is submitted."""
        schedule, submitted, losses = sitting.schedule, sitting.submitted, sitting.losses
        self._submit(schedule, sitting.elsewhere, submitted)
        queued = set()
        for job, handle in list(submitted.items()):
            state = self.cluster.poll(handle)
            if state == "queued":
                queued.add(job)
            if isinstance(state, Lost) and is_there(job):
                state = Done("there")  # what it said went with another driver
            if isinstance(state, Lost):
                losses[job] += 1
                state = self._after_loss(job, state.why, losses[job])
            if isinstance(state, Done):
                del submitted[job]
                schedule.end(job, state, time.monotonic())
        watch(_with_queue(schedule.status, queued))

    def _submit(
        self, schedule: Schedule, elsewhere: "_Leases", submitted: dict[Job, Handle]
    ) -> None:
        """Submit what may begin, as long as the cluster takes more."""
        for job in schedule.ready(time.monotonic()):
            if len(submitted) >= self.max_submitted:
                return
            if known := self._known(job, elsewhere):
                schedule.begin(job)
                schedule.end(job, known, time.monotonic())
                continue
            handle = self.cluster.submit(job)
            if handle is None:
                return
            schedule.begin(job)
            submitted[job] = handle

    def _known(self, job: Job, elsewhere: "_Leases") -> Done | None:
        """What the driver can tell of a job that need not be submitted."""
        if elsewhere.beats(job):
            return Done("elsewhere")
        return Done("there") if is_there(job) else None

    def _after_loss(self, job: Job, why: str, times: int) -> Done:
        """Another try, or a failure where there were enough."""
        if times > self.retries:
            tries = f"lost {times} times" if times > 1 else "lost"
            return Done("failed", JobError, f"{job.name}: {tries}: {why}")
        _log.warning("%s: %s; trying again (%d of %d)", job.name, why, times, self.retries)
        return Done("elsewhere")


def _with_queue(status: Status, queued: set[Job]) -> Status:
    """A status that tells jobs that wait in the cluster from those at work."""
    at_work = tuple(job for job in status.running if job not in queued)
    return replace(status, running=at_work, num_queued=len(queued))


@dataclass
class _Sitting(Generic[Handle]):
    """What a driver knows of the jobs."""

    schedule: Schedule
    elsewhere: "_Leases"
    submitted: dict[Job, Handle] = field(default_factory=dict)
    losses: Counter[Job] = field(default_factory=Counter)


@dataclass
class _Leases:
    """Which jobs somebody else does, as the driver sees it: to submit one of them would only fill
    the queue with what ends at once."""

    run: Run
    seconds: float
    seen: dict[Job, tuple[Holder, float]] = field(default_factory=dict)
    """Of each lease its last heartbeat, and when it was first seen."""

    def beats(self, job: Job) -> bool:
        """Whether its lease is held, and beat when it was looked at during the last seconds."""
        found = holder(place(self.run, job.name))
        if found is None or (found.process and found.process.is_dead):
            return False
        now = time.monotonic()
        before, since = self.seen.get(job, (None, now))
        if found != before:
            self.seen[job] = (found, now)
            return True
        return now - since < self.seconds
