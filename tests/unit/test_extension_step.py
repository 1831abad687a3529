"""A step is one class and one line: a toy one, defined here, and its table are found everywhere."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST
from rich.console import Console

from ticketscope.config import Attention, Execution, Experiment, Lottery
from ticketscope.networks.families import role
from ticketscope.networks.network import Network
from ticketscope.report.parts.part import Figure
from ticketscope.report.reading.run_tables import read_run
from ticketscope.report.sections import sections
from ticketscope.runs.costs import print_costs, stage_costs
from ticketscope.runs.executors import EXECUTORS
from ticketscope.runs.jobs import Job
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps import STEPS, all_tables
from ticketscope.steps.bench import Bench
from ticketscope.steps.step import NetworkStep, Row, Rows
from ticketscope.steps.work import measuring_jobs
from ticketscope.study.main_job import run_experiment
from ticketscope.study.overview import overview
from ticketscope.study.plan import plan_sizes, print_sizes
from ticketscope.tables.column import number, text, whole
from ticketscope.tables.listing import listing
from ticketscope.tables.table import Plot, Table
from ticketscope.tables.typed import read_table
from toy import toy_experiment
from unit.test_extension_executor import NAME, InOrder

pytestmark = pytest.mark.slow

TABLE = Table(
    name="sizes",
    says="How large the weights of every layer are.",
    own=(
        *whole("layer", says="from 1"),
        *text("measure", says="`mean_magnitude`"),
        *number("value", says="the mean absolute weight"),
    ),
    plot=Plot(x="layer", y="value", panels="measure"),
)


class Sizes(NetworkStep):
    """How large the weights of every layer of the encoder are, beside those of the dense model."""

    name = "sizes_of_weights"
    version = 1
    tables = (TABLE,)
    compares = True

    def compared_with(self, label: LevelId, bench: Bench) -> Sequence[LevelId]:
        reference = bench.panel.reference(label)
        return [reference] if reference else []

    def measure(
        self, network: Network, others: Sequence[Network], _bench: Bench
    ) -> Mapping[str, Any]:
        assert len(others) == (network.label != dense_of(0))
        found: dict[int, list[float]] = {}
        for name, weights in network.weights().items():
            what = role(name)
            if what.module == "encoder" and what.layer:
                found.setdefault(what.layer, []).append(float(weights.abs().mean()))
        return {"layers": [[layer, sum(of) / len(of)] for layer, of in found.items()]}

    def rows(self, bench: Bench) -> Rows:
        return {TABLE.name: self._rows(bench)}

    def _rows(self, bench: Bench) -> Iterator[Row]:
        for label in bench.panel.labels:
            for layer, value in bench.results.read(self.name, label)["layers"]:
                row = {"layer": layer, "measure": "mean_magnitude", "value": value}
                yield {"level_id": label, **row}


TOY = Sizes()


@pytest.fixture(autouse=True)
def entered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(EXECUTORS, NAME, lambda root, _: InOrder(root))
    STEPS.append(TOY)
    yield
    STEPS.remove(TOY)


@pytest.fixture
def experiment(toy_files: Path) -> Experiment:
    return toy_experiment(
        toy_files,
        lottery=Lottery(levels=1, arms=("lr_rewinding",)),
        attention=Attention(num_words=100, importance_sentences=0),
        execution=Execution(executor=NAME),
    )


def said() -> tuple[io.StringIO, Console]:
    output = io.StringIO()
    return output, Console(file=output, width=200)


def test_a_dry_run_and_the_documentation_name_it(experiment: Experiment) -> None:
    output, console = said()
    print_sizes(plan_sizes(experiment), experiment, console)
    assert TOY.name in output.getvalue()
    assert "### sizes.csv" in listing(all_tables())


def test_it_is_measured_tabled_and_shown(experiment: Experiment, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    bench = Bench.of(run.root, experiment)
    training = [Job(TRAIN, label, print, ()) for label in bench.panel.labels]
    jobs = {job.name: job for job in measuring_jobs(bench, training)}
    ticket = LevelId(0, "lr_rewinding", 1)
    needs = {f"train {dense_of(0)}", f"train {ticket}"}
    assert jobs[f"{TOY.name} {ticket}"].needs == needs

    output, console = said()
    report = run_experiment(experiment, run.root, console)
    table = read_table(run.root, TABLE, CAST)
    assert isinstance(table, pd.DataFrame)
    assert table["arm"].tolist() == ["dense", "lr_rewinding"]
    assert (table["value"] > 0).all()
    costs = {cost.stage: cost for cost in stage_costs(run)}
    assert costs[TOY.name].num_jobs == 2
    assert costs[TOY.name].disk_bytes > 0
    print_costs(run, console)
    assert TOY.name in output.getvalue()
    assert [state.state for state in overview(bench, ())] == ["measured", "measured"]
    run.analysis(TOY.name, ticket).unlink()
    assert [state.state for state in overview(bench, ())] == ["measured", "trained"]
    page = report.read_text(encoding="utf-8")
    assert TABLE.says in page
    section = next(s for s in sections(read_run(run.root)) if s.anchor == TABLE.name)
    assert [part for part in section.parts if isinstance(part, Figure)]
