"""The section on damage: worst first, all kinds turned the same way, and what was not counted."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST
from report_fixture import FakeRun, with_table, write_run

from ticketscope.damage import KINDS
from ticketscope.report.damage import figures
from ticketscope.report.damage.sections import damage_parts
from ticketscope.report.parts.part import Figure, Gap, Prose, Table
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.tables.table import NotMeasured

pytestmark = pytest.mark.slow


def row(arm: str, kind: str, value: float | None, change: float | None) -> dict[str, Any]:
    """One of level 1, or of the dense model; intervals reach 2 points to either side."""
    metric = next(each.metric for each in KINDS if each.name == kind)
    of_control = None if change is None or arm != "lr_rewinding" else change / 2

    def around(name: str, middle: float | None) -> dict[str, Any]:
        ends = (middle - 0.02, middle + 0.02) if middle is not None else (None, None)
        return {name: middle, f"{name}_lower": ends[0], f"{name}_upper": ends[1]}

    return {
        "arm": arm,
        "replicate": 0,
        "level": int(arm != "dense"),
        **dict.fromkeys(("sparsity_prunable", "sparsity_total", "sparsity_non_embedding"), 0.2),
        "test_set": "test",
        "kind": kind,
        "metric": metric,
        "value": value,
        "lower": value and value - 0.02,
        "upper": value and value + 0.02,
        **around("difference_dense", change),
        **around("difference_control", of_control),
        "num_sentences": 50,
        "num_events": 80 * (value is not None),
        "num_untold": 3,
    }


ROWS = [
    *(row("dense", kind, value, None) for kind, value in (("numbers", 0.9), ("empty", 0.1))),
    *(row("lr_rewinding", *each) for each in (("numbers", 0.8, -0.1), ("empty", 0.05, -0.05))),
    *(row("dense_continued", *each) for each in (("numbers", 0.91, 0.01), ("empty", 0.1, 0.0))),
    row("dense", "urls", None, None),
    row("lr_rewinding", "urls", None, None),
]
TABLE = pd.DataFrame(ROWS).astype(dict.fromkeys(("replicate", "level"), "int64"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    written = write_run(tmp_path_factory.mktemp("run") / "run", FakeRun())
    (written / "views/damage.json").write_text(
        '{"untold": [{"test_set": "test", "kind": "negation", "reason": "no list"}]}', "utf-8"
    )
    return with_table(read_run(written), "damage", TABLE)


def test_of_a_recall_what_was_lost_is_drawn() -> None:
    data = figures.change_data(TABLE, CAST)
    cells = data.set_index(["kind", "arm"])
    assert list(dict.fromkeys(data["kind"])) == ["numbers", "empty"], "as in the list of kinds"
    lost = cells.loc[("numbers", "lr_rewinding")]
    assert lost[["value", "lower", "upper"]].tolist() == pytest.approx([0.1, 0.08, 0.12])
    less = cells.loc[("empty", "lr_rewinding")]
    assert less[["value", "lower", "upper"]].tolist() == pytest.approx([-0.05, -0.07, -0.03])
    assert ("numbers", "dense_continued") in cells.index


def test_the_worst_comes_first_with_its_interval_and_the_control(run: RunTables) -> None:
    first, *parts = damage_parts(run)
    assert isinstance(first, Prose)
    text = first.text.replace("\u00a0", " ").replace("\u2212", "-")
    assert text == (
        "worst is “numbers” in test: 20.0 % of 80 events broke, against 10.0 % in the dense model "
        "(difference +10.0 points, 95 % interval +8.0 to +12.0). Against the control it is +5.0 "
        "points (+3.0 to +7.0). Of 2 kinds and test sets, one is certain to be worse. Certain to "
        "be better: empty."
    )
    assert any(isinstance(part, Figure) for part in parts)
    gaps = [part.reason for part in parts if isinstance(part, Gap)]
    assert gaps[0] == "test has no events of urls: nothing of it could break there."
    assert gaps[1] == "test: “negation” is not counted: no list."
    assert "numbers 3 of test" in gaps[2]
    [cells] = [part for part in parts if isinstance(part, Table) and "What broke" in part.title]
    assert cells.rows[0][:3] == ("test", "numbers", "80")


def test_where_nothing_is_certain_that_is_said(run: RunTables) -> None:
    unsure = TABLE.assign(difference_dense_lower=-0.5, difference_dense_upper=0.5)
    first, *_ = damage_parts(with_table(run, "damage", unsure))
    assert isinstance(first, Prose)
    assert first.text.startswith("no kind of damage is certain to have grown, of 2 kinds")
    assert "50.0" in first.text


def test_without_a_table_the_reason_is_told(run: RunTables) -> None:
    [gap] = damage_parts(with_table(run, "damage", NotMeasured("nothing there")))
    assert gap == Gap("nothing there")


def test_every_kind_has_a_row_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs/damage.md").read_text("utf-8")
    for kind in KINDS:
        assert f"| `{kind.name}` | {kind.metric} |" in page
