"""The section on challenge sets: the finding first, figures as data, and what is said without."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.arms.cast import Cast
from ticketscope.report.challenge import figures
from ticketscope.report.challenge.sections import challenge_parts
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.tables.challenge import CHALLENGE
from ticketscope.tables.table import NotMeasured
from unit.given_fixture import GIVEN, given_run
from unit.report_fixture import FakeRun, write_run

FAKE = FakeRun(arms=("lr_rewinding", "dense_continued"), levels=2, lost=(0.1, 0.4))


def rows(cast: Cast, levels: int, not_found: float = 0.1) -> pd.DataFrame:
    """The gap of a network that is not dense is .1 per level wider; its accuracy .2 lower."""
    return pd.DataFrame(list(_rows(cast, levels, not_found))).reindex(columns=list(CHALLENGE.names))


def _rows(cast: Cast, levels: int, not_found: float) -> Iterator[dict[str, Any]]:
    asked = [("gender", *key) for key in figures.OF_PERSONS]
    asked += [("mine", "accuracy", phenomenon) for phenomenon in ("", "number", "name")]
    for arm in cast:
        is_dense = arm == cast.dense.name
        for level in [0] if is_dense else range(1, levels + 1):
            for name, metric, phenomenon in asked:
                change = {"stereotype_gap": 0.1 * level, "accuracy": -0.2}.get(metric, 0.0)
                value = not_found if metric == "not_found" else 0.5 + change
                row = {"value": value, "lower": value - 0.05, "upper": value + 0.05}
                if not is_dense:
                    row |= {
                        "difference_dense": change,
                        "difference_dense_lower": change - 0.15,
                        "difference_dense_upper": change + 0.15,
                    }
                yield {
                    "arm": arm,
                    "replicate": 0,
                    "level": level,
                    **dict.fromkeys(("sparsity_prunable", "sparsity_total"), 0.0),
                    "sparsity_non_embedding": 0.0,
                    "set": name,
                    "kind": "built_in" if name == "gender" else "contrastive",
                    "phenomenon": phenomenon,
                    "metric": metric,
                    **row,
                    "num_sentences": 320,
                    "num_events": 320,
                    "num_left_out": 4 if name == "mine" else 0,
                }


@pytest.fixture(scope="module")
def lottery(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    return read_run(write_run(tmp_path_factory.mktemp("run") / "run", FAKE))


def parts(run: RunTables, challenge: pd.DataFrame | NotMeasured) -> list[Part]:
    found = replace(run, tables={**run.tables, CHALLENGE.name: challenge})
    return list(challenge_parts(found))


def test_of_a_lottery_the_finding_comes_first_and_figures_follow(lottery: RunTables) -> None:
    found = parts(lottery, rows(lottery.cast, 2))
    first = found[0]
    assert isinstance(first, Prose)
    assert first.lead == "Stereotypes against the dense model."
    assert first.text == (
        "In 320 built-in sentences, the gap is surely wider in 2 of 4 networks and surely narrower "
        "in 0; it grew most in tickets (learning-rate rewinding), level 2 of replicate 0: +0.20 "
        "[+0.05 to +0.35]."
    )
    drawn = [part for part in found if isinstance(part, Figure)]
    assert [part.title for part in drawn] == [
        "How genders changed against the dense model",
        "Which challenges each network fails against the dense model",
    ]
    assert all(part.spec() for part in drawn)
    fell = next(part for part in found if isinstance(part, Prose) and "Surely worse" in part.lead)
    assert fell.text.startswith("In 12 of 12 figures of networks and phenomena; most in ")
    assert isinstance(found[-1], Prose)
    assert "Of the set mine, 4 lines could not be asked" in found[-1].text
    (table,) = (part for part in found if isinstance(part, Table))
    assert table.title == "All figures of gender"
    assert table.rows[0][0] == "stereotype gap (ΔS)"
    assert len(table.rows) == len(figures.OF_PERSONS) * 5


def test_of_a_dissection_networks_have_their_names(tmp_path: Path) -> None:
    found = parts(given_run(tmp_path), rows(GIVEN, 1))
    first = found[0]
    assert isinstance(first, Prose)
    assert first.text.endswith(
        "in none of 3 networks; it grew most in int8: +0.10 [−0.05 to +0.25]."
    )
    assert all(part.spec() for part in found if isinstance(part, Figure))


def test_what_a_network_does_not_know_is_said(lottery: RunTables) -> None:
    found = parts(lottery, rows(lottery.cast, 2, not_found=0.9))
    assert isinstance(found[0], Prose)
    assert "The dense model has no German noun for the profession in 90.0\u00a0%" in found[0].text
    (gap,) = parts(lottery, NotMeasured("no rows"))
    assert isinstance(gap, Gap)
    assert "genders are read in German" in gap.reason


def test_figures_are_in_one_order_and_choices_are_by_phenomenon() -> None:
    challenge = rows(CAST, 1)
    persons = figures.of_persons(challenge.iloc[::-1])
    assert list(dict.fromkeys(persons["figure"])) == list(figures.OF_PERSONS.values())
    choices = figures.of_choices(challenge)
    assert list(dict.fromkeys(choices["figure"])) == [figures.ALL, "number", "name"]
    data = figures.difference_data(choices, CAST, "dense")
    assert set(data["value"]) == {-0.2}
