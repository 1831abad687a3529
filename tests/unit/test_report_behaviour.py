"""The report on behaviour: figures as data, sentences side by side, and where they lack."""

import re
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.errors import InputError
from ticketscope.report import build_report
from ticketscope.report.behaviour import figures
from ticketscope.report.behaviour.sections import behaviour_parts
from ticketscope.report.behaviour.word_changes import changed_words
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, SideBySide, Table, Words
from ticketscope.report.reading.run_tables import read_run
from unit.behaviour_fixture import HALF, NUM_SENTENCES, FakeBehaviour, accuracy, score
from unit.report_fixture import (
    FakeRun,
    csv_rows,
    drawn,
    frame,
    records,
    shares,
    write_csv,
    write_run,
)

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
FAKE = FakeRun(arms=ARMS, levels=2, lost=(0.1, 0.2), test_sets=("flickr", "other"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FAKE)


@pytest.fixture(scope="module")
def behaviour(run: Path) -> pd.DataFrame:
    return frame(read_run(run).behaviour)


def parts_of(run: Path) -> tuple[Part, ...]:
    return tuple(behaviour_parts(read_run(run)))


def titles(parts: tuple[Part, ...]) -> list[str]:
    return [part.title for part in parts if isinstance(part, Figure)]


def gaps(parts: tuple[Part, ...]) -> list[str]:
    return [part.reason for part in parts if isinstance(part, Gap)]


CONTROLLED = "control (phenomenon)"
"""Not the control arm."""


def ticket(arm: str, replicate: int, level: int) -> dict[str, Any]:
    return {"arm": arm, "replicate": replicate, "level": level} | shares(arm, level)


# ----------------------------------------------------------------------------- minimal pairs


def test_the_map_holds_means_over_replicates_from_the_dense_model_on(
    behaviour: pd.DataFrame,
) -> None:
    data = figures.accuracy_map_data(behaviour, CAST)
    assert len(data) == 3 * 3 * 3  # arms, levels with the dense one, phenomena with all
    for phenomenon, bucket in ((figures.ALL, ""), ("gender", "gender"), (CONTROLLED, "control")):
        for arm in ARMS:
            cells = data[(data["arm"] == arm) & (data["phenomenon"] == phenomenon)]
            assert [rung.partition(":")[0] for rung in cells["rung"]] == ["0", "1", "2"]
            expected = [
                mean(accuracy(ticket(one, replicate, level), bucket) for replicate in (0, 1))
                for level, one in enumerate(("dense", arm, arm))
            ]
            assert list(cells["value"]) == pytest.approx(expected, abs=1e-4)
    chart = figures.accuracy_map(data, CAST)
    assert drawn(chart, 0) == drawn(chart, 1) == records(data)
    assert [param["name"] for param in chart.to_dict()["params"]] == ["arm"]


def test_beside_the_map_is_one_of_the_differences_to_the_control(behaviour: pd.DataFrame) -> None:
    data = figures.beyond_map_data(behaviour, CAST)
    assert set(data["arm"]) == set(ARMS) - {"dense_continued"}
    for bucket, phenomenon in (("", figures.ALL), ("control", CONTROLLED)):
        (cell,) = data[
            (data["arm"] == "lr_rewinding")
            & (data["phenomenon"] == phenomenon)
            & data["rung"].str.startswith("2:")
        ]["value"]
        pairs = figures.pair_rows(behaviour, CAST)
        pairs = pairs[(pairs["bucket"] == bucket) & (pairs["level"] == 2)]
        means = pairs.groupby("arm")["value"].mean()
        beyond = 100 * (means["lr_rewinding"] - means["dense_continued"])
        assert cell == pytest.approx(beyond, abs=0.06)
    assert drawn(figures.beyond_map(data, CAST), 0) == records(data)


def test_a_phenomenon_is_drawn_with_the_control_as_a_band(
    run: Path, behaviour: pd.DataFrame
) -> None:
    data = figures.accuracy_data(behaviour, CAST)
    written = [row for row in csv_rows(run, "behaviour") if row["metric"] == "accuracy"]
    assert len(data) == len(written)
    shown = zip(data["value"], data["lower"], data["upper"], strict=True)
    for figure, row in zip(shown, written, strict=True):
        expected = [float(row[column]) for column in ("value", "lower", "upper")]
        assert list(figure) == pytest.approx(expected, abs=1e-4)
    chart = figures.accuracy_chart(data, CAST)
    assert drawn(chart, -1) == records(data[data["arm"] != "dense_continued"])
    [stripe] = [
        row for row in drawn(chart, 0) if (row["level"], row["phenomenon"]) == (2, CONTROLLED)
    ]
    values = [accuracy(ticket("dense_continued", replicate, 2), "control") for replicate in (0, 1)]
    ends = (min(values) - HALF, max(values) + HALF)
    assert (stripe["lower"], stripe["upper"]) == pytest.approx(ends, abs=1e-4)


def test_ties_are_told(run: Path) -> None:
    [told] = [
        part.text
        for part in parts_of(run)
        if isinstance(part, Prose) and "minimal pair" in part.text
    ]
    models = 2 * (1 + 3 * 2)
    assert told.endswith(f"{models * 200 // 100} of {models * 200:,} answers of all models.")


# ----------------------------------------------------------------------------- slices


def test_slices_are_drawn_as_differences_to_the_control(behaviour: pd.DataFrame) -> None:
    data = figures.beyond_data(behaviour, CAST)
    assert set(data["arm"]) == {"lr_rewinding", "random_pruning"}
    slices = 2 * 2 * 2 * 3  # test sets, kinds, buckets of each, metrics
    assert len(data) == 2 * 2 * 2 * (3 + slices)  # arms, replicates, levels
    cells = data.set_index(["arm", "replicate", "level", "shown", "bucket"])
    cell = cells.loc[
        ("lr_rewinding", 1, 2, "other: chrF by training count of the rarest piece", "32 and more")
    ]
    ours, control = (score(ticket(arm, 1, 2), 1) for arm in ("lr_rewinding", "dense_continued"))
    beyond = ours - control
    found = [cell[column] for column in ("value", "lower", "upper")]
    assert found == pytest.approx([beyond, beyond - HALF, beyond + HALF], abs=1e-4)
    assert cell["num_sentences"] == NUM_SENTENCES
    chart = figures.beyond_chart(data, CAST)
    assert drawn(chart, 1) == drawn(chart, 2) == records(data)
    start = {param["name"]: param["value"] for param in chart.to_dict()["params"]}
    assert start["shown"] == "grammar: accuracy by phenomenon (minimal pairs)"


def test_slices_with_too_few_sentences_are_named(run: Path) -> None:
    [told] = [
        part.text for part in parts_of(run) if isinstance(part, Prose) and "not scored" in part.text
    ]
    assert told.endswith(
        "26 and more (words of the source, flickr: 7) and 26 and more (words of the source, "
        "other: 7)."
    )


# ----------------------------------------------------------------------------- casualties


def test_casualties_are_shown_side_by_side_with_what_changed(run: Path) -> None:
    [beside] = [part for part in parts_of(run) if isinstance(part, SideBySide)]
    assert "flickr that random pruning broke by level 2" in beside.title
    [sentence] = beside.sentences
    fake = FakeBehaviour()
    assert (sentence.source, sentence.reference) == (fake.source, fake.reference)
    assert [one.model for one in sentence.translations] == [
        "dense model",
        "control: trained on, nothing pruned",
        "random pruning",
    ]
    assert [one.score for one in sentence.translations] == ["chrF 100.0", "chrF 100.0", "chrF 45.7"]
    dense, control, broken = (one.words for one in sentence.translations)
    assert dense == control
    assert dense == (
        Words("Die neue Lampe", changed=False),
        Words("funktioniert nicht", changed=True),
        Words(".", changed=False),
    )
    assert broken[1] == Words("arbeitet nie", changed=True)


def test_changes_are_counted_beside_those_of_the_control(run: Path) -> None:
    [table] = [part for part in parts_of(run) if isinstance(part, Table)]
    random, control = CAST["random_pruning"].title, CAST["dense_continued"].title
    cells = [(row[0], row[1], row[2], row[5], row[6], row[7]) for row in table.rows]
    assert cells == [
        ("flickr", random, "dense model and control", "1", "3", "1,000"),
        ("flickr", random, "dense model", "21", "4", "1,000"),
        ("flickr", control, "dense model", "5", "6", "1,000"),
        ("other", random, "dense model and control", "0", "3", "1,000"),
        ("other", random, "dense model", "21", "4", "1,000"),
        ("other", control, "dense model", "5", "6", "1,000"),
    ]
    prose = [part.text for part in parts_of(run) if isinstance(part, Prose)]
    assert prose[-1] == "No sentence of other fell at level 2."


HOSTILE = "</script><script>alert(1)</script> <img src=x onerror=alert(2)> &amp;"


def test_sentences_are_text_and_nothing_else(tmp_path: Path) -> None:
    small = FakeRun(replicates=1, levels=1, lost=(0.1,))
    fake = FakeBehaviour(source=HOSTILE, reference=f"a {HOSTILE}", broken=f"b {HOSTILE}")
    page = build_report(write_run(tmp_path / "run", replace(small, behaviour=fake))).read_text(
        encoding="utf-8"
    )
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2 + 3
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["a", "a", "b"]


sentences = st.lists(st.sampled_from(["a", "b", "c", "<i>", "ä"]), max_size=9).map(" ".join)


@given(sentences, sentences)
def test_changed_words_are_those_the_other_lacks(ours: str, other: str) -> None:
    runs = changed_words(ours, other)
    assert " ".join(run.text for run in runs) == ours
    kept = " ".join(run.text for run in runs if not run.changed)
    left = iter(other.split())
    assert all(word in left for word in kept.split()), "a subsequence of the other"


def test_equal_translations_have_no_mark_and_empty_ones_no_words() -> None:
    assert changed_words("a  b", "a b") == (Words("a b", changed=False),)
    assert changed_words("a b", "") == (Words("a b", changed=True),)
    assert changed_words("", "a") == ()


# ----------------------------------------------------------------------------- what is not there


def test_without_minimal_pairs_there_is_a_gap(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", replace(FAKE, behaviour=FakeBehaviour(phenomena=())))
    parts = parts_of(run)
    assert titles(parts) == ["Where tickets lose to the control"]
    assert [gap for gap in gaps(parts) if gap.startswith("There are no minimal pairs")]


def test_without_a_control_there_is_no_difference_and_no_band(tmp_path: Path) -> None:
    fake = FakeRun(arms=("lr_rewinding",), replicates=1, levels=1, lost=(0.1,))
    parts = parts_of(write_run(tmp_path / "run", fake))
    assert titles(parts) == [
        "Which phenomena break at which level",
        "How a phenomenon fares as pruning goes on",
    ]
    assert [gap for gap in gaps(parts) if "needs the arm dense_continued" in gap]
    [beside] = [part for part in parts if isinstance(part, SideBySide)]
    assert len(beside.sentences[0].translations) == 2
    [table] = [part for part in parts if isinstance(part, Table)]
    assert {row[1:3] for row in table.rows} == {(CAST["lr_rewinding"].title, "dense model")}


def test_without_a_ticket_nothing_broke(tmp_path: Path) -> None:
    fake = FakeRun(arms=(), levels=0, replicates=1, lost=())
    reasons = gaps(parts_of(write_run(tmp_path / "run", fake)))
    assert [reason.partition(" ")[0] for reason in reasons] == ["There", "What", "No"]


def test_a_grammar_without_tags_says_why(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", replace(FAKE, synthetic=True))
    assert [gap for gap in gaps(parts_of(run)) if "has another grammar" in gap]
    rows = csv_rows(run, "behaviour")
    tagged = [row | {"bucket_kind": "tag"} for row in rows if row["bucket_kind"] == "length"]
    write_csv(run / "tables/behaviour.csv", [*rows, *tagged])
    assert not gaps(parts_of(run))


@pytest.mark.parametrize("missing", ["tables/behaviour.csv", "views/behaviour.json"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    run = write_run(tmp_path / "run", FAKE)
    (run / missing).unlink()
    assert gaps(parts_of(run)) == [f"{missing} is not there: the run has not measured it yet."]


def test_a_malformed_view_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FAKE)
    path = run / "views/behaviour.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"chrf": 45.67', '"chrf": "good"'))
    with pytest.raises(InputError, match=r"behaviour\.json: tickets\.0\.casualties\.0\.ticket"):
        read_run(run)
