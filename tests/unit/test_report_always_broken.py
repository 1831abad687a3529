"""What the page says of sentences that break every time."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from ticketscope.report.behaviour.always_broken import always_broken_parts
from ticketscope.report.parts.part import Prose, Table
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.tables.behaviour import BROKEN
from unit.report_fixture import FakeRun, write_run


@pytest.fixture(scope="module")
def lottery(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    return read_run(write_run(tmp_path_factory.mktemp("broken"), FakeRun()))


def with_rows(run: RunTables, *rows: dict[str, Any]) -> RunTables:
    broken = pd.DataFrame(rows).reindex(columns=[*BROKEN.names])
    return replace(run, tables={**run.tables, BROKEN.name: broken})


def row(**cells: Any) -> dict[str, Any]:
    chance = {"chance": 0.001, "chance_lower": 0.0, "chance_upper": 0.01}
    return {
        "failure": "exact",
        "test_set": "test",
        "arm": "lr_rewinding",
        "level": 3,
        "num_networks": 3,
        "bucket_kind": "",
        "bucket": "",
        "num_sentences": 200,
        "num_broken": 4,
        "value": 0.02,
        "lower": 0.008,
        "upper": 0.05,
        **chance,
        **{name.replace("chance", "chance_by_length"): value for name, value in chance.items()},
        "p_chance": 0.0001,
        "p_chance_by_length": 0.002,
        **cells,
    }


def test_the_finding_comes_first_with_its_chance(lottery: RunTables) -> None:
    of_slice = {"bucket_kind": "length", "bucket": "11 to 15", "p_others": 0.001}
    ends = {f"difference_others{end}": 0.02 for end in ("", "_lower", "_upper")}
    run = with_rows(
        lottery,
        row(level=2, num_broken=1),
        row(),
        row(failure="numbers", num_broken=0),
        row(**of_slice, **ends, p_others_holm=0.03),
    )
    finding, _, rates, told, shared = always_broken_parts(run)
    assert isinstance(finding, Prose)
    assert "Of 200 sentences of test that could, 4 break in all three networks" in finding.text
    assert "by chance 0.2 would" in finding.text
    assert isinstance(rates, Table)
    assert len(rates.rows) == 3
    assert isinstance(told, Prose)
    assert told.text.startswith("Of 1 slice, one has another share")
    assert isinstance(shared, Table)
    assert shared.rows[0][3] == "11 to 15"


def test_one_network_alone_tells_nothing(lottery: RunTables) -> None:
    [told] = always_broken_parts(with_rows(lottery, row(num_networks=1)))
    assert isinstance(told, Prose)
    assert "cannot be told" in told.text


def test_older_runs_have_nothing_of_it(lottery: RunTables) -> None:
    assert not list(always_broken_parts(lottery))
