"""The loop that hands jobs to a cluster: what is submitted when, and what becomes of it."""

import errno
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest

from ticketscope.errors import JobError
from ticketscope.processes import Process, this_process
from ticketscope.runs.doing import Done, do
from ticketscope.runs.executors.submitting import Cluster, Lost, Submitting
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.leases import Patience, leased
from ticketscope.runs.store import Run

PATIENCE = Patience(lease_seconds=0.1, pauses=())
State = Done | Lost | Literal["queued", "running"]


@dataclass
class Table:
    """A cluster that does a job when it is asked about it for the third time.

    Args:
        root: the run directory.
        losses: how often each job is lost before.
        room: how many it takes at once.
    """

    root: Path
    losses: dict[str, int] = field(default_factory=dict)
    room: int = 100
    submitted: list[str] = field(default_factory=list)
    asked: dict[int, tuple[Job, int]] = field(default_factory=dict)
    most: int = 0
    left: list[str] | None = None

    def submit(self, job: Job) -> int | None:
        if len(self.asked) >= self.room:
            return None
        self.submitted.append(job.name)
        self.asked[len(self.submitted)] = (job, 0)
        self.most = max(self.most, len(self.asked))
        return len(self.submitted)

    def poll(self, handle: int) -> State:
        job, times = self.asked[handle]
        self.asked[handle] = (job, times + 1)
        if times == 0:
            return "queued"
        if times == 1:
            return "running"
        del self.asked[handle]
        if self.losses.get(job.name, 0):
            self.losses[job.name] -= 1
            return Lost("its node burnt down")
        return do(job, self.root, PATIENCE)

    def end(self, left: Mapping[Job, int]) -> None:
        self.left = [job.name for job in left]


def run(
    cluster: Cluster[Any],
    root: Path,
    jobs: Iterable[Job],
    watch: Callable[[Status], None] = lambda _: None,
    *,
    at_once: int = 100,
    retries: int = 0,
) -> None:
    Submitting(root, cluster, at_once, retries, PATIENCE, interval=0.001).run(list(jobs), watch)


def touch(path: Path) -> bool:
    is_new = not path.exists()
    path.touch()
    return is_new


def fail() -> None:
    raise JobError("the reason")


def raise_a_bug() -> None:
    raise ZeroDivisionError("a bug")


def job(folder: Path, name: str, needs: str = "", function: Callable[..., Any] = touch) -> Job:
    arguments = (folder / f"done-{name}",) if function is touch else ()
    return Job(name, None, function, arguments, frozenset(needs.split()))


def test_a_job_is_submitted_once_all_it_needs_is_done(tmp_path: Path) -> None:
    seen: list[Status] = []
    table = Table(tmp_path)
    jobs = [job(tmp_path, "c", "a b"), job(tmp_path, "a"), job(tmp_path, "b"), job(tmp_path, "d")]
    (tmp_path / "done-b").touch()
    run(table, tmp_path, jobs, seen.append)
    assert table.submitted == ["a", "b", "d", "c"]
    assert table.left == []
    assert sorted(each.name for each in seen[-1].finished) == ["a", "b", "c", "d"]
    assert [each.name for each in seen[-1].there] == ["b"]
    assert all(len(one.finished) <= len(two.finished) for one, two in pairwise(seen))


def test_what_waits_in_the_queue_is_not_at_work(tmp_path: Path) -> None:
    seen: list[Status] = []
    run(Table(tmp_path), tmp_path, [job(tmp_path, "a")], seen.append)
    states = [(status.num_queued, len(status.running), len(status.finished)) for status in seen]
    assert states == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_no_more_are_submitted_than_may_be_or_than_are_taken(tmp_path: Path) -> None:
    for table, at_once in ((Table(tmp_path), 2), (Table(tmp_path, room=2), 100)):
        run(table, tmp_path, [job(tmp_path, str(n)) for n in range(5)], at_once=at_once)
        assert table.most == 2
        assert table.submitted == [*"01234"]


def test_a_failure_leaves_what_does_not_need_it(tmp_path: Path) -> None:
    bad, after = job(tmp_path, "bad", function=fail), job(tmp_path, "after", "bad")
    table = Table(tmp_path)
    with pytest.raises(JobError, match=r"^the reason$"):
        run(table, tmp_path, [bad, after, job(tmp_path, "other"), job(tmp_path, "then", "other")])
    assert table.submitted == ["bad", "other", "then"]
    assert (tmp_path / "done-then").exists()
    assert not (tmp_path / "done-after").exists()


def test_a_lost_job_is_submitted_again_as_often_as_may_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = Table(tmp_path, losses={"a": 1})
    run(table, tmp_path, [job(tmp_path, "a")], retries=1)
    assert table.submitted == ["a", "a"]
    assert "a: its node burnt down; trying again (1 of 1)" in caplog.messages
    table = Table(tmp_path, losses={"b": 2})
    with pytest.raises(JobError, match=r"^b: lost 2 times: its node burnt down$"):
        run(table, tmp_path, [job(tmp_path, "b")], retries=1)


def test_what_another_worker_does_is_waited_for_and_not_submitted(tmp_path: Path) -> None:
    """Until its lease is given back; then the job finds what there is."""
    table, looks = Table(tmp_path), 0
    of_another = leased(Run(tmp_path), "a", Patience(lease_seconds=3_600.0))
    assert of_another.__enter__()

    def watch(_status: Status) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            assert table.submitted == []
            (tmp_path / "done-a").touch()
            of_another.__exit__(None, None, None)

    executor = Submitting(tmp_path, table, 1, 0, Patience(lease_seconds=3_600.0), interval=0.001)
    executor.run([job(tmp_path, "a")], watch)
    assert table.submitted == ["a"]


def test_a_lease_that_no_longer_beats_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / "leases").mkdir()
    with leased(Run(tmp_path), "a", Patience(lease_seconds=3_600.0)):
        [lease] = (tmp_path / "leases").iterdir()
        content = lease.read_text()
    switched_off = Process("node7", "0" * 8, 17, "1")
    lease.write_text(content.replace(str(this_process()), str(switched_off)))
    run(Table(tmp_path), tmp_path, [job(tmp_path, "a")])
    assert (tmp_path / "done-a").exists()


def test_an_interruption_says_what_is_left(tmp_path: Path) -> None:
    table = Table(tmp_path)

    def interrupt(_status: Status) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(table, tmp_path, [job(tmp_path, "a"), job(tmp_path, "b", "a")], interrupt)
    assert table.left == ["a"]


@pytest.mark.parametrize("times", [3, 4])
def test_a_file_server_that_does_not_answer_for_a_moment_does_not_end_the_driver(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unseen(Table):
        def poll(self, handle: int) -> State:
            nonlocal times
            if times:
                times -= 1
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
            return super().poll(handle)

    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    patience = replace(PATIENCE, pauses=(2.0, 3.0, 4.0))
    executor = Submitting(tmp_path, Unseen(tmp_path), 1, 0, patience, interval=1.0)
    is_for_good = times > len(patience.pauses)
    with pytest.raises(OSError, match="Stale") if is_for_good else nullcontext():
        executor.run([job(tmp_path, "a")], lambda _: None)
    assert slept[:3] == [2.0, 3.0, 4.0]
    assert (tmp_path / "done-a").exists() is not is_for_good


def test_our_own_bug_in_a_look_is_a_failure_of_that_job_alone(tmp_path: Path) -> None:
    bug = replace(job(tmp_path, "bug", function=raise_a_bug), tells=True)
    with pytest.raises(RuntimeError, match="a bug"):
        run(Table(tmp_path), tmp_path, [bug, job(tmp_path, "other")])
    assert (tmp_path / "done-other").exists()
