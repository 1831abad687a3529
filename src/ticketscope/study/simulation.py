"""How long a graph of jobs takes on so many workers, by simulation: a graph and durations in, times
out.

Whichever worker is idle takes the first job of the list that need not wait, as executors do. A
worker may fail, as a node does: then its job starts again, from the last checkpoint where it has
any. All is drawn from one seed, job by job, so that other workers or jobs change no draw.
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ticketscope.errors import InputError

_MOST_ATTEMPTS = 1_000
"""Where a job needs more of them in the mean, it would hardly ever end."""


@dataclass(frozen=True)
class Task:
    """A job as far as time goes.

    Args:
        name: of the job.
        seconds: that it takes one worker.
        needs: names of the tasks that it waits for.
        has_checkpoints: whether it goes on from the last one after a failure.
    """

    name: str
    seconds: float
    needs: frozenset[str] = frozenset()
    has_checkpoints: bool = False


@dataclass(frozen=True)
class Failures:
    """How workers fail.

    Args:
        per_hour: probability that a worker fails within an hour of work; below 1.
        checkpoint_seconds: between two checkpoints of a job that has them; what came after the last
            one is done again.
        restart_seconds: until a job is at work again after a failure.
        seed: of the draws.
    """

    per_hour: float
    checkpoint_seconds: float = 60.0
    restart_seconds: float = 300.0
    seed: int = 1

    @property
    def rate(self) -> float:
        """Failures per second of work."""
        return -math.log1p(-self.per_hour) / 3_600


@dataclass(frozen=True)
class Outcome:
    """How all tasks went on so many workers, in seconds."""

    workers: int
    wall: float
    work: float
    """Summed over all workers."""

    @property
    def idle(self) -> float:
        """Share of the workers' time in which they waited."""
        return max(0.0, 1 - self.work / (self.workers * self.wall)) if self.wall else 0.0


def simulated(tasks: Sequence[Task], workers: int) -> Outcome:
    """All tasks on so many workers, each after those it needs, none twice."""
    assert workers > 0
    followers: dict[str, list[int]] = {task.name: [] for task in tasks}
    missing = [len(task.needs) for task in tasks]
    for place, task in enumerate(tasks):
        for need in task.needs:
            followers[need].append(place)
    ready = [place for place, number in enumerate(missing) if not number]  # a heap: in order
    running: list[tuple[float, int]] = []
    now, num_done = 0.0, 0
    while ready or running:
        while ready and len(running) < workers:
            place = heapq.heappop(ready)
            heapq.heappush(running, (now + tasks[place].seconds, place))
        now, place = heapq.heappop(running)
        num_done += 1
        for follower in followers[tasks[place].name]:
            missing[follower] -= 1
            if not missing[follower]:
                heapq.heappush(ready, follower)
    assert num_done == len(tasks), "tasks wait for each other in a circle"
    return Outcome(workers, now, math.fsum(task.seconds for task in tasks))


def critical_path(tasks: Sequence[Task]) -> list[Task]:
    """The chain of tasks that takes longest: no number of workers makes all of them shorter."""
    by_name = {task.name: task for task in tasks}
    until: dict[str, float] = {}
    before: dict[str, str] = {}
    for task in _in_order(by_name):
        if task.needs:
            before[task.name] = max(sorted(task.needs), key=until.__getitem__)
        start = until[before[task.name]] if task.needs else 0.0
        until[task.name] = start + task.seconds
    path: list[Task] = []
    name = max(until, key=until.__getitem__, default=None)
    while name is not None:
        path.append(by_name[name])
        name = before.get(name)
    return path[::-1]


def _in_order(tasks: Mapping[str, Task]) -> list[Task]:
    """Each behind those it needs."""
    ordered: dict[str, Task] = {}
    left = list(tasks.values())
    while left:
        free = [task for task in left if task.needs <= ordered.keys()]
        assert free, "tasks wait for each other in a circle"
        ordered |= {task.name: task for task in free}
        left = [task for task in left if task.name not in ordered]
    return list(ordered.values())


def with_failures(tasks: Sequence[Task], failures: Failures) -> list[Task]:
    """The same tasks, each with the time that it takes with all its failures.

    Raises `InputError` for a task that fails so often that it would hardly ever end.
    """
    if not failures.rate:
        return list(tasks)
    return [
        replace(task, seconds=_drawn(task, failures, np.random.default_rng([failures.seed, place])))
        for place, task in enumerate(tasks)
    ]


def _drawn(task: Task, failures: Failures, draws: np.random.Generator) -> float:
    stretch = failures.checkpoint_seconds if task.has_checkpoints else math.inf
    if failures.rate * min(task.seconds, stretch) > math.log(_MOST_ATTEMPTS):
        raise InputError(
            f"{task.name}: would fail over {_MOST_ATTEMPTS:,} times before it ends; lower the "
            "probability of failures"
        )
    left, total = task.seconds, 0.0
    while (until := draws.exponential(1 / failures.rate)) < left:
        total += until + failures.restart_seconds
        if task.has_checkpoints:
            left -= until // stretch * stretch
    return total + left
