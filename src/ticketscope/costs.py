"""What each job of a run cost: a journal, `costs.jsonl`, and the table that sums it up by stage.

A line of the journal is `{"job", "seconds", "cpu_seconds", "peak_bytes"}`, in the order in which
jobs ended. A job that went on in a second sitting has a second line; one that was killed has none
for that sitting. These are measured times, so nothing else of a run is made from them.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from ticketscope.errors import InputError
from ticketscope.store import Run

_PROCESS = Path("/proc/self")
_RESET_PEAK = "5"  # proc(5), clear_refs


@contextmanager
def journalled(journal: Path, job: str) -> Iterator[None]:
    """Append what the enclosed work of this process cost, whether it fails or not.

    A disk that cannot take the line is passed over: it has stopped, or will stop, the work itself.
    """
    _reset_peak()
    start, cpu_start = time.monotonic(), time.process_time()
    try:
        yield
    finally:
        line = {
            "job": job,
            "seconds": round(time.monotonic() - start, 3),
            "cpu_seconds": round(time.process_time() - cpu_start, 3),
            "peak_bytes": _peak_bytes(),
        }
        with suppress(OSError):
            _append(journal, json.dumps(line) + "\n")


@dataclass(frozen=True)
class StageCost:
    """What the jobs of one stage cost together.

    `seconds` and `cpu_seconds` are sums over all jobs and sittings, `longest` the seconds of the
    job that took longest, `peak_bytes` the most memory that one process held (None: unknown), with
    the interpreter and its libraries. `disk_bytes` is what lies in the run directory now.
    """

    stage: str
    num_jobs: int
    seconds: float
    cpu_seconds: float
    longest: float
    peak_bytes: int | None
    disk_bytes: int


def stage_costs(run: Run) -> list[StageCost]:
    """One a stage, in the order in which stages were first seen.

    Raises `InputError` where the run has no journal.
    """
    entries = _entries(run.costs)
    if not entries:
        raise InputError(f"{run.costs}: no costs were noted; a run notes them while it works")
    stages = list(dict.fromkeys(_stage(entry["job"]) for entry in entries))
    return [_stage_cost(run, stage, entries) for stage in stages]


def as_table(costs: list[StageCost], title: str) -> Table:
    """The costs for a terminal."""
    table = Table(title=title, title_justify="left")
    table.add_column("stage")
    for name in ("jobs", "CPU min", "wall min", "longest job, s", "peak memory, MB", "disk, MB"):
        table.add_column(name, justify="right")
    for cost in costs:
        table.add_row(
            cost.stage,
            str(cost.num_jobs),
            f"{cost.cpu_seconds / 60:,.1f}",
            f"{cost.seconds / 60:,.1f}",
            f"{cost.longest:,.1f}",
            "" if cost.peak_bytes is None else f"{cost.peak_bytes / 1e6:,.0f}",
            f"{cost.disk_bytes / 1e6:,.1f}",
        )
    table.add_section()
    table.add_row(
        "all",
        str(sum(cost.num_jobs for cost in costs)),
        f"{sum(cost.cpu_seconds for cost in costs) / 60:,.1f}",
        f"{sum(cost.seconds for cost in costs) / 60:,.1f}",
        "",
        "",
        f"{sum(cost.disk_bytes for cost in costs) / 1e6:,.1f}",
    )
    return table


def _stage_cost(run: Run, stage: str, entries: list[dict[str, Any]]) -> StageCost:
    ours = [entry for entry in entries if _stage(entry["job"]) == stage]
    seconds_by_job: dict[str, float] = {}
    for entry in ours:
        seconds_by_job[entry["job"]] = seconds_by_job.get(entry["job"], 0.0) + entry["seconds"]
    peaks = [entry["peak_bytes"] for entry in ours if entry["peak_bytes"] is not None]
    return StageCost(
        stage=stage,
        num_jobs=len(seconds_by_job),
        seconds=sum(seconds_by_job.values()),
        cpu_seconds=sum(entry["cpu_seconds"] for entry in ours),
        longest=max(seconds_by_job.values()),
        peak_bytes=max(peaks, default=None),
        disk_bytes=sum(map(_bytes_below, run.places_of(stage))),
    )


def _stage(job: str) -> str:
    """`train` of `train replicate-0/dense/level-00`."""
    return job.partition(" replicate-")[0]


def _entries(journal: Path) -> list[dict[str, Any]]:
    """All complete lines; a power cut may have left one half-written anywhere."""
    entries = []
    for line in journal.read_bytes().splitlines() if journal.exists() else ():
        with suppress(ValueError):
            entries.append(json.loads(line))
    return entries


def _append(journal: Path, line: str) -> None:
    """In one piece, since other workers append to it too."""
    descriptor = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _bytes_below(place: Path) -> int:
    if place.is_file():
        return place.stat().st_size
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _reset_peak() -> None:
    with suppress(OSError):
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK)


def _peak_bytes() -> int | None:
    """The most memory resident since the reset; None where the system does not tell."""
    with suppress(OSError):
        for line in (_PROCESS / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return None
