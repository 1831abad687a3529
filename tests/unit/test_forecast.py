"""How long a run would take on more workers, by its own graph and journal."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from ticketscope.cli import app
from ticketscope.config import Experiment
from ticketscope.errors import InputError
from ticketscope.lottery.course import dense_updates
from ticketscope.lottery.levels import level_updates
from ticketscope.runs.jobs import name_of
from ticketscope.runs.journal import note_cost
from ticketscope.runs.stages import CORPUS, REPORT, TABLES, TRAIN
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.study.forecast import print_forecast, timed_tasks
from ticketscope.study.main_job import jobs_of
from ticketscope.study.simulation import Task, critical_path, simulated


def noted(run: Run, seconds: dict[tuple[str, LevelId | None], float]) -> None:
    """What the journal says."""
    for (stage, network), took in seconds.items():
        note_cost(run, stage, network, 0.0, took, took, None)


@pytest.fixture
def bench(encoded_run: Run, toy: Experiment) -> Bench:
    return Bench.of(encoded_run.root, toy)


def by_name(bench: Bench) -> dict[str, Task]:
    return {task.name: task for task in timed_tasks(bench).tasks}


def test_the_graph_is_that_of_the_run(bench: Bench) -> None:
    noted(bench.run, {(CORPUS, None): 7.0})
    tasks = by_name(bench)
    jobs = {job.name: job for job in jobs_of(bench)}
    assert set(tasks) >= {CORPUS, *jobs, TABLES, REPORT}
    assert all(tasks[name].needs >= job.needs | {CORPUS} for name, job in jobs.items())
    assert tasks[TABLES].needs == set(tasks) - {TABLES, REPORT}
    assert tasks[REPORT].needs == {TABLES}
    assert {task.name for task in tasks.values() if task.has_checkpoints} == {
        name for name, job in jobs.items() if job.stage == TRAIN
    }


def test_what_is_not_done_yet_takes_the_mean_of_its_stage(bench: Bench, toy: Experiment) -> None:
    dense, control = dense_of(0), LevelId(0, "dense_continued", 1)
    ticket = LevelId(0, "lr_rewinding", 1)
    of_quality = {("quality", dense): 2.0, ("quality", control): 4.0}
    noted(bench.run, {(TRAIN, dense): 30.0, (TRAIN, control): 50.0, **of_quality})
    tasks, timed = by_name(bench), timed_tasks(bench)
    assert tasks[name_of(TRAIN, dense)].seconds == 30.0
    assert tasks[name_of("quality", ticket)].seconds == 3.0
    whole = dense_updates(toy, bench.encoded)
    of_level = level_updates(toy, whole)[ticket]
    per_update = (30.0 + 50.0) / (whole + of_level)
    assert tasks[name_of(TRAIN, ticket)].seconds == pytest.approx(per_update * of_level)
    assert timed.num_measured == 4
    assert CORPUS in timed.unknown
    assert "quality" not in timed.unknown
    assert tasks[CORPUS].seconds == 0.0


def text_of(bench: Bench, workers: tuple[int, ...], failures: float = 0.0) -> str:
    output = io.StringIO()
    print_forecast(bench, workers, failures, Console(file=output, width=200))
    return output.getvalue()


def test_the_times_are_told_with_what_bounds_them(bench: Bench) -> None:
    noted(bench.run, {(TRAIN, dense_of(0)): 7_200.0})
    tasks = timed_tasks(bench).tasks
    text = text_of(bench, (1, 512))
    alone, many = simulated(tasks, 1), simulated(tasks, 512)
    rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
    assert rows[0] == ["1", f"{alone.wall / 3600:.1f}", "h", "0%", "1.0"]
    assert rows[1][0] == "512"
    assert rows[1][-1] == f"{alone.wall / many.wall:.1f}"
    assert f"simulated: {len(tasks)} jobs, 1 by their measured times" in text
    assert ", ".join(task.name for task in critical_path(tasks) if task.seconds) in text
    assert "not measured, so taken as no time: corpus," in text
    assert "fails with probability 0.02 per hour of work" in text_of(bench, (1,), 0.02)


def test_a_run_without_a_journal_is_refused(bench: Bench) -> None:
    with pytest.raises(InputError, match="no costs were noted"):
        timed_tasks(bench)


def test_jobs_that_would_hardly_ever_end_are_one_line(bench: Bench) -> None:
    noted(bench.run, {("quality", dense_of(0)): 1e6})
    with pytest.raises(
        InputError, match=r"^quality .*: would fail over 1,000 times before it ends"
    ):
        text_of(bench, (1,), 0.9)


def test_the_command(toy_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app(["cost", str(toy_run), "--workers", "1,8"], result_action="return_value")
    text = capsys.readouterr().out
    assert "simulated: " in text
    assert "by the mean of their stage" not in text  # all is done, so all is measured
    assert "not measured" not in text
    with pytest.raises(InputError, match="--failures-per-hour is of use with --workers alone"):
        app(["cost", str(toy_run), "--failures-per-hour", "0.1"])
