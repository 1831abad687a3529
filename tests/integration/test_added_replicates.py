"""Replicates are added look by look, through the command line; a killed run goes on at its look."""

import os
import signal
from pathlib import Path

from forked import start, ticketscope
from tests_support import wait_for
from ticketscope.runs.store import Run
from toy_run import write_toml

CHEAP = (
    'lottery.arms=["lr_rewinding","dense_continued"]',
    "lottery.levels=1",
    "attention.importance_sentences=0",
    "connectivity.num_sentences=0",
    "word_classes.kinds=[]",
    "causes.num_sentences=0",
    "damage.sentences=0",
    "behaviour.contrasts=",
    "quality.resamples=40",
    "claims.looks=[2,3]",
    "claims.c3=1e-9",  # nothing is so small that it could be called no relevant effect
)


def test_it_adds_replicates_and_goes_on_where_it_was_killed(
    toy_files: Path, tmp_path: Path
) -> None:
    toml = write_toml(tmp_path / "toy.toml", toy_files)
    settings = [part for setting in CHEAP for part in ("--set", setting)]
    run = Run(tmp_path / "run")
    command = ["run", str(toml), *settings, "--until-decided", "--out", str(run.root)]

    planned = ticketscope(*command, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "next: look 1 of 2: 2 replicates; 2 replicates will take about" in planned.stdout
    assert not run.root.exists()

    # Killed in the second look, when its replicate has begun.
    process = start(tmp_path, *command)
    wait_for(lambda: not process.is_alive() or (run.root / "replicate-2").exists())
    assert process.is_alive(), "two toy replicates decide nothing"
    os.killpg(process.pid, signal.SIGKILL)
    process.join()
    shown = ticketscope("show", str(run.root))
    assert "look 2 of 2: 3 replicates" in shown.stdout
    earlier = _written_at(run.root)
    assert len([path for path in earlier if "analysis" in path.parts]) > 20

    result = ticketscope(*command)
    assert result.returncode == 0, result.stderr
    assert "look 1 of 2" not in result.stdout
    assert "1 more replicate will take about" in result.stdout
    assert "lr_rewinding: C0 not measured; C1 not measured;" in result.stdout
    assert "that was the last look" in result.stdout
    after = _written_at(run.root)
    assert after == earlier, "nothing of earlier replicates is trained or measured again"

    fixed = ticketscope("run", str(toml), *settings[:-4], "--out", str(run.root))
    assert fixed.returncode == 2
    assert "claims are looked at after 2, 3 replicates; go on with --until-decided" in fixed.stderr


def _written_at(root: Path) -> dict[Path, int]:
    """When each file of the first two replicates was written, their results among them."""
    return {
        path: path.stat().st_mtime_ns
        for name in ("replicate-0", "replicate-1")
        for folder in root.rglob(name)
        for path in folder.rglob("*")
        if path.is_file()
    }
