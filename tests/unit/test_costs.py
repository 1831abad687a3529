"""The journal of what jobs cost, and the table of stages."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ticketscope.costs import StageCost, as_table, journalled, stage_costs
from ticketscope.errors import InputError
from ticketscope.files import write_text
from ticketscope.store import Run, dense_of

MB = 10**6


def entries(run: Run) -> list[dict[str, float]]:
    return [json.loads(line) for line in run.costs.read_text().splitlines()]


def entry(job: str, seconds: float, cpu: float, peak: int | None) -> str:
    line = {"job": job, "seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak}
    return json.dumps(line) + "\n"


def test_a_job_is_one_line(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with journalled(run.costs, "sleep"):
        time.sleep(0.2)
    with journalled(run.costs, "work"):
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
    sleep, work = entries(run)
    assert (sleep["job"], work["job"]) == ("sleep", "work")
    assert sleep["seconds"] >= 0.2 > sleep["cpu_seconds"]
    assert work["seconds"] >= 0.19
    assert work["cpu_seconds"] >= 0.2


def test_a_job_that_fails_has_cost_too(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with pytest.raises(KeyError), journalled(run.costs, "fails"):
        raise KeyError
    assert [line["job"] for line in entries(run)] == ["fails"]


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a part of a process")
def test_memory_of_an_earlier_job_is_not_counted_again(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for job, num_bytes in (("large", 300 * MB), ("small", 10 * MB)):
        with journalled(run.costs, job):
            np.ones(num_bytes, dtype=np.uint8)
    large, small = entries(run)
    assert large["peak_bytes"] > 300 * MB
    assert large["peak_bytes"] - small["peak_bytes"] > 200 * MB


def test_a_journal_that_cannot_be_written_stops_no_job(tmp_path: Path) -> None:
    with journalled(tmp_path / "absent" / "costs.jsonl", "job"):
        pass


def test_stages_sum_over_jobs_and_sittings(tmp_path: Path) -> None:
    run = Run(tmp_path)
    dense, other = dense_of(0), dense_of(1)
    write_text(
        run.costs,
        entry(f"train {dense}", 60, 50, 5 * MB)
        + '{"job": "half-writ\n'
        + entry(f"quality {dense}", 3, 2, None)
        + entry(f"train {dense}", 30, 20, 9 * MB)
        + entry(f"train {other}", 80, 70, 7 * MB)
        + entry("speed", 1, 1, MB),
    )
    write_text(run.level(dense).log, "12345")
    write_text(run.analysis("quality", other), "123")
    write_text(tmp_path / "analysis" / "speed.json", "12")
    assert stage_costs(run) == [
        StageCost("train", 2, 170, 140, 90, 9 * MB, 5),
        StageCost("quality", 1, 3, 2, 3, None, 3),
        StageCost("speed", 1, 1, 1, 1, MB, 2),
    ]
    assert as_table(stage_costs(run), "x").row_count == 4


def test_no_journal(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"costs\.jsonl: no costs were noted"):
        stage_costs(Run(tmp_path))
