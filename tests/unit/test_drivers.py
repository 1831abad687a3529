"""Drivers of one run: what they share, and what they sweep."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests_support import left_of
from ticketscope.errors import InputError, JobError
from ticketscope.files import PARTIAL, write_text
from ticketscope.processes import Process, this_process
from ticketscope.runs import drivers, leases
from ticketscope.runs.doing import do
from ticketscope.runs.drivers import Leftovers, at_work, driving, in_turn, is_no_job_at_work
from ticketscope.runs.jobs import Job
from ticketscope.runs.leases import USUAL, Patience, holders, place
from ticketscope.runs.store import Run

SILENT, BUSY = Process("node7", "0123abcd", 7, "1f"), Process("node8", "4567cdef", 7, "1f")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "run")


def of(process: Process, path: Path) -> Path:
    """What a process is writing to `path` is called."""
    return path.with_name(f"{path.name}{PARTIAL}{process}-89abcdef")


def beat(run: Run, process: Process, name: str, count: int) -> None:
    """A heartbeat of another machine."""
    about = f'{{"name": "{name}", "process": "{process}", "token": "{name}"}}'
    write_text(place(run, name), f"{about}\n{count:020}")


# ----------------------------------------------------------------------------- who drives


def test_drivers_share_a_run_and_none_that_needs_it_alone_is_let_in(run: Run) -> None:
    with (
        driving(run, USUAL, is_shared=True),
        pytest.raises(InputError, match="another ticketscope is working on this run"),
        driving(run, USUAL, is_shared=False),
    ):
        raise AssertionError("not reached")
    with run.locked(is_shared=True), run.locked(is_shared=True):
        assert run.is_locked()
    with (
        driving(run, USUAL, is_shared=False),
        pytest.raises(InputError, match="another ticketscope is working on this run"),
        driving(run, USUAL, is_shared=True),
    ):
        raise AssertionError("not reached")
    assert not run.is_locked()


def test_a_driver_that_was_counted_as_dead_changes_nothing_more(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases.time, "sleep", lambda _: None)

    def drive() -> None:
        with driving(run, USUAL, is_shared=True):
            [own] = run.leases.iterdir()
            own.unlink()
            write_text(run.config, "{}")

    with pytest.raises(JobError, match=r"the lease was taken over; give the same command again"):
        drive()
    assert not run.root.exists()


def test_a_failed_start_leaves_what_another_driver_made(run: Run) -> None:
    def fail() -> None:
        with driving(run, USUAL, is_shared=True):
            write_text(run.growing_corpus / "half", "half")
            beat(run, BUSY, "corpus", 1)
            raise InputError("wrong")

    with pytest.raises(InputError, match="wrong"):
        fail()
    assert (run.growing_corpus / "half").exists()


@pytest.mark.parametrize("is_shared", [True, False])
def test_an_interrupted_start_leaves_the_place_for_jobs_that_wait_in_a_queue(
    is_shared: bool, run: Run
) -> None:
    with pytest.raises(KeyboardInterrupt), driving(run, USUAL, is_shared=is_shared):
        raise KeyboardInterrupt
    assert run.root.exists() is is_shared
    assert do(Job("corpus", None, bool, ()), run.root, Patience(pauses=())).state == (
        "there" if is_shared else "failed"
    )


def test_drivers_take_turns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.root.mkdir()
    beat(run, BUSY, "driver tables", 1)
    looks = 0

    def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if seconds == drivers._TURN_SECONDS:
            place(run, "driver tables").unlink()
        else:
            beat(run, BUSY, "driver tables", 1 + looks)

    monkeypatch.setattr(leases.time, "sleep", sleep)
    with in_turn(run, "tables", USUAL):
        assert [each.process for each in holders(run)] == [this_process()]
    assert looks == 2


# ----------------------------------------------------------------------------- who is at work


def test_what_is_at_work_is_told_by_leases(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_work(run, USUAL) is None
    with driving(run, USUAL, is_shared=False):
        assert at_work(run, USUAL) == frozenset()
        assert is_no_job_at_work(run)
        beat(run, BUSY, "train x", 1)
        assert not is_no_job_at_work(run)
        assert at_work(run, USUAL) == {"train x"}
    waited: list[float] = []
    monkeypatch.setattr(leases.time, "sleep", waited.append)
    assert at_work(run, USUAL) is None  # its heart stands still
    assert len(waited) == 3
    monkeypatch.setattr(leases.time, "sleep", lambda _: beat(run, BUSY, "train x", 2))
    assert at_work(run, USUAL) == {"train x"}


# ----------------------------------------------------------------------------- what is swept


def test_only_what_is_dead_is_swept(run: Run) -> None:
    level = run.root / "level"
    of_dead = left_of(level / "a")
    of_other_container = of(replace(this_process(), machine="0123abcd", began="0"), level / "b")
    silent, busy = of(SILENT, level / "c"), of(BUSY, level / "d")
    for path in (of_dead, of_other_container, silent, busy, level / ".tmpcq6nG1"):
        write_text(path, "half")
    beat(run, SILENT, "train c", 1)
    beat(run, BUSY, "train d", 1)
    beat(run, replace(this_process(), began="0"), "train a", 1)
    now = 0.0

    left = Leftovers(run, USUAL, lambda: now)
    assert not of_dead.exists()
    assert {each.name for each in holders(run)} == {"train c", "train d"}
    now = 59.0
    left.sweep()  # too early to tell
    assert len([*level.iterdir()]) == 4

    now = 60.0
    beat(run, BUSY, "train e", 1)  # it went on to the next job
    place(run, "train d").unlink()
    left.sweep()
    assert {path.name for path in level.iterdir()} == {busy.name, ".tmpcq6nG1"}
    assert {each.name for each in holders(run)} == {"train e"}
    place(run, "train e").unlink()
    Leftovers(run, USUAL, lambda: now)
    assert {path.name for path in level.iterdir()} == {busy.name}  # nobody else is at work
