"""What a gate decides: by intervals, by replicates, by many rows; and nothing without a figure."""

from math import isclose, nextafter, sqrt
from pathlib import Path

import numpy as np
import pytest
from gate_fixture import (
    GIVEN,
    LOTTERY,
    WHOLE,
    bleu,
    ends,
    judged,
    material,
    network,
    phenomenon,
    timed,
)
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.claims.verdicts import pooled
from ticketscope.gate.joined_figure import JoinedFigure
from ticketscope.gate.rules import Bound, Side
from ticketscope.gate.selection import figures_of
from ticketscope.gate.verdict import Decision, GateOutcome, JudgedRow, Verdict
from ticketscope.measures.estimate import Estimate
from ticketscope.steps import all_tables
from ticketscope.tables.behaviour import BEHAVIOUR
from ticketscope.tables.column import Column
from ticketscope.tables.networks import NETWORKS
from ticketscope.tables.quality import QUALITY, QUALITY_POOLED
from ticketscope.tables.representations import SIMILARITY
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import Table
from ticketscope.tables.written import Row

FIGURES = st.floats(-10, 10)
REACHES = st.floats(0, 5)
SIDES = st.sampled_from(["at_least", "at_most"])
BLEU = """
[rules.BLEU]
table = "quality"
where = { metric = "bleu" }
difference_to = "base"
"""
EACH = """
[rules.each]
table = "behaviour"
where = { bucket_kind = "phenomenon" }
each = true
difference_to = "base"
at_least = -0.02
"""


def row(value: float, reach: float, bound: Bound, num_rows: int = 1) -> JudgedRow:
    return JudgedRow("", JoinedFigure(value, reach, reach, num_sentences=100), bound, num_rows)


def verdicts(outcome: GateOutcome) -> dict[str, Verdict]:
    return {decision.network: decision.verdict for decision in outcome.decisions}


# ----------------------------------------------------------------------------- intervals


@pytest.mark.parametrize(
    ("value", "at_least", "at_most"),
    [(-0.1, "pass", "fail"), (-0.9, "fail", "pass"), (-0.4, "undecided", "undecided")],
)
def test_the_whole_interval_must_be_on_one_side(
    value: float, at_least: Verdict, at_most: Verdict
) -> None:
    assert row(value, 0.3, Bound("at_least", -0.5)).verdict == at_least
    assert row(value, 0.3, Bound("at_most", -0.5)).verdict == at_most


def test_the_bound_itself_is_on_the_right_side() -> None:
    assert row(0.5, 0.5, Bound("at_least", 0.0)).verdict == "pass"
    assert row(-0.5, 0.5, Bound("at_least", 0.0)).verdict == "undecided"
    assert row(-0.5, 0.5, Bound("at_most", 0.0)).verdict == "pass"


def test_a_figure_without_an_interval_is_compared_as_it_is() -> None:
    bare = JoinedFigure(0.98)
    assert JudgedRow("", bare, Bound("at_least", 0.98)).verdict == "pass"
    assert JudgedRow("", bare, Bound("at_least", nextafter(0.98, 1))).verdict == "fail"


@given(FIGURES, REACHES, FIGURES, SIDES, REACHES, st.integers(1, 50))
def test_a_stricter_bound_never_mends_what_fails(
    value: float, reach: float, bound: float, side: Side, stricter: float, num: int
) -> None:
    before = row(value, reach, Bound(side, bound), num).verdict
    tightened = bound + stricter if side == "at_least" else bound - stricter
    after = row(value, reach, Bound(side, tightened), num).verdict
    order: list[Verdict] = ["pass", "undecided", "fail"]
    assert order.index(after) >= order.index(before)


@given(FIGURES, REACHES, FIGURES, SIDES, st.floats(0, 1), st.integers(1, 50))
def test_a_narrower_interval_never_turns_what_is_decided(
    value: float, reach: float, bound: float, side: Side, part: float, num: int
) -> None:
    before = row(value, reach, Bound(side, bound), num).verdict
    after = row(value, reach * part, Bound(side, bound), num).verdict
    assert before in (after, "undecided")


# ----------------------------------------------------------------------------- forecast


@given(st.floats(0.01, 5), st.floats(1.01, 20), st.booleans(), SIDES)
def test_the_sentences_that_it_needs_decide_it(
    distance: float, times: float, is_above: bool, side: Side
) -> None:
    value = distance if is_above else -distance
    reach = distance * times
    open_row = row(value, reach, Bound(side, 0.0))
    needed = open_row.sentences_needed
    assert open_row.verdict == "undecided"
    assert needed is not None
    assert isclose(needed, 100 * times**2, abs_tol=1)
    more = row(value, reach * sqrt(100 / (needed + 1)), Bound(side, 0.0))
    assert more.verdict != "undecided"


def test_there_is_no_forecast_at_the_bound_nor_of_what_is_not_over_sentences() -> None:
    bound = Bound("at_least", 0.0)
    assert row(0.0, 0.3, bound).sentences_needed is None
    assert JudgedRow("", JoinedFigure(0.1, 0.3, 0.3), bound).sentences_needed is None
    assert row(0.4, 0.3, bound).sentences_needed is None  # it is decided


@pytest.mark.parametrize(
    ("counts", "num"),
    [({}, 500), ({"num_sentences": 300}, 300), ({"num_sentences_dense": 200}, 200)],
    ids=["older table", "scored in part", "both scored"],
)
def test_a_forecast_is_from_the_sentences_that_a_figure_rests_on(
    counts: dict[str, int], num: int, tmp_path: Path
) -> None:
    rows = [bleu("base", 40.0, level=0), bleu("small", 39.9, -0.4) | counts]
    rules = 'networks = ["small"]\n' + BLEU + "at_least = -0.5"
    [decision] = judged(tmp_path, rules, material(tmp_path, {QUALITY: rows})).decisions
    assert decision.sentences_needed == pytest.approx(9 * num, abs=1)


def test_no_number_of_sentences_mends_what_replicates_leave_open() -> None:
    bound = Bound("at_least", 0.0)
    wide = JudgedRow("", JoinedFigure(0.1, 0.1, 0.1, 0.05, 3, 500), bound)
    assert (wide.verdict, wide.sentences_needed) == ("undecided", None)
    assert wide.is_left_open_by_replicates
    narrow = JudgedRow("", JoinedFigure(0.1, 0.2, 0.2, 0.01, 3, 500), bound)
    assert not narrow.is_left_open_by_replicates
    # What is left of .1 beside .043 of the replicates is .09: (.2 / .09)² as many.
    assert narrow.sentences_needed == pytest.approx(2455, rel=0.01)


# ----------------------------------------------------------------------------- many rows


def test_to_pass_all_rows_must_and_to_fail_one_is_enough(tmp_path: Path) -> None:
    assert verdicts(judged(tmp_path, EACH, material(tmp_path, WHOLE))) == {
        "small": "pass",
        "tiny": "fail",
    }


def test_one_of_many_rows_must_be_further_beyond(tmp_path: Path) -> None:
    """Alone it fails; among twenty others its interval is wider."""
    beyond = phenomenon("small", "case", -0.032)
    others = [phenomenon("small", f"of {i}", 0.0) for i in range(20)]
    rules = 'networks = ["small"]\n' + EACH
    alone = judged(tmp_path, rules, material(tmp_path, {BEHAVIOUR: [beyond]}))
    among = judged(tmp_path, rules, material(tmp_path, {BEHAVIOUR: [beyond, *others]}))
    assert verdicts(alone) == {"small": "fail"}
    assert verdicts(among) == {"small": "undecided"}
    [decision] = among.decisions
    assert (decision.deciding.label, decision.count("pass")) == ("bucket = case", 20)
    assert any("Bonferroni" in remark for remark in among.remarks)


def test_many_looks_fail_and_pass_by_chance_as_seldom_as_one() -> None:
    """All rows at the bound: none may be said to be beyond. Uncorrected, 40 % of gates would
    fail."""
    rng = np.random.default_rng(11)
    bound, found = Bound("at_least", 0.0), []
    for _ in range(1_000):
        rows = tuple(row(value, 1.96, bound, 20) for value in rng.standard_normal(20))
        found.append(Decision("", "", "", bound, rows).verdict)
    assert found.count("fail") / 1_000 < 0.035
    one_at_the_bound = [
        Decision(
            *("", "", "", bound),
            tuple(row(v, 1.96, bound, 20) for v in (first, *rng.normal(9, 1, 19))),
        ).verdict
        for first in rng.standard_normal(1_000)
    ]
    assert one_at_the_bound.count("pass") / 1_000 < 0.035


def test_a_list_allows_several_values_and_an_empty_text_is_an_empty_cell(tmp_path: Path) -> None:
    together = [phenomenon(arm, "", 0.0) for arm in ("small", "tiny")]
    made = material(tmp_path, {BEHAVIOUR: [*WHOLE[BEHAVIOUR], *together]})
    kind = 'bucket_kind = "phenomenon"'
    for values, labels in (
        ('["case", "gender"]', ["bucket = case", "bucket = gender"]),
        ('["case", ""]', ["bucket = case", "no bucket"]),
        ('""', [""]),
    ):
        outcome = judged(tmp_path, EACH.replace(kind, f"{kind}, bucket = {values}"), made)
        assert [row.label for row in outcome.decisions[0].rows] == labels


def test_several_rows_need_each(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="selects 2 rows per network, which differ in bucket: "):
        judged(tmp_path, EACH.replace("each = true", ""), material(tmp_path, WHOLE))


def test_what_is_needed_is_the_least_that_decides() -> None:
    bound = Bound("at_least", 0.0)
    above = [row(0.1, 0.2, bound, 2), row(0.1, 0.4, bound, 2)]
    assert Decision("", "", "", bound, tuple(above)).sentences_needed == 1600
    mixed = (row(-0.1, 0.2, bound, 2), row(0.1, 9.0, bound, 2))
    needed = Decision("", "", "", bound, mixed).sentences_needed
    assert needed is not None
    assert 400 < needed < 600  # of an interval of 97.5 %


# ----------------------------------------------------------------------------- replicates


def lottery(folder: Path, differences: list[float], reach: float, *more: Row) -> GateOutcome:
    rows = [
        bleu("lr_rewinding", 40.0, difference, reach=reach, replicate=replicate)
        for replicate, difference in enumerate(differences)
    ]
    tables: dict[Table, list[Row]] = {QUALITY: rows}
    if more:
        tables[QUALITY_POOLED] = list(more)
    made = material(folder, tables, LOTTERY, len(differences))
    return judged(folder, 'networks = ["lr_rewinding"]\n' + BLEU + "at_least = -0.5", made)


def test_replicates_are_joined_and_none_is_picked(tmp_path: Path) -> None:
    [decision] = lottery(tmp_path, [-0.1, -0.9, -0.2], 0.3).decisions
    found = decision.deciding.interval
    wanted = pooled(np.array([-0.1, -0.9, -0.2]), 0.3 / 1.959964)
    assert (found.lower, found.upper) == pytest.approx((wanted.lower, wanted.upper), rel=1e-6)
    assert (decision.network, decision.verdict) == ("lr_rewinding level 1", "undecided")
    assert found.value == pytest.approx(-0.4)


def test_equal_replicates_have_the_interval_over_sentences(tmp_path: Path) -> None:
    [decision] = lottery(tmp_path, [-0.1] * 3, 0.3).decisions
    found = decision.deciding.interval
    assert (found.lower, found.upper) == pytest.approx((-0.4, 0.2))


def test_the_pooled_table_knows_more_of_replicates(tmp_path: Path) -> None:
    of_pooled = {
        "arm": "lr_rewinding",
        "level": 1,
        "sparsity_prunable": 0.5,
        "metric": "bleu",
        "reference": "dense",
        "num_replicates": 3,
        "num_sentences": 500,
        "value": -0.12,
        "error_replicates": 0.05,
        "error_sentences": 0.02,
        "lower": -1.0,
        "upper": 1.0,
    }
    [decision] = lottery(tmp_path, [-0.1, -0.2, -0.06], 0.3, of_pooled).decisions
    found = decision.deciding.interval
    half = np.hypot(4.302653 * 0.05, 1.959964 * 0.02)
    assert (found.lower, found.upper) == pytest.approx((-0.12 - half, -0.12 + half))
    assert decision.verdict == "pass"


def test_a_replicate_that_lacks_is_an_error(tmp_path: Path) -> None:
    rows = [bleu("lr_rewinding", 40.0, 0.0, replicate=replicate) for replicate in (0, 2)]
    with pytest.raises(ValueError, match="for 2 of 3 replicates of lr_rewinding: let ticketscope"):
        judged(
            tmp_path,
            'networks = ["lr_rewinding"]\n' + BLEU + "at_least = 0",
            material(tmp_path, {QUALITY: rows}, LOTTERY, 3),
        )


@given(st.lists(st.tuples(FIGURES, REACHES), min_size=1, max_size=5))
def test_a_joined_figure_holds_the_mean(figures: list[tuple[float, float]]) -> None:
    joined = JoinedFigure.of_replicates([Estimate(v, v - r, v + r) for v, r in figures])
    found = joined.interval()
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower <= np.mean([v for v, _ in figures]) <= found.upper
    assert found.upper - found.lower >= 2 * np.mean([r for _, r in figures]) - 1e-9


def test_rows_about_the_own_replicate_are_one_row(tmp_path: Path) -> None:
    """Likeness to the dense model is a row of another name in each replicate."""
    rows = [
        network("lr_rewinding", 1, replicate)
        | {"module": "encoder", "layer": 1, "measure": "cka", "states": "normed"}
        | {"other_arm": "dense", "other_replicate": replicate, "other_level": 0, "other_layer": 1}
        | {"num_words": 900, **ends("value", 0.9, 0.01)}
        for replicate in (0, 1)
    ]
    rules = """
    networks = ["lr_rewinding"]
    [rules.likeness]
    table = "similarity"
    where = { measure = "cka", layer = 1, other_arm = "dense" }
    at_least = 0.8
    """
    made = material(tmp_path, {SIMILARITY: rows}, LOTTERY, 2)
    assert verdicts(judged(tmp_path, rules, made)) == {"lr_rewinding level 1": "pass"}


# ----------------------------------------------------------------------------- other networks


def test_a_ratio_to_the_base_in_another_engine(tmp_path: Path) -> None:
    rules = """
    [rules.latency]
    table = "speed"
    figure = "latency_p95"
    where = { engine = "ctranslate2-int8", batch = 1 }
    ratio_to = "base"
    reference_where = { engine = "ctranslate2-float32" }
    at_most = 0.45
    """
    made = material(tmp_path, WHOLE)
    outcome = judged(tmp_path, rules, made)
    assert verdicts(outcome) == {"small": "fail", "tiny": "pass"}
    assert outcome.table["value"].tolist() == [0.5, 0.3]
    assert outcome.remarks == ("Compared as it is, since it has no interval: latency.",)
    same = "\n".join(line for line in rules.splitlines() if "reference_where" not in line)
    assert judged(tmp_path, same, made).table["value"].tolist() == [50 / 60, 0.5]


def test_a_ratio_of_scores_knows_that_they_are_paired(tmp_path: Path) -> None:
    rules = BLEU.replace("difference_to", "ratio_to") + "at_least = 0.98"
    outcome = judged(tmp_path, rules, material(tmp_path, WHOLE))
    assert verdicts(outcome) == {"small": "pass", "tiny": "fail"}
    assert outcome.table["lower"].tolist() == pytest.approx([0.99, 0.942], abs=2e-3)


def test_counts_are_compared_as_they_are(tmp_path: Path) -> None:
    described = {
        "directory": "d",
        "network_class": "Marian",
        "tokenizer": "Marian",
        "vocabulary": 9,
    }
    rows = [
        network(arm, level) | described | {"directory": arm, "bytes": num}
        for arm, level, num in (("base", 0, 1000), ("small", 1, 500), ("tiny", 1, 501))
    ]
    rules = """
    [rules.size]
    table = "networks"
    figure = "bytes"
    ratio_to = "base"
    at_most = 0.5
    """
    made = material(tmp_path, {NETWORKS: rows})
    assert verdicts(judged(tmp_path, rules, made)) == {"small": "pass", "tiny": "fail"}


def test_a_difference_to_the_control(tmp_path: Path) -> None:
    rows = [
        network(arm) | bleu(arm, value) | extra
        for arm, value, extra in (
            ("small", 39.0, ends("difference_control", -1.0, 0.2)),
            ("trained_on", 40.0, {}),
        )
    ]
    rules = 'networks = ["small"]\n' + BLEU.replace("base", "control") + "at_least = -0.5"
    made = material(tmp_path, {QUALITY: rows})
    assert verdicts(judged(tmp_path, rules, made)) == {"small": "fail"}


# ----------------------------------------------------------------------------- every table


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: table.name)
def test_every_table_of_figures_can_be_judged(table: Table, tmp_path: Path) -> None:
    """A row of each is made from its columns alone: a new table needs nothing in the gate."""
    made = material(tmp_path, {table: [of_any(table, arm) for arm in ("small", "tiny")]})
    if table.name not in made.judged:
        assert table.packed or "arm" not in table.names
        return
    rules = "\n".join(
        f'[rules.{figure}]\ntable = "{table.name}"\nfigure = "{figure}"\nat_least = 0'
        for figure in figures_of(table)
    )
    assert judged(tmp_path, rules, made).verdict == "pass"


def of_any(table: Table, arm: str) -> Row:
    def cell(column: Column) -> object:
        if column.known is not None:
            return next(iter(column.known(GIVEN)))
        return {"text": "text", "whole": 1, "number": 0.5}[column.kind]

    return {column.name: cell(column) for column in table.columns} | {
        name: value
        for name, value in {"arm": arm, "replicate": 0, "level": 1}.items()
        if name in table.names
    }


# ----------------------------------------------------------------------------- no figure, no pass


def test_rows_without_the_figure_for_anybody_are_left_out_and_told(tmp_path: Path) -> None:
    few = [phenomenon(arm, "few", None) for arm in ("small", "tiny")]
    made = material(tmp_path, {BEHAVIOUR: [*WHOLE[BEHAVIOUR], *few]})
    outcome = judged(tmp_path, EACH, made)
    assert verdicts(outcome) == {"small": "pass", "tiny": "fail"}
    assert "each: 1 further rows have no figure for any network and are left out." in (
        outcome.remarks
    )


def test_a_network_without_the_figure_of_others_is_an_error(tmp_path: Path) -> None:
    few = [phenomenon("small", "few", None), phenomenon("tiny", "few", 0.0)]
    made = material(tmp_path, {BEHAVIOUR: [*WHOLE[BEHAVIOUR], *few]})
    with pytest.raises(ValueError, match=r"small has no value less that of base in the row with"):
        judged(tmp_path, EACH, made)


def test_what_nobody_has_is_an_error(tmp_path: Path) -> None:
    rows = [bleu("small", 40.0), bleu("tiny", 40.0)]
    with pytest.raises(ValueError, match=r"figure: no selected row of quality\.csv has value less"):
        judged(tmp_path, BLEU + "at_least = 0", material(tmp_path, {QUALITY: rows}))


def test_a_base_of_nothing_has_no_ratio(tmp_path: Path) -> None:
    rows = [timed("base", 0, "int8", 0.0, 1), timed("small", 1, "int8", 1.0, 1)]
    rules = """
    networks = ["small"]
    [rules.r]
    table = "speed"
    figure = "latency_p95"
    ratio_to = "base"
    at_most = 1
    """
    with pytest.raises(ValueError, match="ratio_to: that of base is 0, and a ratio needs one"):
        judged(tmp_path, rules, material(tmp_path, {SPEED: rows}))
