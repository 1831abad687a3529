"""The journal of what jobs cost, and the table of stages."""

import io
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from ticketscope.errors import InputError
from ticketscope.files import write_text
from ticketscope.runs.costs import (
    Cost,
    ReplicateCost,
    cost_of_replicates,
    print_costs,
    stage_costs,
)
from ticketscope.runs.journal import cpu_seconds_of, journalled, read_journal
from ticketscope.runs.stages import SITTING, TRAIN
from ticketscope.runs.store import LevelId, Run, dense_of

MB = 10**6


def entries(run: Run) -> list[dict[str, float]]:
    [own] = run.costs.iterdir()
    return [json.loads(line) for line in own.read_text().splitlines()]


def entry(
    stage: str,
    seconds: float,
    cpu: float | None,
    peak: int | None,
    *,
    of: LevelId | None = None,
    start: float = 0.0,
) -> str:
    line = {"stage": stage, "network": of and str(of), "start": start, "end": start + seconds}
    return json.dumps(line | {"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak}) + "\n"


def older(job: str, seconds: float, start: float | None = None) -> str:
    """A line of a version that kept names of jobs, or of one before it, that kept no stamps."""
    line = {"job": job, "seconds": seconds, "cpu_seconds": 1, "peak_bytes": None}
    stamps = {} if start is None else {"start": start, "end": start + seconds}
    return json.dumps(line | stamps) + "\n"


def test_a_job_is_one_line(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with journalled(run, "sleep"):
        time.sleep(0.2)
    with journalled(run, "work"):
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
    sleep, work = entries(run)
    assert (sleep["stage"], work["stage"]) == ("sleep", "work")
    assert sleep["seconds"] >= 0.2 > sleep["cpu_seconds"]
    assert work["seconds"] >= 0.19
    assert work["cpu_seconds"] >= 0.2
    assert sleep["end"] == pytest.approx(sleep["start"] + sleep["seconds"], abs=2e-3)
    assert sleep["end"] <= work["start"] + 1e-2


@pytest.mark.skipif(sys.platform != "linux", reason="proc(5)")
def test_what_another_process_has_used() -> None:
    used = cpu_seconds_of(os.getpid())
    assert used == pytest.approx(time.process_time(), abs=0.5)
    assert cpu_seconds_of(2**22 + 1) is None


def test_a_job_that_fails_has_cost_too(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with pytest.raises(KeyError), journalled(run, "fails"):
        raise KeyError
    assert [line["stage"] for line in entries(run)] == ["fails"]


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a part of a process")
def test_memory_of_an_earlier_job_is_not_counted_again(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for job, num_bytes in (("large", 300 * MB), ("small", 10 * MB)):
        with journalled(run, job):
            np.ones(num_bytes, dtype=np.uint8)
    large, small = entries(run)
    assert large["peak_bytes"] > 300 * MB
    assert large["peak_bytes"] - small["peak_bytes"] > 200 * MB


def test_an_altered_line_is_left_out_and_counted(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for job in ("one", "two", "three"):
        with journalled(run, job):
            pass
    [own] = run.costs.iterdir()
    one, two, three = own.read_bytes().splitlines(keepends=True)
    own.write_bytes(one + two.replace(b'"cpu_seconds": 0', b'"cpu_seconds": 9') + three[:-9])
    read, num_damaged = read_journal(run)
    assert ([entry.job for entry in read], num_damaged) == (["one"], 2)
    output = io.StringIO()
    print_costs(run, Console(file=output, width=200))
    assert "costs: 2 damaged line(s) were left out" in output.getvalue()


def test_a_journal_that_cannot_be_written_stops_no_job(tmp_path: Path) -> None:
    with journalled(Run(tmp_path / "absent"), "job"):
        pass


DENSE, OTHER = dense_of(0), dense_of(1)


def test_stages_sum_over_jobs_and_sittings(tmp_path: Path) -> None:
    run = Run(tmp_path)
    write_text(
        run.costs / "worker.jsonl",
        entry(TRAIN, 60, 50, 5 * MB, of=DENSE)
        + '{"stage": "half-writ\n'
        + "[]\n7\n{}\n"
        + entry("quality", 3, 2, None, of=DENSE)
        + entry(TRAIN, 30, 20, 9 * MB, of=DENSE)
        + entry(TRAIN, 80, 70, 7 * MB, of=OTHER)
        + entry("speed", 1, None, MB),
    )
    write_text(run.level(DENSE).log, "12345")
    write_text(run.analysis("quality", OTHER), "123")
    write_text(tmp_path / "analysis" / "speed" / "replicate-0.json", "12")
    assert stage_costs(run) == [
        Cost("train", 2, 170, 140, 80, 90, 9 * MB, 5),
        Cost("quality", 1, 3, 2, 3, 3, None, 3),
        Cost("speed", 1, 1, 0, 1, 1, MB, 2),
        Cost("all", 4, 174, 142, 80, 90, 9 * MB, 10),
    ]


def test_what_a_replicate_costs_is_the_mean_over_those_there_are(tmp_path: Path) -> None:
    run, third = Run(tmp_path), LevelId(2, "dense", 0)
    assert cost_of_replicates(run, [0, 1]) is None
    other = LevelId(1, "dense", 0)
    write_text(
        run.costs / "worker.jsonl",
        entry(TRAIN, 60, 50, MB, of=DENSE)
        + entry("quality", 3, 10, MB, of=other)
        + entry(TRAIN, 9, None, MB, of=other)
        + entry(TRAIN, 9, 900, MB, of=third)
        + entry("tables", 9, 900, MB),
    )
    for level, content in ((DENSE, "1234"), (other, "12"), (third, "1" * 50)):
        write_text(run.level(level).log, content)
    write_text(run.analysis("quality", other), "12")
    assert cost_of_replicates(run, [0, 1]) == ReplicateCost(cpu_seconds=30, disk_bytes=4)


def test_elapsed_is_when_at_least_one_job_was_at_work(tmp_path: Path) -> None:
    run = Run(tmp_path)
    write_text(
        run.costs / "worker.jsonl",
        entry(TRAIN, 80, 70, None, of=OTHER, start=1_010)
        + entry(TRAIN, 60, 50, None, of=DENSE, start=1_000)
        + entry("quality", 30, 20, None, of=DENSE, start=1_080)
        + entry(TRAIN, 10, 10, None, of=DENSE, start=1_020)
        + entry(SITTING, 130, 9, None, start=995)  # with what lies before, after and between
        + entry("quality", 5, 5, None, of=OTHER, start=9_000),  # of a sitting that SIGKILL ended
    )
    train, quality, total = stage_costs(run)
    assert (train.elapsed, train.seconds) == (90, 150)
    assert (quality.elapsed, quality.seconds) == (35, 35)
    assert (total.elapsed, total.seconds, total.num_jobs) == (135, 185, 4)


@pytest.mark.parametrize("width", [80, 140])
def test_the_table_fits(width: int, tmp_path: Path) -> None:
    run = Run(tmp_path)
    stages = ("train", "head_importance", "representations", "probing")
    write_text(
        run.costs / "worker.jsonl",
        "".join(entry(s, 500_000, 490_000, 9_999 * MB, start=0) for s in stages),
    )
    text = printed(run, width)
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    [line] = [line.split() for line in text.splitlines() if line.startswith("head_importance")]
    assert line == [
        "head_importance", "1", "8,166.7", "8,333.3", "8,333.3", "500,000.0", "9,999", "0.0",
    ]  # fmt: skip
    assert "elapsed" in text
    assert "is empty" not in text


def test_an_old_journal_says_why_nothing_elapsed(tmp_path: Path) -> None:
    run = Run(tmp_path)
    write_text(run.old_costs, older("speed", 1) + entry("report", 1, 1, MB, start=5))
    text = printed(run, 80)
    assert "elapsed is empty: an older version" in text
    assert [line.split()[3] for line in text.splitlines() if line.startswith("report")] == ["0.0"]


def test_lines_of_older_versions_count(tmp_path: Path) -> None:
    run = Run(tmp_path)
    lines = older(f"train {DENSE}", 60, start=1_000) + older("probe data", 5, start=1_060)
    write_text(run.old_costs, lines + entry(TRAIN, 20, 20, None, of=DENSE, start=2_000))
    train, data, total = stage_costs(run)
    assert (train.stage, train.num_jobs, train.seconds, train.elapsed) == (TRAIN, 1, 80, 80)
    assert (data.stage, data.num_jobs, data.seconds) == ("probe data", 1, 5)
    assert total.elapsed == 85


def printed(run: Run, width: int) -> str:
    output = io.StringIO()
    print_costs(run, Console(file=output, width=width))
    return output.getvalue()


def test_no_journal(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"costs: no costs were noted"):
        stage_costs(Run(tmp_path))
