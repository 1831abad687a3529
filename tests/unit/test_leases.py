"""Leases: one holder at a time, taken over when it is dead or stands still, and lost for good."""

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests_support import wait_for
from ticketscope import files, processes
from ticketscope.processes import Process, this_process
from ticketscope.runs import leases
from ticketscope.runs.leases import USUAL, LeaseLostError, Patience, holder, holders, leased, place
from ticketscope.runs.store import Run

NAME = "train replicate-0/dense/level-00"
ELSEWHERE = Process("node7", "0123abcd", 7, "1f")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited for, at once."""
    seconds: list[float] = []
    monkeypatch.setattr(leases.time, "sleep", seconds.append)
    return seconds


def write_lease(run: Run, process: Process, *, name: str = NAME, beat: int = 0) -> Path:
    """What another process has there."""
    path = place(run, name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f'{{"name": "{name}", "process": "{process}", "token": "theirs"}}\n{beat:020}',
        encoding="utf-8",
    )
    return path


def beating(path: Path, after: int) -> Callable[[float], None]:
    """Instead of `sleep`: a heartbeat after so many looks."""
    looks = 0

    def sleep(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == after:
            path.write_text(path.read_text()[:-1] + "9", encoding="utf-8")

    return sleep


@pytest.fixture
def held(run: Run) -> Iterator[Path]:
    """A lease of this process, whose heart beats so seldom that it stands still."""
    with leased(run, NAME, Patience(lease_seconds=1e6)) as is_ours:
        assert is_ours
        yield place(run, NAME)


# ----------------------------------------------------------------------------- processes


def test_a_process_is_known_by_its_name() -> None:
    own = this_process()
    assert Process.named(str(own)) == own
    assert own.is_here
    assert not own.is_dead
    assert replace(own, began="0").is_dead  # another had the number before
    assert replace(own, number=2**22 + 1).is_dead


def test_the_same_number_in_another_container_is_another_process() -> None:
    other = replace(this_process(), machine="0123abcd", began="0")
    assert (other.is_here, other.is_dead) == (False, False)


def test_where_the_system_tells_nothing_nobody_is_known_to_be_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = this_process()
    processes._machine.cache_clear()
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    own = this_process()
    assert own != before
    assert Process.named(str(own)) == own
    assert not before.is_here
    processes._machine.cache_clear()


def test_a_process_of_another_user_that_is_not_seen_is_not_counted_as_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where /proc is mounted with hidepid."""
    other = replace(this_process(), number=7)
    assert other.is_here
    (tmp_path / "7").mkdir()
    monkeypatch.setattr(processes, "_PROC", tmp_path)

    def kill(_number: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(processes.os, "kill", kill)
    assert (other.is_dead, other.is_running) == (False, False)
    (tmp_path / "7" / "stat").write_text("7 (another) S" + " 1" * 30)
    assert other.is_dead, "its number went to another"


# ----------------------------------------------------------------------------- taking


def test_one_holder_at_a_time(run: Run, slept: list[float]) -> None:
    with (
        leased(run, NAME, USUAL) as first,
        leased(run, NAME, USUAL) as second,
        leased(run, "quality", USUAL) as other,
    ):
        assert (first, second, other) == (True, False, True)
        assert {each.name for each in holders(run)} == {NAME, "quality"}
    assert slept == []  # whoever runs on this machine is known to
    assert list(run.leases.iterdir()) == []


def test_who_has_a_lease_is_found_while_its_heart_beats(run: Run) -> None:
    with leased(run, NAME, Patience(lease_seconds=0.1)):
        first = holder(place(run, NAME))
        assert first
        assert (first.name, first.process) == (NAME, this_process())
        wait_for(lambda: holder(place(run, NAME)) not in (first, None))


@pytest.mark.parametrize(
    "dead",
    [replace(this_process(), number=2**22 + 1), replace(this_process(), began="0")],
    ids=["ended", "its number went to another"],
)
def test_a_lease_of_the_dead_is_taken_over_at_once(
    dead: Process, run: Run, slept: list[float]
) -> None:
    write_lease(run, dead)
    assert holders(run) == []
    with leased(run, NAME, USUAL) as is_ours:
        assert is_ours
    assert slept == []
    assert list(run.leases.iterdir()) == []


@pytest.mark.parametrize("process", [ELSEWHERE, replace(this_process(), machine="0123abcd")])
def test_a_lease_of_another_machine_is_taken_over_when_its_heart_stands_still(
    process: Process, run: Run, slept: list[float]
) -> None:
    write_lease(run, process)
    with leased(run, NAME, Patience(lease_seconds=24)) as is_ours:
        assert is_ours
    assert slept == [2.0] * 12


def test_a_lease_whose_heart_beats_at_the_last_look_is_left(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lease(run, ELSEWHERE)
    monkeypatch.setattr(leases.time, "sleep", beating(path, after=12))
    with leased(run, NAME, USUAL) as is_ours:
        assert not is_ours
    assert path.exists()


def test_a_lease_of_a_stopped_process_is_taken_over_when_its_heart_stands_still(
    run: Run, slept: list[float]
) -> None:
    with subprocess.Popen(["sleep", "1000"]) as process:
        other = replace(this_process(), number=process.pid, began=processes._seen(process.pid)[1])
        assert other.is_running
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        assert (other.is_running, other.is_dead) == (False, False)
        write_lease(run, other)
        with leased(run, NAME, USUAL) as is_ours:
            assert is_ours
        process.kill()
    assert len(slept) == 12
    assert other.is_dead


def test_a_half_written_lease_is_waited_for(run: Run, slept: list[float]) -> None:
    path = write_lease(run, ELSEWHERE)
    path.write_text('{"name": "tr', encoding="utf-8")
    with leased(run, NAME, USUAL) as is_ours:
        assert is_ours
    assert len(slept) == 12


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_second_names(
    code: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)
    with leased(run, NAME, USUAL) as first, leased(run, NAME, USUAL) as second:
        assert (first, second) == (True, False)
    assert list(run.leases.iterdir()) == []


@pytest.mark.parametrize("linked", [os.link, shutil.copy], ids=["seen", "not seen"])
def test_a_link_that_was_made_though_its_answer_was_lost(
    linked: Callable[[Path, Path], object], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client may remember that the draft had one name, as one of a copy has."""

    def link(source: Path, target: Path) -> None:
        linked(source, target)
        raise FileExistsError(errno.EEXIST, "")  # of the second try

    monkeypatch.setattr(os, "link", link)
    with leased(run, NAME, USUAL) as is_ours:
        assert is_ours


@pytest.mark.usefixtures("slept")
def test_a_lease_that_could_not_be_given_back_is_taken_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its process runs, which is our own."""

    def unlink(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "")

    with monkeypatch.context() as failing, leased(run, NAME, USUAL):
        failing.setattr(Path, "unlink", unlink)
    assert [each.process for each in holders(run)] == [this_process()]
    with leased(run, NAME, USUAL) as is_ours:
        assert is_ours


def test_who_is_slower_with_a_dead_lease_puts_back_that_of_the_faster(run: Run, held: Path) -> None:
    seen = holder(write_lease(run, ELSEWHERE, name="what was there"))
    assert seen
    leases._set_aside(held, seen)
    found = holder(held)
    assert found
    assert found.process == this_process()
    files.write_text(run.root / "result", "published under it")


# ----------------------------------------------------------------------------- losing


def test_nothing_is_published_under_a_lost_lease(run: Run, slept: list[float]) -> None:
    folder = run.root / "folder"
    files.write_text(folder / "old", "old")
    with leased(run, NAME, Patience(lease_seconds=1e6)):
        write_lease(run, ELSEWHERE)  # of whoever counted us as dead
        with pytest.raises(LeaseLostError, match="the lease was taken over by node7-"):
            files.write_text(run.root / "new", "new")
        with pytest.raises(LeaseLostError):
            files.remove(folder)
        with pytest.raises(LeaseLostError), files.folder_appearing(folder) as partial:
            (partial / "new").touch()
    found = sorted(path.name for path in run.root.rglob("*"))
    assert found == ["folder", "leases", "old", place(run, NAME).name]  # which is left to them
    files.write_text(run.root / "new", "of whoever needs no lease")
    assert slept == []


def test_a_lease_that_is_not_seen_for_a_moment_is_looked_for_again(
    run: Run, held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = held.rename(run.root / "away")
    monkeypatch.setattr(leases.time, "sleep", lambda _: away.exists() and away.rename(held))
    files.write_text(run.root / "result", "x")
    held.unlink()
    with pytest.raises(LeaseLostError, match=r"taken over$"):
        files.write_text(run.root / "result", "y")


def test_a_heart_that_beats_into_a_lost_lease_harms_nobody(run: Run) -> None:
    with leased(run, NAME, Patience(lease_seconds=0.1)):
        away = place(run, NAME).rename(run.root / "away")
        theirs = write_lease(run, ELSEWHERE).read_bytes()
        before = away.read_bytes()
        wait_for(lambda: away.read_bytes() != before)
        assert place(run, NAME).read_bytes() == theirs
    assert place(run, NAME).read_bytes() == theirs
