"""One job, done by whatever worker: what becomes of it, and what is tried again."""

import errno
import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ticketscope.errors import DiskFullError, InputError, JobError
from ticketscope.files import write_json, write_text
from ticketscope.runs import doing, leases
from ticketscope.runs.doing import Done, do
from ticketscope.runs.jobs import Job
from ticketscope.runs.journal import read_journal
from ticketscope.runs.leases import USUAL, Patience, place
from ticketscope.runs.seals import DamagedError, read_sealed
from ticketscope.runs.store import Run, dense_of

PATIENCE = Patience(pauses=(1.0, 5.0, 25.0))


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited for, at once."""
    seconds: list[float] = []
    monkeypatch.setattr(doing.time, "sleep", seconds.append)
    return seconds


def job(function: Callable[..., bool | None], *arguments: Any) -> Job:
    return Job("train", dense_of(0), function, arguments)


NAME = job(bool).name


def fail(error: Exception, times: int, tries: list[int]) -> bool:
    """The error for so many times."""
    tries.append(len(tries))
    if len(tries) <= times:
        raise error
    return True


# ----------------------------------------------------------------------------- what becomes of it


@pytest.mark.parametrize(("found", "state"), [(True, "done"), (None, "done"), (False, "there")])
def test_a_job_is_done_under_its_lease_and_its_cost_is_noted(
    found: bool | None, state: str, tmp_path: Path
) -> None:
    seen: list[bool] = []

    def work() -> bool | None:
        seen.append(place(Run(tmp_path), NAME).exists())
        logging.getLogger("ticketscope.x").warning("mark %s", "this")
        return found

    assert do(job(work), tmp_path) == Done(state, notes=("mark this",))
    assert seen == [True]
    assert list(Run(tmp_path).leases.iterdir()) == []
    [entry], num_damaged = read_journal(Run(tmp_path))
    assert (entry.job, num_damaged) == (NAME, 0)


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (InputError("wrong"), InputError, "wrong"),
        (JobError("failed"), JobError, "failed"),
        (DamagedError("altered"), JobError, "altered"),
        (DiskFullError("full"), DiskFullError, "full"),
        (OSError(errno.EROFS, "", "a"), InputError, "a: read-only file system; "),
        (KeyError("ours"), RuntimeError, "in a worker process:\nTraceback"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(
    error: Exception, kind: type[Exception], text: str, tmp_path: Path, slept: list[float]
) -> None:
    tries: list[int] = []
    done = do(job(fail, error, 9, tries), tmp_path)
    assert (done.state, done.kind, done.notes) == ("failed", kind, ())
    assert done.text.startswith(text)
    assert (len(tries), slept) == (1, [])


def test_a_job_that_another_worker_has_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place(Run(tmp_path), NAME)
    about = json.dumps({"name": NAME, "process": "node7-0123abcd-7-1f", "token": "theirs"})
    write_text(path, about + "\n1")
    monkeypatch.setattr(doing.time, "sleep", lambda _: write_text(path, about + "\n2"))
    assert do(job(bool), tmp_path, PATIENCE) == Done("elsewhere")
    assert read_journal(Run(tmp_path)) == ([], 0)


@pytest.mark.parametrize("then", ["publishes", "fails"])
def test_a_job_whose_lease_is_lost_changes_nothing_more(then: str, tmp_path: Path) -> None:
    run = Run(tmp_path)

    def work(text: str) -> None:
        if text == "ours":  # meanwhile another machine has counted us as dead, and does the work
            place(run, NAME).unlink()
            with pytest.MonkeyPatch.context() as patch:
                other = replace(leases.this_process(), host="node7", machine="0123abcd")
                patch.setattr(leases, "this_process", lambda: other)
                assert do(job(work, "theirs"), tmp_path).state == "done"
            if then == "fails":
                raise KeyError
        write_text(tmp_path / "result", text)

    done = do(job(work, "ours"), tmp_path, PATIENCE)
    assert done.state == "elsewhere"
    assert (tmp_path / "result").read_text() == "theirs"
    [note] = done.notes
    assert note.startswith(f"{NAME}: ")
    assert note.endswith("what was done of it is left to whoever has it now")


# ----------------------------------------------------------------------------- what may pass


PASSING = (
    OSError(errno.EIO, os.strerror(errno.EIO), "a"),
    OSError(errno.ESTALE, os.strerror(errno.ESTALE), "a"),
    OSError(errno.ENETDOWN, os.strerror(errno.ENETDOWN), "a"),
    RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)"),
)


@pytest.mark.parametrize("error", PASSING, ids=lambda error: str(error)[:30])
def test_what_passes_does_not_end_the_work(
    error: Exception, tmp_path: Path, slept: list[float]
) -> None:
    tries: list[int] = []
    done = do(job(fail, error, 2, tries), tmp_path, PATIENCE)
    assert (done.state, len(tries), slept) == ("done", 3, [1.0, 5.0])
    assert len(done.notes) == 2
    assert done.notes[0].startswith(f"{NAME}: ")
    assert done.notes[0].endswith("trying again in 1 s")


@pytest.mark.parametrize("call", ["replace", "fsync"])
@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (errno.ENOSPC, DiskFullError, "result: the disk is full; free some space and"),
        (errno.EDQUOT, DiskFullError, "result: the disk quota is used up; free some"),
        (errno.EIO, JobError, "result: input/output error; mend that and give"),
        (errno.ESTALE, JobError, "result: stale file handle; mend that and give"),
    ],
)
def test_a_failing_disk_is_tried_again_and_then_told_in_one_line(
    call: str,
    code: int,
    kind: type[Exception],
    words: str,
    tmp_path: Path,
    slept: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    def write(times: list[int]) -> None:
        with monkeypatch.context() as patch:
            if times and times.pop():
                patch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), refuse)
            write_text(tmp_path / "result", "whole")

    once = do(job(write, [1]), tmp_path, PATIENCE)
    assert (once.state, slept, len(once.notes)) == ("done", [1.0], 1)
    slept.clear()
    for_good = do(job(write, [1] * 9), tmp_path, PATIENCE)
    assert (for_good.state, for_good.kind, slept) == ("failed", kind, [1.0, 5.0, 25.0])
    assert words in for_good.text
    assert "\n" not in for_good.text
    assert (tmp_path / "result").read_text() == "whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["costs", "leases", "result"]


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_file_of_another_machine_that_is_not_seen_yet_is_waited_for(
    is_shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "DONE"
    monkeypatch.setattr(doing.time, "sleep", lambda _: write_json(marker, {"facts": 1}))
    read = job(lambda: bool(read_sealed(marker, "make it again")))
    done = do(read, tmp_path, replace(USUAL, is_shared=is_shared))
    assert done.state == ("done" if is_shared else "failed")
    assert "DONE: missing; make it again" in (done.notes[0] if is_shared else done.text)


def test_a_lease_that_cannot_be_taken_for_a_moment_is_asked_for_again(
    tmp_path: Path, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refusals = os.link, [errno.ESTALE, errno.EIO]

    def link(source: Path, target: Path) -> None:
        if refusals:
            raise OSError(refusals.pop(), "")
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    done = do(job(bool), tmp_path, PATIENCE)
    assert (done.state, slept, len(done.notes)) == ("there", [1.0, 5.0], 2)
    assert list(Run(tmp_path).leases.iterdir()) == []
