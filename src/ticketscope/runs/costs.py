"""What each stage of a run cost: the table that sums up the journal."""

import math
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from rich.console import Console

from ticketscope.console.terminal import Column, FittingTable, say
from ticketscope.runs.journal import Entry, noted, read_journal, seconds_by_job
from ticketscope.runs.stages import SITTING, places_of
from ticketscope.runs.store import Run


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
    journal = noted(run)
    entries = [entry for entry in journal if entry.stage != SITTING]
    places = {stage: places_of(stage, run) for stage in dict.fromkeys(e.stage for e in entries)}
    costs = [
        _cost(stage, [entry for entry in entries if entry.stage == stage], left)
        for stage, left in places.items()
    ]
    total = _cost("all", entries, chain.from_iterable(places.values()))
    return [*costs, replace(total, elapsed=_elapsed(journal))]


@dataclass(frozen=True)
class ReplicateCost:
    """What a replicate costs: the work on its own networks, and what they leave on disk."""

    cpu_seconds: float
    disk_bytes: float


def cost_of_replicates(run: Run, replicates: Collection[int]) -> ReplicateCost | None:
    """The mean over replicates that are there; None where the journal knows nothing of them.

    What is done once for all of a run (corpus, tables, report) is not in it.
    """
    names = [f"replicate-{replicate}" for replicate in replicates]
    entries = [
        entry
        for entry in read_journal(run)[0]
        if entry.network and entry.network.partition("/")[0] in names
    ]
    if not entries:
        return None
    places = [place for name in names for place in run.root.rglob(name) if place.is_dir()]
    return ReplicateCost(
        cpu_seconds=sum(entry.cpu_seconds or 0.0 for entry in entries) / len(names),
        disk_bytes=sum(map(_bytes_below, places)) / len(names),
    )


def _cost(stage: str, entries: list[Entry], places: Iterable[Path]) -> Cost:
    seconds = seconds_by_job(entries)
    peaks = [entry.peak_bytes for entry in entries if entry.peak_bytes is not None]
    return Cost(
        stage=stage,
        num_jobs=len(seconds),
        seconds=sum(seconds.values()),
        cpu_seconds=sum(entry.cpu_seconds or 0.0 for entry in entries),
        elapsed=_elapsed(entries),
        longest=max(seconds.values()),
        peak_bytes=max(peaks, default=None),
        disk_bytes=sum(map(_bytes_below, places)),
    )


def _elapsed(entries: Iterable[Entry]) -> float | None:
    """Seconds in which at least one was at work; None if one has no start and end."""
    spans: list[tuple[float, float]] = []
    for entry in entries:
        if entry.start is None or entry.end is None:
            return None
        spans.append((entry.start, entry.end))
    elapsed, until = 0.0, -math.inf
    for start, end in sorted(spans):
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
    if num_damaged := read_journal(run)[1]:
        say(console, f"{run.costs}: {num_damaged} damaged line(s) were left out")
    if total.elapsed is None:
        say(
            console,
            "elapsed is empty: an older version of ticketscope noted these costs, without start "
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


def _bytes_below(place: Path) -> int:
    """While a run works, files may vanish as they are counted."""
    num_bytes = 0
    for path in (place, *place.rglob("*")):
        with suppress(FileNotFoundError):
            num_bytes += path.stat().st_size if path.is_file() else 0
    return num_bytes
