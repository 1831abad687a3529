"""A run killed with SIGKILL at any moment and started again ends with the same bytes."""

import os
import random
import signal
from pathlib import Path

import pytest

from forked import start, ticketscope
from tests_support import processes_of, wait_for
from toy_run import toml_of, tree_of


@pytest.mark.parametrize(
    ("num_kills", "seed"),
    [
        pytest.param(10, 1, id="ten kills"),
        pytest.param(50, 2, id="fifty kills", marks=pytest.mark.soak),
    ],
)
def test_killed_anywhere_ends_the_same(
    num_kills: int, seed: int, toy_run: Path, tmp_path: Path
) -> None:
    toml, expected = toml_of(toy_run), tree_of(toy_run)
    assert len([name for name in expected if name.endswith("DONE")]) == 14

    generator = random.Random(seed)
    kills, runs = 0, 0
    while kills < num_kills:
        out = tmp_path / f"killed-{runs}"
        runs += 1
        while kills < num_kills and _killed(toml, out, generator):
            kills += 1
        result = ticketscope("run", toml, "--out", str(out))
        assert result.returncode == 0, result.stderr
        found = tree_of(out)
        assert found.keys() == expected.keys()
        assert [name for name in found if found[name] != expected[name]] == []


def _killed(toml: str, out: Path, generator: random.Random) -> bool:
    """Start the run and kill it at a random moment; False when it was faster and finished.

    Now the parent alone is killed and must take its workers with it, now the whole group.
    """
    streams = out.with_name(f"{out.name}-streams")
    streams.mkdir(exist_ok=True)
    process = start(streams, "run", toml, "--out", str(out))
    assert process.pid is not None
    # CPU seconds, which a busy machine does not change; all the work takes about 18 of them. To
    # count them takes some, too.
    moment = generator.uniform(0.2, 4.0)
    wait_for(
        lambda: not process.is_alive() or sum(processes_of(process.pid).values()) > moment,
        every=0.1,
    )
    if process.is_alive():
        if generator.random() < 0.5:
            os.kill(process.pid, signal.SIGKILL)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.join()
    if process.exitcode == -signal.SIGKILL:
        return True  # the next run meets workers that have not yet noticed
    assert process.exitcode == 0, (streams / "stderr").read_text(encoding="utf-8")
    return False
