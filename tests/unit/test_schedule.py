"""Which jobs may begin, and what became of the others."""

import pytest

from ticketscope.errors import DiskFullError, InputError, JobError, JobsFailedError
from ticketscope.runs.doing import Done
from ticketscope.runs.jobs import Job
from ticketscope.runs.schedule import Schedule


def job(name: str, needs: str = "") -> Job:
    return Job(name, None, bool, (), frozenset(needs.split()))


A, B, C = job("a"), job("b", "a"), job("c")


def ended(schedule: Schedule, which: Job, done: Done, now: float = 0.0) -> None:
    schedule.begin(which)
    schedule.end(which, done, now)


def test_a_job_that_another_has_rests_longer_each_time_and_is_at_work_meanwhile() -> None:
    schedule, now, rests = Schedule([A, B]), 0.0, []
    for _ in range(9):
        ended(schedule, A, Done("elsewhere"), now)
        assert schedule.status.running == (A,)
        assert not schedule.is_over
        assert schedule.ready(now) == []
        before = now
        while not schedule.ready(now):
            now += 0.5
        rests.append(now - before)
    assert rests == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    ended(schedule, A, Done("there"), now)
    assert (schedule.status.finished, schedule.status.running) == ((A,), ())
    assert schedule.ready(now) == [B]


def test_what_needs_a_failed_job_is_not_begun_and_all_else_is() -> None:
    schedule = Schedule([B, A, C])
    ended(schedule, A, Done("failed", InputError, "the reason"))
    assert schedule.ready(0.0) == [C]
    ended(schedule, C, Done("done"))
    assert schedule.is_over
    with pytest.raises(InputError, match=r"^the reason$"):
        schedule.raise_failures()


def test_after_a_full_disk_nothing_more_is_begun() -> None:
    schedule = Schedule([A, C])
    ended(schedule, A, Done("failed", DiskFullError, "the disk is full"))
    assert (schedule.ready(0.0), schedule.is_over) == ([], True)
    with pytest.raises(DiskFullError):
        schedule.raise_failures()


def test_several_failures_are_one() -> None:
    schedule = Schedule([A, B, C])
    ended(schedule, A, Done("failed", InputError, "the reason"))
    ended(schedule, C, Done("failed", JobError, "c: its process died"))
    with pytest.raises(JobsFailedError) as caught:
        schedule.raise_failures()
    assert str(caught.value).split("\n") == [
        "2 jobs failed; 1 more not begun:",
        "a: the reason",
        "c: its process died",
    ]


def test_nothing_is_raised_when_all_went_well(caplog: pytest.LogCaptureFixture) -> None:
    schedule = Schedule([A])
    ended(schedule, A, Done("done", notes=("mark this", "mark this")))
    schedule.raise_failures()
    assert caplog.messages == ["mark this"]
