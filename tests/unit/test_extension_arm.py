"""An arm is one object and one line: a toy one, defined here, is planned, trained and reported."""

import io
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError
from rich.console import Console

from ticketscope.arms import ARMS, Arm
from ticketscope.config import Attention, Execution, Lottery
from ticketscope.networks.masks import Mask
from ticketscope.report.parts.part import Figure, Verdicts
from ticketscope.report.reading.run_tables import read_run
from ticketscope.report.sections import sections
from ticketscope.report.summary import summary
from ticketscope.runs.executors import EXECUTORS
from ticketscope.runs.store import LevelId, Run
from ticketscope.study.main_job import run_experiment
from ticketscope.study.plan import plan_sizes, print_sizes
from toy import toy_experiment
from unit.test_extension_executor import NAME, InOrder

pytestmark = pytest.mark.slow

TOY = Arm(
    name="toy_arm",
    title="toy",
    criterion="magnitude",
    control="dense_continued",
    is_control=False,
    colour="#AB12CD",
    sentence="It prunes for the sake of a test.",
)
ARM_LEVEL = LevelId(0, TOY.name, 1)


@pytest.fixture(autouse=True)
def entered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARMS, TOY.name, TOY)
    monkeypatch.setitem(EXECUTORS, NAME, lambda root, _: InOrder(root))


def test_it_is_trained_measured_judged_and_reported(toy_files: Path, tmp_path: Path) -> None:
    experiment = toy_experiment(
        toy_files,
        lottery=Lottery(arms=(TOY.name, "dense_continued"), levels=1, prune_fraction=0.5),
        attention=Attention(num_words=100, importance_sentences=0),
        execution=Execution(executor=NAME),
    )
    output = io.StringIO()
    print_sizes(plan_sizes(experiment), experiment, Console(file=output, width=200))
    assert "toy_arm (criterion: magnitude)" in output.getvalue()

    report = run_experiment(experiment, tmp_path / "run", Console(file=output, width=200))
    run = Run(tmp_path / "run")
    mask = Mask.load(run.level(ARM_LEVEL).masks)
    assert mask.num_pruned == pytest.approx(mask.num_weights / 2, abs=1)
    tables = {path.stem: pd.read_csv(path) for path in run.tables.glob("*.csv")}
    for name in ("quality", "sparsity", "similarity", "complexity", "attention", "weights"):
        assert set(tables[name]["arm"]) == {"dense", TOY.name, "dense_continued"}, name
    quality = tables["quality"].set_index("arm")
    assert quality.loc[TOY.name, "difference_control"].notna().all()
    assert set(tables["claims"]["arm"]) == {TOY.name}
    assert tables["claims"]["sentence"].str.contains("toy_arm minus that of dense_continued").any()

    assert TOY.sentence in report.read_text(encoding="utf-8")
    read = read_run(run.root)
    figures = [part for s in sections(read) for part in s.parts if isinstance(part, Figure)]
    drawn = [figure for figure in figures if TOY.colour in figure.chart.to_json()]
    assert len(drawn) > 3
    assert isinstance(summary(read).verdicts, Verdicts)


def test_it_is_a_value_of_the_setting_only_while_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Lottery(arms=(TOY.name,)).arms == (TOY.name,)
    monkeypatch.delitem(ARMS, TOY.name)
    with pytest.raises(ValidationError, match=r"toy_arm: no such arm; valid: lr_rewinding"):
        Lottery(arms=(TOY.name,))
