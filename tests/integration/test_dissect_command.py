"""`ticketscope dissect` on tickets of the toy run, as networks that others trained."""

import csv
from pathlib import Path

import pytest

from ticketscope.runs.store import LevelId, Run
from ticketscope.study.opened_run import open_run
from toy_run import ticketscope

pytestmark = pytest.mark.slow

QUICK = (
    *("quality.beam=1", "quality.max_decoding_length=20", "quality.resamples=20"),
    *("representations.resamples=5", "attention.num_words=100", "speed.sentences=2"),
    *("speed.rounds=1", "attention.importance_sentences=0", "compute.threads=1"),
    *("execution.workers=1", "word_classes.kinds=[]"),
)


def test_tickets_are_dissected_resumed_and_refused(
    toy_run: Path, toy_files: Path, tmp_path: Path
) -> None:
    of = Run(toy_run)
    networks = {
        "dense": LevelId(0, "dense", 0),
        "half": LevelId(0, "lr_rewinding", 2),
        "trained-on": LevelId(0, "dense_continued", 2),
        "seed-2": LevelId(1, "dense", 0),
    }
    for name, label in networks.items():
        (tmp_path / name).symlink_to(of.level(label).ticket)
    base, ticket, control, twin = (str(tmp_path / name) for name in networks)
    out = tmp_path / "run"
    settings = [f"--set={setting}" for setting in QUICK]
    common = ("--source", "en", "--target", "de", "--out", str(out), *settings)
    test = ("--test", str(toy_files / "test"))

    planned = ticketscope("dissect", base, ticket, *test, *common, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert f"variant half: {ticket}" in planned.stdout
    assert not out.exists()

    done = ticketscope("dissect", base, ticket, *test, *common)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("; checked: ") == 2, "each network proves itself"

    more = ticketscope(
        *("dissect", base, ticket, "--control", control, "--twin", twin, *test, *common)
    )
    assert more.returncode == 0, more.stderr
    assert "quality replicate-0/half" not in more.stdout, "it was there"
    with (out / "tables" / "quality.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["arm"], row["replicate"], row["level"]) for row in rows}
    assert found == {
        ("base", "0", "0"),
        ("base", "1", "0"),
        ("half", "0", "1"),
        ("trained-on", "0", "1"),
    }
    opened = open_run(out)
    assert opened.network("half", level=1).directory == Path(ticket)
    assert opened.held_out("test").source
    assert (out / "report.html").is_file()

    other_base = ticketscope("dissect", control, ticket, *test, *common)
    assert other_base.returncode == 2
    assert "was made with another base" in other_base.stderr
    other_texts = ticketscope("dissect", base, ticket, "--test", str(toy_files / "other"), *common)
    assert other_texts.returncode == 2
    assert "was made on other texts" in other_texts.stderr
