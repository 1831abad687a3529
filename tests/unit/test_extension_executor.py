"""An executor from outside the package: its class and one entry in `EXECUTORS` are all it takes."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from rich.console import Console

from ticketscope.commands.train import run
from ticketscope.config import Attention, Execution, Experiment, Lottery
from ticketscope.errors import InputError
from ticketscope.runs.costs import stage_costs
from ticketscope.runs.doing import do
from ticketscope.runs.executors import EXECUTORS
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.schedule import Schedule
from ticketscope.runs.store import Run
from ticketscope.study.main_job import run_experiment
from toy import toy_experiment
from toy_run import write_toml

NAME = "in-order"


@dataclass(frozen=True)
class InOrder:
    """Does jobs in this process, one after the other."""

    root: Path
    is_shared: ClassVar[bool] = False

    def run(self, jobs: Sequence[Job], watch: Callable[[Status], None]) -> None:
        schedule = Schedule(jobs)
        while not schedule.is_over:
            job = schedule.ready(now=0.0)[0]
            schedule.begin(job)
            watch(schedule.status)
            schedule.end(job, do(job, self.root), now=0.0)
        watch(schedule.status)
        schedule.raise_failures()


@pytest.fixture(autouse=True)
def entered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXECUTORS, NAME, lambda root, _: InOrder(root))


@pytest.fixture
def experiment(toy_files: Path) -> Experiment:
    return toy_experiment(
        toy_files,
        lottery=Lottery(levels=0),
        attention=Attention(num_words=100, importance_sentences=0),
        execution=Execution(executor=NAME),
    )


def test_it_does_the_jobs_of_an_experiment(experiment: Experiment, tmp_path: Path) -> None:
    output = io.StringIO()
    report = run_experiment(experiment, tmp_path / "run", Console(file=output, width=140))
    assert report.is_file()
    costs = {cost.stage: cost.num_jobs for cost in stage_costs(Run(tmp_path / "run"))}
    assert (costs["corpus"], costs["train"], costs["quality"], costs["speed"]) == (1, 1, 1, 1)


def test_the_dry_run_names_it(
    toy_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_toml(tmp_path / "toy.toml", toy_files)
    out = tmp_path / "run"
    run(str(file), out=out, settings=(f"execution.executor={NAME}",), dry_run=True)
    assert f"executor: {NAME}, 2 job(s) at a time" in capsys.readouterr().out
    assert not out.exists()


def test_another_name_is_refused_with_those_there_are(toy_files: Path, tmp_path: Path) -> None:
    file = write_toml(tmp_path / "toy.toml", toy_files)
    words = f"in-odrer: no such executor; did you mean in-order? valid: {', '.join(EXECUTORS)}"
    with pytest.raises(InputError, match=f"^execution.executor: {re.escape(words)}$"):
        run(str(file), out=tmp_path / "run", settings=("execution.executor=in-odrer",))
