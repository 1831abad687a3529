"""What each job of a run cost: a journal, `costs.jsonl`, and the table that sums it up by stage.

A line of the journal is `{"job", "start", "end", "seconds", "cpu_seconds", "peak_bytes"}`, in the
order in which jobs ended; start and end are seconds since 1970, which journals of older versions
lack. A job that went on in a second sitting has a second line. What Ctrl-C or an error ended is
noted by the process that ended it, without what is not known then (null); what SIGKILL ended has no
line. The whole of a sitting has one, too. These are measured times, so nothing else of a run is
made from them.
"""

import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from ticketscope.console.terminal import Column, FittingTable, say
from ticketscope.errors import InputError
from ticketscope.runs.seals import opened_line, sealed_line
from ticketscope.runs.store import Run

SITTING = "sitting"
"""The job that is all of one `ticketscope run`."""
_ALWAYS = frozenset({"job", "seconds", "cpu_seconds", "peak_bytes"})
_PROCESS = Path("/proc/self")
_RESET_PEAK = "5"  # proc(5), clear_refs


@contextmanager
def journalled(journal: Path, job: str) -> Iterator[None]:
    """Append what the enclosed work of this process cost, whether it fails or not."""
    _reset_peak()
    start, since, cpu_start = time.time(), time.monotonic(), time.process_time()
    try:
        yield
    finally:
        seconds, cpu_seconds = time.monotonic() - since, time.process_time() - cpu_start
        note_cost(journal, job, start, seconds, cpu_seconds, _peak_bytes())


def note_cost(
    journal: Path,
    job: str,
    start: float,
    seconds: float,
    cpu_seconds: float | None,
    peak_bytes: int | None,
) -> None:
    """Append one line; None: not known.

    A disk that cannot take the line is passed over: it has stopped, or will stop, the work itself.
    """
    line = {
        "job": job,
        "start": round(start, 3),
        "end": round(start + seconds, 3),
        "seconds": round(seconds, 3),
        "cpu_seconds": None if cpu_seconds is None else round(cpu_seconds, 3),
        "peak_bytes": peak_bytes,
    }
    with suppress(OSError):
        _append(journal, sealed_line(line))


@dataclass(frozen=True)
class Cost:
    """What jobs cost together.

    `seconds` and `cpu_seconds` are sums over all jobs and sittings; `elapsed` is the time during
    which at least one of them was at work (None: noted before start and end were); `longest` the
    seconds of the job that took longest, `peak_bytes` the most memory that one process held (None:
    unknown), with the interpreter and its libraries. `disk_bytes` is what lies in the run directory
    now.
    """

    stage: str
    num_jobs: int
    seconds: float
    cpu_seconds: float
    elapsed: float | None
    longest: float
    peak_bytes: int | None
    disk_bytes: int


def stage_costs(run: Run) -> list[Cost]:
    """One per stage, in the order in which stages were first seen, and last that of all.

    What all elapsed is that of the sittings, with what the process of the run did besides jobs.
    Raises `InputError` where the run has no journal.
    """
    journal = read_journal(run.costs)
    entries = [entry for entry in journal if entry["job"] != SITTING]
    if not entries:
        raise InputError(f"{run.costs}: no costs were noted; a run notes them while it works")
    stages = dict.fromkeys(stage_of(entry["job"]) for entry in entries)
    costs = [
        _cost(stage, [e for e in entries if stage_of(e["job"]) == stage], run.places_of(stage))
        for stage in stages
    ]
    places = [place for stage in stages for place in run.places_of(stage)]
    total = _cost("all", entries, places)
    return [*costs, replace(total, elapsed=_elapsed(journal))]


def _cost(stage: str, entries: list[dict[str, Any]], places: Iterable[Path]) -> Cost:
    seconds = seconds_by_job(entries)
    peaks = [entry["peak_bytes"] for entry in entries if entry["peak_bytes"] is not None]
    return Cost(
        stage=stage,
        num_jobs=len(seconds),
        seconds=sum(seconds.values()),
        cpu_seconds=sum(entry["cpu_seconds"] or 0.0 for entry in entries),
        elapsed=_elapsed(entries),
        longest=max(seconds.values()),
        peak_bytes=max(peaks, default=None),
        disk_bytes=sum(map(_bytes_below, places)),
    )


def seconds_by_job(entries: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """How long each job took, all sittings together."""
    seconds: dict[str, float] = {}
    for entry in entries:
        seconds[entry["job"]] = seconds.get(entry["job"], 0.0) + entry["seconds"]
    return seconds


def _elapsed(entries: Iterable[dict[str, Any]]) -> float | None:
    """Seconds in which at least one was at work; None where one has no stamps."""
    elapsed, until = 0.0, -math.inf
    try:
        spans = sorted((entry["start"], entry["end"]) for entry in entries)
    except KeyError:
        return None
    for start, end in spans:
        elapsed += max(0.0, end - max(start, until))
        until = max(until, end)
    return elapsed


_COLUMNS = (
    Column("stage", right=False),
    Column("jobs", yields=3),
    Column("CPU\nmin"),
    Column("sum over\njobs, min"),
    Column("elapsed,\nmin"),
    Column("longest\njob, s", yields=2),
    Column("memory,\nMB", yields=1),
    Column("disk,\nMB", yields=1),
)


def print_costs(run: Run, console: Console) -> None:
    """The costs for a terminal. Raises `InputError` where the run has no journal."""
    *stages, total = stage_costs(run)
    rows = tuple(map(_cells, stages))
    console.print(str(run.root), soft_wrap=True)
    console.print(FittingTable(_COLUMNS, rows, total=_cells(total)))
    if num_damaged := _lines(run.costs)[1]:
        say(console, f"{run.costs}: {num_damaged} damaged line(s) were left out")
    if total.elapsed is None:
        say(
            console,
            "elapsed is empty where a version of ticketscope noted the costs that kept no start "
            "and end of jobs",
        )


def _cells(cost: Cost) -> tuple[str, ...]:
    return (
        cost.stage,
        f"{cost.num_jobs:,}",
        f"{cost.cpu_seconds / 60:,.1f}",
        f"{cost.seconds / 60:,.1f}",
        "" if cost.elapsed is None else f"{cost.elapsed / 60:,.1f}",
        f"{cost.longest:,.1f}",
        "" if cost.peak_bytes is None else f"{cost.peak_bytes / 1e6:,.0f}",
        f"{cost.disk_bytes / 1e6:,.1f}",
    )


def stage_of(job: str) -> str:
    """`train` of `train replicate-0/dense/level-00`."""
    return job.partition(" replicate-")[0]


def read_journal(journal: Path) -> list[dict[str, Any]]:
    """All whole lines; a power cut may have left one half-written anywhere."""
    return _lines(journal)[0]


def _lines(journal: Path) -> tuple[list[dict[str, Any]], int]:
    """The whole lines, and how many others there are."""
    lines = journal.read_bytes().splitlines() if journal.exists() else []
    entries = [entry for line in lines if (entry := opened_line(line)) is not None]
    whole = [entry for entry in entries if entry.keys() >= _ALWAYS]
    return whole, len(lines) - len(whole)


def _append(journal: Path, line: str) -> None:
    """In one piece, since other workers append to it too."""
    descriptor = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _bytes_below(place: Path) -> int:
    """Of a run at work files may go while they are counted."""
    num_bytes = 0
    for path in (place, *place.rglob("*")):
        with suppress(FileNotFoundError):
            num_bytes += path.stat().st_size if path.is_file() else 0
    return num_bytes


def cpu_seconds_of(process: int) -> float | None:
    """What another process has used so far; None where the system does not tell."""
    with suppress(OSError):
        # proc(5), stat: the name in brackets may hold anything; user and system time follow it.
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


def _reset_peak() -> None:
    with suppress(OSError):
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK)


def _peak_bytes() -> int | None:
    """The most memory resident since the reset; None where the system does not tell."""
    with suppress(OSError):
        for line in (_PROCESS / "status").read_bytes().splitlines():
            if line.startswith(b"VmHWM:"):
                return 1024 * int(line.split()[1])
    return None
