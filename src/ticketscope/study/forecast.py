"""What the jobs of a run would take on more workers: its own graph, by the times that it noted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from ticketscope.config import Experiment
from ticketscope.console.terminal import Column, FittingTable, roughly, say
from ticketscope.lottery.course import dense_updates
from ticketscope.lottery.levels import level_updates
from ticketscope.runs.jobs import Job
from ticketscope.runs.journal import noted, seconds_by_job
from ticketscope.runs.stages import CORPUS, REPORT, TABLES, TRAIN
from ticketscope.steps.bench import Bench
from ticketscope.steps.work import preparing_jobs
from ticketscope.study.main_job import jobs_of
from ticketscope.study.simulation import Failures, Task, critical_path, simulated, with_failures


@dataclass(frozen=True)
class Timed:
    """All that a run does, from the corpus to the page, and how its times are known.

    Args:
        tasks: in the order in which workers take them.
        num_measured: how many of them the journal has.
        unknown: the stages of which the journal has no job; they count as no time.
    """

    tasks: tuple[Task, ...]
    num_measured: int
    unknown: tuple[str, ...]


def timed_tasks(bench: Bench) -> Timed:
    """The graph of a run with the times of its journal. What was not done yet gets the mean of its
    stage; a training the mean per update.

    Raises `InputError` where the journal has nothing.
    """
    measured = seconds_by_job(noted(bench.run))
    preparing, jobs = preparing_jobs(bench), jobs_of(bench)
    graph: dict[str, tuple[str, frozenset[str]]] = {CORPUS: (CORPUS, frozenset())}
    graph |= {job.name: (job.stage, frozenset([CORPUS])) for job in preparing}
    before = frozenset(graph)
    graph |= {job.name: (job.stage, job.needs | before) for job in jobs}
    graph[TABLES] = (TABLES, frozenset(graph))
    graph[REPORT] = (REPORT, frozenset([TABLES]))
    sizes = dict.fromkeys(graph, 1) | _updates(bench, jobs)
    means, unknown = {}, []
    for stage in dict.fromkeys(stage for stage, _ in graph.values()):
        known = [name for name in graph if graph[name][0] == stage and name in measured]
        size = sum(sizes[name] for name in known)
        means[stage] = sum(measured[name] for name in known) / size if size else 0.0
        if not size:
            unknown.append(stage)
    tasks = tuple(
        Task(name, measured.get(name, means[stage] * sizes[name]), needs, stage == TRAIN)
        for name, (stage, needs) in graph.items()
    )
    return Timed(tasks, len(measured.keys() & graph.keys()), tuple(unknown))


def _updates(bench: Bench, jobs: Sequence[Job]) -> dict[str, int]:
    """Of each training."""
    experiment = bench.study
    if not isinstance(experiment, Experiment):
        return {}
    updates = level_updates(experiment, dense_updates(experiment, bench.encoded))
    return {
        job.name: updates[job.network]
        for job in jobs
        if job.stage == TRAIN and job.network is not None
    }


_COLUMNS = (
    Column("workers"),
    Column("wall time"),
    Column("idle"),
    Column("times as fast\nas one", yields=1),
)


def print_forecast(
    bench: Bench, workers: Sequence[int], failures_per_hour: float, console: Console
) -> None:
    """The times on so many workers, and what no number of them makes shorter."""
    timed = timed_tasks(bench)
    tasks: Sequence[Task] = timed.tasks
    if failures_per_hour:
        failures = Failures(failures_per_hour, max(1.0, bench.study.execution.checkpoint_seconds))
        tasks = with_failures(tasks, failures)
    alone = simulated(tasks, 1).wall
    rows = []
    for number in workers:
        outcome = simulated(tasks, number)
        faster = alone / outcome.wall if outcome.wall else 1.0
        rows.append((f"{number:,}", roughly(outcome.wall), f"{outcome.idle:.0%}", f"{faster:,.1f}"))
    console.print(FittingTable(_COLUMNS, tuple(rows), title=_title(timed, failures_per_hour)))
    path = critical_path(tasks)
    longest = roughly(math.fsum(task.seconds for task in path))
    named = ", ".join(task.name for task in path if task.seconds)
    say(console, f"no number of workers ends before {longest}, the longest chain: {named}")
    if timed.unknown:
        say(console, f"not measured, so taken as no time: {', '.join(timed.unknown)}")


def _title(timed: Timed, failures_per_hour: float) -> str:
    total, measured = len(timed.tasks), timed.num_measured
    rest = f", {total - measured:,} by the mean of their stage" if measured < total else ""
    failing = ""
    if failures_per_hour:
        failing = f"; each worker fails with probability {failures_per_hour:g} per hour of work"
    return f"simulated: {total:,} jobs, {measured:,} by their measured times{rest}{failing}"
