"""A run killed with SIGKILL at any moment and started again ends with the same bytes."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests_support import processes_of, wait_for
from toy_run import ticketscope, tree_of, write_toml


@pytest.mark.parametrize(
    ("num_kills", "seed"),
    [
        pytest.param(10, 1, id="ten kills"),
        pytest.param(50, 2, id="fifty kills", marks=pytest.mark.soak),
    ],
)
def test_killed_anywhere_ends_the_same(
    num_kills: int, seed: int, toy_files: Path, tmp_path: Path
) -> None:
    toml = write_toml(tmp_path / "toy.toml", toy_files, replicates=1, checkpoint_seconds=0.0)
    result = ticketscope("run", str(toml), "--out", str(tmp_path / "straight"))
    assert result.returncode == 0, result.stderr
    expected = tree_of(tmp_path / "straight")
    assert len([name for name in expected if name.endswith("DONE")]) == 7

    generator = random.Random(seed)
    kills, runs = 0, 0
    while kills < num_kills:
        out = tmp_path / f"killed-{runs}"
        runs += 1
        while kills < num_kills and _killed(toml, out, generator):
            kills += 1
        result = ticketscope("run", str(toml), "--out", str(out))
        assert result.returncode == 0, result.stderr
        found = tree_of(out)
        assert found.keys() == expected.keys()
        assert [name for name in found if found[name] != expected[name]] == []


def _killed(toml: Path, out: Path, generator: random.Random) -> bool:
    """Start the run and kill it at a random moment; False when it was faster and finished.

    Now the parent alone is killed and must take its workers with it, now the whole group.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "ticketscope", "run", str(toml), "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    moment = generator.uniform(0.5, 14.0)  # CPU seconds, which a busy machine does not change
    wait_for(lambda: process.poll() is not None or sum(processes_of(process.pid).values()) > moment)
    if process.poll() is None:
        if generator.random() < 0.5:
            os.kill(process.pid, signal.SIGKILL)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stderr is not None
    with process.stderr:
        if process.returncode == -signal.SIGKILL:
            return True  # the next run meets workers that have not yet noticed
        assert process.returncode == 0, process.stderr.read()
    return False
