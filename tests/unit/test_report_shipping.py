"""The sections for those who ship: findings in words, figures as data, of lotteries and others."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pandas as pd
import pytest

from ticketscope.report.calibration.figures import difference_data, reliability_data, whole_data
from ticketscope.report.calibration.sections import calibration_parts
from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.told_apart import told_apart
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.robustness.figures import loss_data
from ticketscope.report.robustness.sections import robustness_parts
from ticketscope.report.search.figures import beam_data
from ticketscope.report.search.sections import search_parts
from unit.given_fixture import given_run
from unit.report_fixture import FakeRun, with_table, write_run

pytestmark = pytest.mark.slow

FAKE = FakeRun(replicates=2, levels=2, lost=(0.1, 0.2))
PARTS = {"calibration": calibration_parts, "search": search_parts, "robustness": robustness_parts}
GROWS = 0.05
"""By how much every figure of a ticket is above the control's, per level."""


@pytest.fixture(scope="module")
def lottery(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    return read_run(write_run(tmp_path_factory.mktemp("lottery") / "run", FAKE))


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    return given_run(tmp_path_factory.mktemp("given"))


@pytest.fixture(params=["lottery", "given"])
def run(request: pytest.FixtureRequest) -> RunTables:
    tables: RunTables = request.getfixturevalue(request.param)
    for name, rows in (("calibration", bins), ("search", beams), ("robustness", noises)):
        tables = with_table(tables, name, pd.DataFrame(list(networks(tables, rows))))
    return tables


def networks(tables: RunTables, rows: Any) -> Iterator[dict[str, Any]]:
    """Each row for every network, with figures that grow from level to level."""
    quality = tables.quality
    assert isinstance(quality, pd.DataFrame)
    columns = [*quality.columns[:6]]
    cast = tables.cast
    for place in quality[columns].drop_duplicates().to_dict("records"):
        is_control = place["arm"] == cast.control_name
        value = 0.1 if is_control else 0.1 + GROWS * place["level"]
        figures = around("", value)
        if place["level"]:
            figures |= around("difference_dense_", value - 0.1)
        if place["level"] and not is_control and cast.control:
            figures |= around("difference_control_", value - 0.1)
        for row in rows():
            yield {**EMPTY, **place, "test_set": "flickr", "num_sentences": 9, **row, **figures}


EMPTY = {
    f"difference_{other}{end}": None
    for other in ("dense", "control")
    for end in ("", "_lower", "_upper")
}


def around(prefix: str, value: float) -> dict[str, float]:
    return {
        prefix.removesuffix("_") or "value": value,
        f"{prefix}lower": value - 0.01,
        f"{prefix}upper": value + 0.01,
    }


def bins() -> Iterator[dict[str, Any]]:
    shared = {"binning": "adaptive", "num_events": 70}
    for metric in ("accuracy", "overconfidence", "ece", "ece_by_chance"):
        yield {"metric": metric, "bin": None, "mean_confidence": None, **shared}
    for place in (1, 2):
        yield {"metric": "accuracy", "bin": place, "mean_confidence": place / 3, **shared}


def beams() -> Iterator[dict[str, Any]]:
    for beam, metric in product((1, 4), ("bleu", "chrf_gain", "empty")):
        if beam > 1 or metric != "chrf_gain":
            yield {"beam": beam, "metric": metric}


def noises() -> Iterator[dict[str, Any]]:
    for kind, strength, metric in product(("typos", "marks_added"), (0.1, 1.0), ("bleu", "chrf")):
        yield {"kind": kind, "strength": strength, "metric": metric, "clean": 50, "num_changed": 7}


def parts_of(run: RunTables, name: str) -> list[Part]:
    return list(PARTS[name](run))


@pytest.mark.parametrize("name", PARTS)
def test_the_finding_comes_first_and_every_figure_can_be_drawn(run: RunTables, name: str) -> None:
    first, *others = parts_of(run, name)
    assert isinstance(first, Prose)
    assert first.lead
    figures = [part for part in others if isinstance(part, Figure)]
    assert len(figures) >= 2
    for part in figures:
        assert part.spec()["layer"]


@pytest.mark.parametrize("name", PARTS)
def test_what_was_not_measured_is_a_gap(lottery: RunTables, name: str) -> None:
    [gap] = parts_of(lottery, name)
    assert isinstance(gap, Gap)


def test_what_is_told_of_a_lottery(lottery: RunTables) -> None:
    """Of the first arm at its last level, compared with the control."""
    tables = pd.DataFrame(list(networks(lottery, bins)))
    found = told_apart(tables[tables["metric"] == "ece"], lottery.cast)
    assert found is not None
    assert found.other == "the control"
    assert found.rows["value"].tolist() == pytest.approx([2 * GROWS, 2 * GROWS])
    assert (found.num_above, found.num_below) == (2, 0)
    assert found.of(found.num_above) == "two of 2 tickets of the last level"


def test_the_rows_that_are_drawn(run: RunTables) -> None:
    calibration, search, robustness = (run.tables[name] for name in PARTS)
    assert isinstance(calibration, pd.DataFrame)
    assert isinstance(search, pd.DataFrame)
    assert isinstance(robustness, pd.DataFrame)
    num = len(calibration.drop_duplicates(["arm", "replicate", "level"]))
    assert len(reliability_data(calibration, run.cast)) == 2 * num
    assert len(whole_data(calibration, run.cast)) == 3 * num  # by chance is told in the table
    known = calibration[calibration["metric"] == "ece"]
    compared = int(
        known["difference_dense"].notna().sum() + known["difference_control"].notna().sum()
    )
    assert len(difference_data(calibration, run.cast)) == 3 * compared
    assert len(beam_data(search, run.cast)) == 5 * num
    losses = loss_data(robustness, run.cast)
    assert len(losses) == 8 * num
    assert losses["measure"].iloc[0] == "chrF lost"
    assert set(losses["noise"]) == {"typos", "punctuation added"}
    assert losses["strength"].iloc[0] == "100\u00a0% of the words"
