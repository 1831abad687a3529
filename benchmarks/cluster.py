"""How long the study takes on 1 to 512 workers, simulated: `python benchmarks/cluster.py`.

The graph of jobs is that of the recipe `wmt16-big`, from the code that a run works through. How
long a training takes follows from its updates and from the target tokens that a GPU trains per
second, which is given. How long the other jobs take at this size nobody has measured: the minutes
below are assumed, on one worker each.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ticketscope.lottery.levels import level_updates
from ticketscope.runs.jobs import Job
from ticketscope.runs.stages import CORPUS, REPORT, TABLES, TRAIN
from ticketscope.steps.bench import Bench
from ticketscope.study.main_job import jobs_of
from ticketscope.study.simulation import Failures, Task, critical_path, simulated, with_failures

ASSUMED_MINUTES = {
    CORPUS: 15,
    "quality": 35,
    "weights": 2,
    "representations": 30,
    "word_classes": 10,
    "attention": 30,
    "head_importance": 60,
    "connectivity": 20,
    "mask_overlap": 1,
    "speed": 60,
    TABLES: 5,
    REPORT: 2,
}
WORKERS = (1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512)
"""Each is a GPU with some cores, or several that share a training."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tokens-per-second", type=float, default=200_000, help="of one GPU")
    parser.add_argument("--epoch", type=float, default=130e6, help="target tokens of the corpus")
    parser.add_argument("--replicates", type=int, nargs="+", default=[1, 5, 12])
    parser.add_argument("--ranks", type=int, default=1, help="GPUs that share a training")
    parser.add_argument("--efficiency", type=float, default=0.84, help="of several, against one")
    parser.add_argument("--failures-per-hour", type=float, default=0.0, help="of one worker")
    parser.add_argument("--no-checkpoints", action="store_true", help="a failure loses a training")
    options = parser.parse_args()
    rate = options.tokens_per_second
    if options.ranks > 1:
        rate *= options.ranks * options.efficiency
    columns: list[list[str]] = []
    for replicates in options.replicates:
        tasks: Sequence[Task] = study(replicates, options.epoch / rate, not options.no_checkpoints)
        if options.failures_per_hour:
            tasks = with_failures(tasks, Failures(options.failures_per_hour * options.ranks))
        path = critical_path(tasks)
        hours, longest = (sum(each.seconds for each in some) / 3_600 for some in (tasks, path))
        print(
            f"{replicates} replicate(s): {len(tasks)} jobs, {hours:,.0f} hours of workers with "
            f"{options.ranks} GPU(s) each; longest chain {longest:,.1f} hours, of "
            f"{len(path)} jobs: {', '.join(task.name for task in path)}\n"
        )
        outcomes = [simulated(tasks, workers) for workers in WORKERS]
        columns.append([f"{each.wall / 3_600:,.1f} h, {each.idle:.0%} idle" for each in outcomes])
    print("| GPUs |", *(f"{replicates} replicate(s) |" for replicates in options.replicates))
    print("|--:|" + "--:|" * len(columns))
    for workers, *cells in zip(WORKERS, *columns, strict=True):
        print(f"| {workers * options.ranks:,} |", *(f"{cell} |" for cell in cells))


def study(replicates: int, epoch_seconds: float, has_checkpoints: bool) -> list[Task]:
    """The jobs of the study with so many replicates."""
    from ticketscope import config
    from ticketscope.study.recipes import recipe

    experiment = config.override(recipe("wmt16-big"), [f"lottery.replicates={replicates}"])
    # Of a schedule of so many updates that each share of it is whole.
    length = 1_000_000
    updates = level_updates(experiment, length)
    jobs = jobs_of(Bench.of(Path("nowhere"), experiment))

    def seconds(job: Job) -> float:
        if job.stage != TRAIN:
            return 60.0 * ASSUMED_MINUTES[job.stage]
        assert job.network is not None
        return experiment.training.epochs * epoch_seconds * updates[job.network] / length

    first = Task(CORPUS, 60.0 * ASSUMED_MINUTES[CORPUS])
    tasks = [
        Task(job.name, seconds(job), job.needs | {CORPUS}, has_checkpoints and job.stage == TRAIN)
        for job in jobs
    ]
    everything = frozenset(task.name for task in tasks)
    tables = Task(TABLES, 60.0 * ASSUMED_MINUTES[TABLES], everything)
    return [
        first,
        *tasks,
        tables,
        Task(REPORT, 60.0 * ASSUMED_MINUTES[REPORT], frozenset([TABLES])),
    ]


if __name__ == "__main__":
    main()
