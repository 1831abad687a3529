"""Probes through the command line: as steps of a run, and of one ticket on its own."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from forked import ticketscope
from tests_support import left_of
from ticketscope.runs.store import LevelId, Run
from toy_run import toml_of, tree_of

SETTINGS = (
    'probing.tasks=["pos", "ner", "dependency_prediction", "event_factuality"]',
    "probing.levels=[2]",
    'probing.arms=["lr_rewinding", "dense_continued"]',
    "probing.max_train=300",
    "probing.max_held_out=120",
    "probing.max_updates=30",
    "probing.seeds=2",
    "probing.resamples=300",
    "lottery.replicates=1",
)
PROBES = ("--probes", "grammar", *(part for text in SETTINGS for part in ("--set", text)))


@pytest.fixture(scope="module")
def probed(toy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run, probed afterwards."""
    copy = tmp_path_factory.mktemp("probed") / "run"
    shutil.copytree(toy_run, copy)
    before = tree_of(copy)
    result = ticketscope("run", toml_of(toy_run), *PROBES, "--out", str(copy))
    assert result.returncode == 0, result.stderr
    after = tree_of(copy)
    unchanged = ("replicate", "corpus", "analysis/quality", "analysis/weights")
    assert all(after[name] == before[name] for name in before if name.startswith(unchanged))
    assert "probes: 4 tasks on " in result.stdout
    return Run(copy)


def test_every_level_that_was_asked_for_is_probed_for_every_task(probed: Run) -> None:
    with (probed.tables / "probes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tickets = {(row["arm"], row["replicate"], row["level"]) for row in rows}
    arms = ("lr_rewinding", "dense_continued")
    assert tickets == {("dense", "0", "0"), *((arm, "0", "2") for arm in arms)}
    best = [row for row in rows if row["probe"] == "best" and row["task"]]
    tasks = {"pos", "ner", "dependency_prediction", "event_factuality"}
    assert len(best) == len(tickets) * len(tasks)
    for row in best:
        assert float(row["lower"]) <= float(row["value"]) <= float(row["upper"])
        assert row["majority"]
        assert row["random_encoder"]
    view = json.loads((probed.views / "probing.json").read_text(encoding="utf-8"))
    assert view["suite"] == "grammar"
    assert set(view["tasks"]) == tasks
    assert not list(probed.root.glob("features/*"))
    report = probed.report.read_text(encoding="utf-8")
    assert "probe" in report


def test_a_second_run_probes_nothing_again(probed: Run, toy_run: Path) -> None:
    before = tree_of(probed.root, with_times=True)
    result = ticketscope("run", toml_of(toy_run), *PROBES, "--out", str(probed.root))
    assert result.returncode == 0, result.stderr
    assert tree_of(probed.root, with_times=True) == before


def test_what_a_kill_left_and_what_was_altered_is_made_again_with_the_same_bytes(
    probed: Run, toy_run: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(probed.root, copy)
    before = tree_of(copy)
    ticket = LevelId(0, "lr_rewinding", 2)
    Run(copy).analysis("probing/pos", ticket).unlink()
    Run(copy).analysis("probing/event_factuality", ticket).write_text("{", encoding="utf-8")
    left_of(copy / "features" / "0123").mkdir(parents=True)
    altered = Run(copy).analysis("quality", LevelId(0, "dense", 0))
    text = altered.read_text(encoding="utf-8")
    altered.write_text(text.replace('"loss": ', '"loss": 1', 1), encoding="utf-8")
    assert altered.read_text(encoding="utf-8") != text
    result = ticketscope("run", toml_of(toy_run), *PROBES, "--out", str(copy))
    assert result.returncode == 0, result.stderr
    assert tree_of(copy) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--probes", "real"), "--probe-data"),
        (("--probes", "real", "--probe-data", "nowhere"), "nowhere: no such folder"),
        (("--probes", "grammar", "--set", 'probing.tasks=["tags"]'), "tags: no such task"),
    ],
)
def test_bad_settings_are_one_line(
    arguments: tuple[str, ...], said: str, probed: Run, toy_run: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(probed.root, copy)
    before = tree_of(copy)
    result = ticketscope("run", toml_of(toy_run), *arguments, "--out", str(copy))
    assert result.returncode == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert tree_of(copy) == before


def test_one_ticket_on_its_own(probed: Run, tmp_path: Path) -> None:
    words = ["one", "two", "red", "green", "big", "small"]
    for split, first in (("train", 0), ("dev", 60), ("test", 80)):
        lines = []
        for number in range(first, first + 20 + 40 * (split == "train")):
            chosen = [words[(number * k + k) % 6] for k in (1, 2, 3)]
            targets = [
                {"span1": [i, i + 1], "label": "number" if word in words[:2] else "other"}
                for i, word in enumerate(chosen)
            ]
            lines.append(json.dumps({"text": " ".join(chosen), "targets": targets}) + "\n")
        (tmp_path / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    files = [str(tmp_path / f"{split}.jsonl") for split in ("train", "dev", "test")]
    ticket = str(probed.level(LevelId(0, "dense", 0)).ticket)
    asked = ("probe", ticket, "--task", "pos", "--format", "jsonl", "--data", *files)
    quick = ("--codelength", "--seeds", "1")
    result = ticketscope(*asked, *quick)
    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["seeds"] == 1
    assert record["num_targets"] == {"train": 180, "validation": 60, "test": 60}
    assert record["left_out"] == {}
    assert [each["layer"] for each in record["layers"]] == [0, 1]
    for each in record["layers"]:
        assert 0 < each["lower"] <= each["test"] <= each["upper"] <= 1
        assert {"random_encoder", "selectivity", "validation"} <= each.keys()
    assert record["best_layer"] in (0, 1)
    assert 0 <= record["mix"]["centre_of_gravity"] <= 1
    assert len(record["codelength_bits"]) == 2
    assert record["majority_by_word"] == 1.0
    assert ticketscope(*asked, *quick).stdout == result.stdout

    broken = tmp_path / "test.jsonl"
    broken.write_text("{\n", encoding="utf-8")
    result = ticketscope(*asked)
    assert result.returncode == 2
    assert f"{broken}:1: " in result.stderr
    result = ticketscope("probe", str(tmp_path), *asked[2:])
    assert result.returncode == 2
    assert "not a model folder" in result.stderr
