"""The simulator of graphs of jobs, against closed forms and Graham's bounds."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.errors import InputError
from ticketscope.study.simulation import (
    Failures,
    Task,
    critical_path,
    simulated,
    with_failures,
)


@st.composite
def graphs(draw: st.DrawFn) -> list[Task]:
    """Up to 12 tasks, each of which may need any before it, in whatever order."""
    tasks: list[Task] = []
    for number in range(draw(st.integers(1, 12))):
        needs = draw(st.sets(st.sampled_from([task.name for task in tasks]))) if tasks else set()
        seconds = draw(st.floats(0.5, 100.0))
        tasks.append(Task(f"task {number}", seconds, frozenset(needs)))
    return draw(st.permutations(tasks))


def chain(*seconds: float) -> list[Task]:
    return [
        Task(str(number), each, frozenset([str(number - 1)] if number else ()))
        for number, each in enumerate(seconds)
    ]


@pytest.mark.parametrize("workers", [1, 2, 512])
def test_a_chain_takes_its_sum_on_however_many_workers(workers: int) -> None:
    outcome = simulated(chain(1.0, 2.0, 4.0), workers)
    assert outcome.wall == 7.0
    assert outcome.idle == pytest.approx(1 - 1 / workers)


@pytest.mark.parametrize("workers", range(1, 12))
def test_equal_tasks_that_do_not_wait_are_done_in_rounds(workers: int) -> None:
    outcome = simulated([Task(str(number), 3.0) for number in range(10)], workers)
    assert outcome.wall == 3.0 * math.ceil(10 / workers)
    assert outcome.idle == pytest.approx(1 - 10 / workers / math.ceil(10 / workers))


def test_a_diamond() -> None:
    def needs(*names: str) -> frozenset[str]:
        return frozenset(names)

    diamond = [
        Task("top", 1.0),
        Task("left", 5.0, needs("top")),
        Task("right", 3.0, needs("top")),
        Task("bottom", 2.0, needs("left", "right")),
    ]
    assert [simulated(diamond, workers).wall for workers in (1, 2, 3)] == [11.0, 8.0, 8.0]
    assert [task.name for task in critical_path(diamond)] == ["top", "left", "bottom"]
    assert simulated(diamond, 2).idle == pytest.approx(5 / 16)
    assert simulated([], 3).wall == 0.0
    assert critical_path([]) == []


def test_an_idle_worker_takes_the_first_task_of_the_list() -> None:
    long_last = [Task("a", 1.0), Task("b", 1.0), Task("long", 2.0)]
    assert simulated(long_last, 2).wall == 3.0
    assert simulated(long_last[::-1], 2).wall == 2.0


@settings(max_examples=60)
@given(graphs(), st.integers(1, 9))
def test_times_lie_within_grahams_bounds(tasks: list[Task], workers: int) -> None:
    """Graham 1966: list scheduling takes at most work / m + (1 - 1/m) x the critical path."""
    outcome, path = simulated(tasks, workers), critical_path(tasks)
    assert all(one.name in other.needs for one, other in pairwise(path))
    longest = math.fsum(task.seconds for task in path)
    least = max(longest, outcome.work / workers)
    assert least * (1 - 1e-9) <= outcome.wall
    assert outcome.wall <= (outcome.work / workers + (1 - 1 / workers) * longest) * (1 + 1e-9)
    assert -1e-9 <= outcome.idle < 1
    assert simulated(tasks, 1).wall == pytest.approx(outcome.work)
    assert simulated(tasks, len(tasks)).wall == pytest.approx(longest)


# ----------------------------------------------------------------------------- failures


def expected_seconds(task: Task, failures: Failures) -> float:
    """The mean of what `with_failures` draws: each stretch between checkpoints is repeated until it
    passes without a failure."""
    if not failures.rate:
        return task.seconds
    stretch = failures.checkpoint_seconds if task.has_checkpoints else math.inf
    whole, rest = (divmod(task.seconds, stretch)) if math.isfinite(stretch) else (0, task.seconds)
    per_attempt = 1 / failures.rate + failures.restart_seconds
    return per_attempt * (
        whole * math.expm1(failures.rate * stretch if whole else 0.0)
        + math.expm1(failures.rate * rest)
    )


@pytest.mark.parametrize("has_checkpoints", [True, False])
def test_the_mean_with_failures_is_the_closed_form(has_checkpoints: bool) -> None:
    task = Task("train", 7_500.0, has_checkpoints=has_checkpoints)
    failures = Failures(per_hour=0.5, checkpoint_seconds=1_000.0, restart_seconds=200.0)
    drawn = [
        with_failures([task], replace(failures, seed=seed))[0].seconds for seed in range(2_000)
    ]
    error = np.std(drawn) / math.sqrt(len(drawn))
    assert abs(np.mean(drawn) - expected_seconds(task, failures)) < 4 * error
    assert min(drawn) == task.seconds  # some do not fail at all


def test_the_closed_form_by_hand() -> None:
    failures = Failures(per_hour=1 - math.exp(-1), restart_seconds=0.0, checkpoint_seconds=3_600.0)
    assert failures.rate == pytest.approx(1 / 3_600)
    hour = Task("hour", 3_600.0)
    assert expected_seconds(hour, failures) == pytest.approx(3_600 * (math.e - 1))
    days = Task("days", 10 * 3_600.0, has_checkpoints=True)
    assert expected_seconds(days, failures) == pytest.approx(36_000 * (math.e - 1))


def test_one_seed_gives_one_outcome_and_a_task_its_own_draws() -> None:
    tasks = [Task(str(number), 36_000.0, has_checkpoints=True) for number in range(5)]
    failures = Failures(per_hour=0.1)
    once = with_failures(tasks, failures)
    assert with_failures(tasks, failures) == once
    assert with_failures(tasks[:3], failures) == once[:3]
    assert with_failures(tasks, replace(failures, seed=2)) != once
    assert with_failures(tasks, replace(failures, per_hour=0.0)) == tasks
    assert all(failed.seconds >= task.seconds for failed, task in zip(once, tasks, strict=True))


def test_checkpoints_save_what_is_lost_without_them() -> None:
    failures = Failures(per_hour=0.2, checkpoint_seconds=60.0)
    with_them = Task("train", 10 * 3_600.0, has_checkpoints=True)
    without = replace(with_them, has_checkpoints=False)
    assert expected_seconds(with_them, failures) < 1.05 * with_them.seconds
    assert expected_seconds(without, failures) > 3 * without.seconds


def test_what_would_hardly_ever_end_is_refused() -> None:
    with pytest.raises(InputError, match="would fail over 1,000 times"):
        with_failures([Task("days", 1e6)], Failures(per_hour=0.5))
