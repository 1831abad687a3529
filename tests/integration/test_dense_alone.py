"""A run of dense models alone, as `shrink` is followed by: every step, to the page."""

from pathlib import Path

import pandas as pd

from forked import ticketscope
from toy_run import write_toml

EVERY_STEP = (
    *("lottery.levels=0", "calibration.sentences=20", "search.sentences=4", "search.beams=[1, 2]"),
    *("robustness.sentences=4", "robustness.strengths=[1.0]", "causes.bleu_sentences=5"),
)


def test_without_levels_every_step_and_the_page_are_made(toy_files: Path, tmp_path: Path) -> None:
    settings = write_toml(tmp_path / "toy.toml", toy_files, replicates=1, workers=1)
    options = [part for setting in EVERY_STEP for part in ("--set", setting)]
    result = ticketscope("run", str(settings), *options, "--out", str(tmp_path / "run"))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "run/report.html").is_file()
    for name in ("calibration", "search", "robustness", "damage", "causes", "speed"):
        assert set(pd.read_csv(tmp_path / f"run/tables/{name}.csv")["arm"]) == {"dense"}


LEFT_OUT = ("calibration", "causes", "damage", "robustness", "search", "speed")


def test_every_step_that_may_be_left_out_is_missed_by_no_other(
    toy_files: Path, tmp_path: Path
) -> None:
    settings = write_toml(tmp_path / "toy.toml", toy_files, replicates=1, workers=1)
    numbers = ("num_sentences" if name == "causes" else "sentences" for name in LEFT_OUT)
    named = zip(LEFT_OUT, numbers, strict=True)
    options = [part for name, number in named for part in ("--set", f"{name}.{number}=0")]
    result = ticketscope("run", str(settings), *options, "--out", str(tmp_path / "run"))
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "run/report.html").read_text(encoding="utf-8")
    for name in LEFT_OUT:
        assert pd.read_csv(tmp_path / f"run/tables/{name}.csv").empty, name
    assert "speed.csv has no rows: nothing was measured." in page
