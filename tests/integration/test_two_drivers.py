"""Two drivers at once where locks exclude nobody, and a worker that is stopped and goes on."""

import fcntl
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import stopped_worker
from forked import start
from tests_support import PATIENCE, wait_for
from toy_run import toml_of, tree_of


def without_locks() -> None:
    """As on a shared file system whose locks each machine keeps to itself."""
    fcntl.flock = lambda *_: None


@pytest.mark.parametrize(
    "one_is_killed", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["both", "one killed"]
)
def test_two_drivers_that_no_lock_keeps_apart_give_the_bytes_of_one(
    one_is_killed: bool, toy_run: Path, tmp_path: Path
) -> None:
    out, drivers = tmp_path / "run", []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        arguments = ("run", toml_of(toy_run), "--out", str(out))
        drivers.append(start(tmp_path / name, *arguments, before=without_locks))
    if one_is_killed:
        wait_for(lambda: any(out.rglob("DONE")))
        assert drivers[0].pid is not None
        os.killpg(drivers[0].pid, signal.SIGKILL)
    for driver, name in zip(drivers, ("one", "other"), strict=True):
        driver.join(PATIENCE)
        told = (tmp_path / name / "stderr").read_text(encoding="utf-8")
        assert (driver.exitcode, told) in ((0, ""), (-signal.SIGKILL, ""))
    assert [driver.exitcode for driver in drivers].count(0) == 2 - one_is_killed
    expected, found = tree_of(toy_run), tree_of(out)
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    told = [(tmp_path / name / "stdout").read_text(encoding="utf-8") for name in ("one", "other")]
    trained = re.findall(r"/132 (train \S+)", "".join(told))
    assert one_is_killed or sorted(trained) == sorted(set(trained))  # none was trained twice


def test_a_worker_that_was_stopped_past_its_lease_changes_nothing_more(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, stopped_worker.__file__, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as stopped:
        wait_for((tmp_path / "stopped began").exists)
        stopped.send_signal(signal.SIGSTOP)
        wait_for(lambda: stopped_worker.done_by("other", tmp_path).state == "done")
        stopped.send_signal(signal.SIGCONT)
        out, _ = stopped.communicate(timeout=PATIENCE)
    assert out == "elsewhere\n"
    assert (tmp_path / "result").read_text() == "other"
    assert not (tmp_path / "stopped ended").exists()
    assert list((tmp_path / "leases").iterdir()) == []
