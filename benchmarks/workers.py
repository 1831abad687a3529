"""What a second worker is worth: `python benchmarks/workers.py`.

Two real trainings side by side on two workers of one thread each, against the same two one after
the other on one worker. Target: at least 1.8 times the throughput. For information, one worker of
two threads. The time begins when the workers have started and ends when both tickets are stored.
"""

import shutil
import time
from pathlib import Path
from statistics import median

import common
from ticketscope import config
from ticketscope.lottery.levels import make_level
from ticketscope.runs.executors.local import LocalWorkers
from ticketscope.runs.jobs import Job, Resources, Status
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import Run, dense_of

_ONE, _TWO, _THREADS = "one worker", "two workers", "one worker of two threads"
_WORKERS_AND_THREADS = {_ONE: (1, 1), _TWO: (2, 1), _THREADS: (1, 2)}


def measure(folder: Path, data: Path, rounds: int, num_updates: int) -> None:
    """Time all three ways in turns and print the table."""
    settings = common.experiment(data, folder / "files", "pre")
    training = settings.training.model_copy(update={"updates": num_updates})
    settings = settings.model_copy(update={"training": training})
    common.encoded(settings, folder / "corpus")
    seconds: dict[str, list[float]] = {name: [] for name in _WORKERS_AND_THREADS}
    for _ in range(rounds):
        for name, (workers, threads) in _WORKERS_AND_THREADS.items():
            root = folder / "run"
            shutil.copytree(folder / "corpus", Run(root).corpus)
            seconds[name].append(seconds_of_two_trainings(root, settings, workers, threads))
            shutil.rmtree(root)
    speedups = [one / two for one, two in zip(seconds[_ONE], seconds[_TWO], strict=True)]
    common.print_table(
        f"two trainings of {num_updates} updates each, {rounds} rounds",
        settings,
        {
            **{f"{name}, seconds": f"{median(times):.1f}" for name, times in seconds.items()},
            "two workers / one (target at least 1.8)": f"{median(speedups):.2f}",
            "  lowest and highest round": f"{min(speedups):.2f} to {max(speedups):.2f}",
            "two threads / one": f"{median(seconds[_ONE]) / median(seconds[_THREADS]):.2f}",
        },
    )


def seconds_of_two_trainings(
    root: Path, settings: config.Experiment, workers: int, threads: int
) -> float:
    """Wall time of two dense trainings by local workers, without the start of these."""
    takes = Resources(threads)
    starts = [
        Job(f"start {number}", None, start_worker, (), resources=takes) for number in range(workers)
    ]
    started = frozenset(job.name for job in starts)
    trainings = [
        Job(TRAIN, level, make_level, (root, level, settings), started, takes)
        for level in (dense_of(0), dense_of(1))
    ]
    began_at = 0.0

    def watch(status: Status) -> None:
        nonlocal began_at
        if not began_at and started <= {job.name for job in status.finished}:
            began_at = time.monotonic()

    LocalWorkers(root, workers).run([*starts, *trainings], watch)
    return time.monotonic() - began_at


def start_worker() -> None:
    """A job that has nothing to do: to receive it a worker imports this file and so the package."""


if __name__ == "__main__":
    common.main(measure, __doc__, rounds=3, updates=30)
