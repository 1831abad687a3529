"""Metrics whose scores others gave stand on the page where those that are measured here do."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.report.comparison import figures as comparison_figures
from ticketscope.report.dissection import given_overview, given_quality
from ticketscope.report.drawing.metrics import told, with_given, worse_of_given
from ticketscope.report.parts.part import Code, Figure, Table
from ticketscope.report.quality.sections import quality_parts
from ticketscope.report.reading.run_tables import RunTables, read_run
from unit.given_fixture import given_run
from unit.report_fixture import FakeRun, frame, write_run


def scored(run: RunTables) -> RunTables:
    """The run with the scores of a metric of which less is better, made of those of BLEU."""
    quality = frame(run.quality)
    rows = quality[quality["metric"] == "bleu"].assign(metric="errors", better="lower")
    rows = rows.assign(num_sentences=[40, *[900] * (len(rows) - 1)])
    return replace(run, tables={**run.tables, "quality": pd.concat([quality, rows])})


@pytest.fixture(scope="module")
def lottery(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    return scored(read_run(write_run(tmp_path_factory.mktemp("scored"), FakeRun())))


def test_figures_and_tables_of_a_lottery_have_them(lottery: RunTables) -> None:
    parts = list(quality_parts(lottery))
    titles = [part.title for part in parts if isinstance(part, Figure | Table | Code)]
    test_set = lottery.study.in_domain[0]
    assert f"errors against sparsity on {test_set}" in titles
    assert f"errors on {test_set}" in titles
    [beside] = [
        part
        for part in parts
        if isinstance(part, Figure) and part.title == f"errors beside the control on {test_set}"
    ]
    assert beside.reading.startswith("Above 0, a ticket is worse")
    assert "n = 40 to 900 sentences whose scores were given" in beside.reading
    quality = frame(lottery.quality)
    assert told("errors", {}, quality).title == "errors (mean over sentences, lower is better)"
    assert worse_of_given(quality) == " It is worse for errors above 0."
    assert with_given({"bleu": "BLEU"}, quality) == {"bleu": "BLEU", "errors": "errors"}


def test_runs_are_compared_by_them(lottery: RunTables) -> None:
    data = comparison_figures.quality_data(frame(lottery.quality), CAST)
    assert list(dict.fromkeys(data["measure"])) == ["BLEU", "errors"]
    by = data.groupby("measure")["value"].agg(list)
    assert by["BLEU"] == by["errors"]


def test_the_first_screen_of_a_dissection_has_them(tmp_path: Path) -> None:
    run = scored(given_run(tmp_path))
    [table] = given_overview.summary(run).overview
    assert isinstance(table, Table)
    assert "errors" in table.columns
    figures = [part for part in given_quality.quality_parts(run) if isinstance(part, Figure)]
    assert "errors: mean over sentences, lower is better" in figures[0].reading
