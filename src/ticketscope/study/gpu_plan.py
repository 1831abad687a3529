"""What the training of a run takes on GPUs: GPU-hours, time and disk on 1, 8 and 64 of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console

from ticketscope.config import Experiment
from ticketscope.console.terminal import Column, FittingTable, say
from ticketscope.lottery.levels import level_updates
from ticketscope.lottery.lineage import planned_levels
from ticketscope.lottery.training_log import read_log
from ticketscope.runs.store import Run
from ticketscope.study.main_job import training_jobs
from ticketscope.study.plan import Epoch, Sizes, Work, disk_bytes, most_at_once
from ticketscope.study.simulation import Task, critical_path, simulated

GPUS = (1, 8, 64)


@dataclass(frozen=True)
class Rate:
    """Target tokens that one GPU trains per second, and how that is known."""

    tokens_per_second: float
    known: str


def measured_rate(experiment: Experiment, out: Path) -> Rate | None:
    """The median of what the trainings of a run logged so far, shared by their ranks; None where
    there is none."""
    run = Run(out)
    logs = (read_log(run.level(level).log) for level in planned_levels(experiment.lottery))
    rates = [entry["tokens_per_second"] for log in logs for entry in log if "of" in entry]
    if not rates:
        return None
    per_gpu = median(rates) / experiment.training.ranks
    return Rate(per_gpu, f"the median of {len(rates):,} lines of {out}/…/training.jsonl")


def trainings(experiment: Experiment, work: Work, epoch: Epoch, rate: Rate) -> list[Task]:
    """Each training with the seconds that it takes: its GPUs are as fast together as they are
    alone, but for rounds in which there is no batch for all of them."""
    updates, settings = level_updates(experiment, work.dense_updates), experiment.training
    rounds = math.ceil(settings.accumulate / settings.ranks)
    seconds = rounds * epoch.num_target_tokens / epoch.num_batches / rate.tokens_per_second
    return [
        Task(job.name, updates[job.network] * seconds, job.needs, has_checkpoints=True)
        for job in training_jobs(Path(), experiment)
        if job.network is not None
    ]


def tokens_per_update(experiment: Experiment, epoch: Epoch) -> float:
    """Target tokens that an update sees, in the mean."""
    return epoch.num_target_tokens * experiment.training.accumulate / epoch.num_batches


_COLUMNS = (
    Column("GPUs"),
    Column("trainings\nat once"),
    Column("hours"),
    Column("GPUs\nidle"),
    Column("disk,\nGB"),
)


def print_gpu_plan(
    experiment: Experiment,
    sizes: Sizes,
    work: Work,
    epoch: Epoch,
    rate: Rate | None,
    console: Console,
) -> None:
    """Write it for people, with every number from which it can be checked by hand."""
    per_update = tokens_per_update(experiment, epoch)
    total = work.total_updates * per_update
    about = "about " if work.is_estimate else ""
    say(
        console,
        f"training in all: {about}{work.total_updates:,} updates x {per_update:,.0f} target tokens "
        f"= {total / 1e9:,.2f} thousand million",
    )
    if rate is None:
        say(
            console,
            "GPU-hours: no training of this run has told its target tokens per second yet; give "
            "--tokens-per-second (docs/scale.md says how to measure it)",
        )
        return
    tasks, ranks = trainings(experiment, work, epoch, rate), experiment.training.ranks
    say(
        console,
        f"at {rate.tokens_per_second:,.0f} per second on each GPU ({rate.known}): "
        f"{ranks * _hours(tasks):,.1f} GPU-hours, on however many GPUs",
    )
    rows = tuple(_row(experiment, sizes, tasks, gpus) for gpus in GPUS)
    console.print(FittingTable(_COLUMNS, rows, title=f"training, {ranks} GPU(s) for each"))
    longest = critical_path(tasks)
    say(
        console,
        f"no number of GPUs ends before {_hours(longest):,.1f} hours: {len(longest)} trainings "
        f"wait for each other, up to {longest[-1].name}. Disk is that of the run without the "
        "corpus. The analysis comes on top.",
    )


def _row(experiment: Experiment, sizes: Sizes, tasks: Sequence[Task], gpus: int) -> tuple[str, ...]:
    ranks = experiment.training.ranks
    if gpus < ranks:
        return str(gpus), "0", "", "", ""
    outcome = simulated(tasks, gpus // ranks)
    at_work = min(gpus // ranks, most_at_once(experiment.lottery))
    idle = max(0.0, 1 - ranks * outcome.work / (gpus * outcome.wall))
    disk = disk_bytes(experiment, sizes.counts, gpus // ranks)
    hours = f"{outcome.wall / 3_600:,.1f}"
    return str(gpus), str(at_work), hours, f"{idle:.0%}", f"{disk / 1e9:,.1f}"


def _hours(tasks: Iterable[Task]) -> float:
    return sum(task.seconds for task in tasks) / 3_600
