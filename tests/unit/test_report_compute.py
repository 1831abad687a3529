"""The section on methods: figures as data, what is told of retraining, and what it all took."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cast_fixture import CAST

from ticketscope.arms.cast import lottery_cast
from ticketscope.config import Lottery
from ticketscope.lottery.lineage import planned_levels
from ticketscope.lottery.spent import with_all_before
from ticketscope.report.compute import figures
from ticketscope.report.compute.sections import _searching, compute_parts
from ticketscope.report.parts.part import Figure, Gap, Prose, Table
from ticketscope.report.reading.run_tables import read_run
from ticketscope.runs.store import LevelId
from unit.report_fixture import (
    FakeRun,
    compute_rows,
    drawn,
    frame,
    records,
    shares,
    write_csv,
    write_run,
)

LEVELS = 4
FAKE = FakeRun(arms=("lr_rewinding", "dense_continued", "random_pruning"), levels=LEVELS)


def pooled_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for arm in fake.arms:
        for level in range(1, fake.levels + 1):
            for metric in ("bleu", "loss"):
                for reference in ("dense", "first"):
                    yield {
                        "arm": arm,
                        "level": level,
                        "sparsity_prunable": shares(arm, level)["sparsity_prunable"],
                        "metric": metric,
                        "reference": reference,
                        "num_replicates": 2,
                        "num_sentences": 500,
                        "value": -float(level),
                        "lower": -level - 0.5,
                        "upper": -level + 0.5,
                        "error_replicates": 0.1,
                        "error_sentences": 0.1,
                    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    run = write_run(tmp_path / "run", FAKE)
    others = [row for row in pooled_rows(FAKE) if row["arm"] == "random_pruning"]
    write_csv(run / "tables/quality_pooled.csv", others)
    return run


def test_methods_are_drawn_beside_the_first_arm(run: Path) -> None:
    tables = read_run(run)
    data = figures.method_data(frame(tables.tables["quality_pooled"]))
    assert set(data["arm"]) == {"random_pruning"}
    assert len(data) == LEVELS * 2, "rows of other references are no part of it"
    assert list(data["lower"]) == list(data["value"] - 0.5)
    assert drawn(figures.method_chart(data, CAST), -1) == records(data)
    retrained, figure, table = compute_parts(tables)
    assert isinstance(retrained, Prose)
    assert "every arm trained as many updates (40)" in retrained.text
    assert isinstance(figure, Figure)
    assert "against lr_rewinding" in figure.title
    assert isinstance(table, Table)
    cells = {row[0]: row[1:] for row in table.rows}
    ticket = cells[tables.cast["lr_rewinding"].title]
    assert ticket == ("4", "40", "260", "2,600", "2.6e+08", "2.60")


def test_arms_that_did_not_train_alike_are_told(run: Path) -> None:
    rows = list(compute_rows(FAKE, {"random_pruning": 50}))
    write_csv(run / "tables/compute.csv", rows)
    (run / "tables/quality_pooled.csv").unlink()
    told, gap, _ = compute_parts(read_run(run))
    assert isinstance(told, Prose)
    assert "did not train as many updates at 4 levels (1, 2, 3 and 4)" in told.text
    assert isinstance(gap, Gap)


def test_the_search_holds_all_that_a_level_is_made_from_once() -> None:
    arms = ("lr_rewinding", "shuffled_mask", "one_shot")
    found = with_all_before(planned_levels(Lottery(arms=arms, levels=2)))
    dense, first, second = (
        LevelId(0, arm, level)
        for arm, level in (("dense", 0), ("lr_rewinding", 1), ("lr_rewinding", 2))
    )
    assert found[dense] == {dense}
    assert found[second] == {dense, first, second}
    alone = LevelId(0, "one_shot", 2)
    assert found[alone] == {dense, alone}, "level 1 of it is not on the way"
    assert {dense, first, second} < found[LevelId(0, "shuffled_mask", 2)]


def test_it_says_which_arms_trained_to_find_what_goes() -> None:
    assert _searching(lottery_cast(["lr_rewinding", "lr_rewinding-wanda"])) == ""
    said = _searching(lottery_cast(["lr_rewinding", "shuffled_mask", "lr_rewinding-movement"]))
    assert said.startswith(
        " Before each level a training chose what goes, too: tickets "
        "(learning-rate rewinding), by movement. It is counted"
    )
