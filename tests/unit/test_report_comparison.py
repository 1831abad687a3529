"""Runs side by side: names, what is drawn, what is said of what is missing, and the page."""

import json
import math
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cast_fixture import CAST
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ticketscope import cli
from ticketscope.errors import InputError
from ticketscope.report.comparison import figures
from ticketscope.report.comparison.compared_runs import (
    ComparedRun,
    numbered,
    over_replicates,
    read_runs,
    together,
)
from ticketscope.report.comparison.comparison_page import build_comparison
from ticketscope.report.comparison.sections import comparison_sections
from ticketscope.report.first_screen.cards import verdict_cards
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table, Verdicts
from ticketscope.tables.table import NotMeasured
from unit.attention_fixture import matched
from unit.behaviour_fixture import LOST
from unit.probes_fixture import FakeProbes, write_probes
from unit.report_fixture import (
    FakeRun,
    compute_rows,
    csv_rows,
    drawn,
    frame,
    similarity,
    write_csv,
    write_run,
)

pytestmark = pytest.mark.slow

WIDE = FakeRun(name="wide", arms=("lr_rewinding", "dense_continued", "random_pruning"))
NARROW = FakeRun(
    name="narrow", replicates=1, levels=2, test_sets=("newstest",), modules=("encoder", "decoder")
)
T = stats.t.ppf(0.975, 1)
"""Half a t interval of two replicates, in standard errors."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return write_run(folder / "one", WIDE), write_run(folder / "two", NARROW)


@pytest.fixture(scope="module")
def runs(folders: tuple[Path, Path]) -> tuple[ComparedRun, ...]:
    return read_runs(folders)


def parts(runs: tuple[ComparedRun, ...], anchor: str) -> tuple[Part, ...]:
    [section] = [each for each in comparison_sections(runs) if each.anchor == anchor]
    return section.parts


def only(data: pd.DataFrame, **cells: str | int) -> pd.DataFrame:
    for column, value in cells.items():
        data = data[data[column] == value]
    return data


# ----------------------------------------------------------------------------- compute


def test_it_is_told_whether_the_runs_had_the_same_compute(
    folders: tuple[Path, Path], runs: tuple[ComparedRun, ...], tmp_path: Path
) -> None:
    told, table = parts(runs, "compute")
    assert isinstance(told, Prose)
    assert told.text == "At every level that the runs share they took the same compute."
    assert isinstance(table, Table)
    assert ("lr_rewinding", "2", "40", "40", "1.8e+08", "1.8e+08") in table.rows
    longer = shutil.copytree(folders[1], tmp_path / "longer")
    write_csv(longer / "tables/compute.csv", list(compute_rows(NARROW, {"lr_rewinding": 60})))
    told, _ = parts(read_runs((folders[0], longer)), "compute")
    assert isinstance(told, Prose)
    assert told.text.startswith("Compute differs at 2 of the 5 levels that the runs share")


# ----------------------------------------------------------------------------- runs


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "b", "a"], ["a (1)", "b", "a (2)"]),
        (["a", "a", "b", "b"], ["a (1)", "a (2)", "b (1)", "b (2)"]),
    ],
)
def test_names_that_clash_are_numbered(names: list[str], given: list[str]) -> None:
    assert numbered(names) == given


@given(st.lists(st.sampled_from(["a", "b", "c"])))
def test_every_run_has_a_name_of_its_own(names: list[str]) -> None:
    found = numbered(names)
    assert len(set(found)) == len(names)
    assert all(name.startswith(old) for name, old in zip(found, names, strict=True))


@pytest.mark.parametrize("num", [0, 1])
def test_a_comparison_takes_two_runs(folders: tuple[Path, Path], num: int) -> None:
    with pytest.raises(InputError, match="give two or more run directories to compare"):
        read_runs(folders[:num])


def test_the_level_compared_is_the_last_of_the_claims(
    folders: tuple[Path, Path], runs: tuple[ComparedRun, ...], tmp_path: Path
) -> None:
    assert [run.last_registered for run in runs] == [4, 2]
    copy = shutil.copytree(folders[0], tmp_path / "copy")
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    for up_to, level in ((0.6, 2), (0.2, 4)):
        config["config"]["claims"]["up_to"] = up_to
        (copy / "config.json").write_text(json.dumps(config))
        assert read_runs([copy, folders[1]])[0].last_registered == level
    (copy / "tables/quality.csv").unlink()
    assert read_runs([copy, folders[1]])[0].last_registered == 0


def test_several_replicates_have_a_t_interval_and_one_its_own() -> None:
    rows = pd.DataFrame(
        [("a", 0, 1.0, 0.0, 9.0), ("a", 1, 3.0, 0.0, 9.0), ("b", 0, 5.0, 4.0, 6.0)],
        columns=["arm", "replicate", "value", "lower", "upper"],
    )
    several, one = over_replicates(rows, ["arm"]).to_dict("records")
    assert (several["arm"], several["value"], several["replicates"]) == ("a", 2.0, 2)
    assert several["upper"] - 2 == pytest.approx(T * 1.0) == 2 - several["lower"]
    assert tuple(one.values()) == ("b", 5.0, 4.0, 6.0, 1)


def test_only_what_two_runs_have_is_compared(runs: tuple[ComparedRun, ...]) -> None:
    tables = {
        "wide": pd.DataFrame({"arm": ["x", "y"], "kind": ["k", "k"]}),
        "narrow": pd.DataFrame({"arm": ["x", "x"], "kind": ["k", "m"]}),
    }
    found = together(runs, lambda run: tables[run.name], ["arm", "kind"])
    assert found.rows.to_dict("list") == {"arm": ["x"] * 2, "kind": ["k"] * 2, "run": [*tables]}
    assert found.lacking == ()
    some = {"wide": tables["wide"], "narrow": tables["narrow"].head(0)}
    found = together(runs, lambda run: some[run.name], ["arm"])
    assert found.rows.empty
    assert found.lacking == (("narrow", "nothing of it was measured."),)
    none = NotMeasured("not there.")
    found = together(runs, lambda _: none, ["arm"])
    assert found.lacking == (("wide", "not there."), ("narrow", "not there."))


# ----------------------------------------------------------------------------- figures as data


def test_quality_is_the_mean_difference_over_replicates(runs: tuple[ComparedRun, ...]) -> None:
    wide, narrow = (figures.quality_data(frame(run.tables.quality), CAST) for run in runs)
    cell = only(wide, arm="lr_rewinding", against="the control", level=3)
    assert list(cell["test_set"]) == list(WIDE.test_sets)
    np.testing.assert_allclose(cell["value"], -WIDE.lost[2])
    assert cell["lower"].isna().all()  # the replicates do not differ
    np.testing.assert_allclose(cell["drawn_at"], 1 - 0.64**3, atol=1e-3)
    [row] = only(narrow, against="the control", level=2).to_dict("records")
    assert (row["value"], row["replicates"]) == (-NARROW.lost[1], 1)
    assert (row["lower"], row["upper"]) == pytest.approx((-0.7, 0.3))
    [row] = only(narrow, against="the dense model", level=2).to_dict("records")
    assert row["value"] == pytest.approx(0.2 - NARROW.lost[1])


def test_layers_are_compared_at_the_level_given(runs: tuple[ComparedRun, ...]) -> None:
    data = figures.layer_data(frame(runs[0].tables.similarity), CAST, runs[0].arms, 2)
    assert set(data["arm"]) == {"lr_rewinding", "dense_continued"}
    alike = only(data, shown=figures.WITH_DENSE, arm="lr_rewinding")
    wanted = [similarity("lr_rewinding", 2, n, n, "cka_debiased") + 0.0005 for n in range(4)]
    np.testing.assert_allclose(alike["value"], wanted)
    np.testing.assert_allclose(alike["upper"] - alike["value"], T * 0.0005, rtol=1e-6)
    beyond = only(data, shown=figures.BEYOND)
    assert set(beyond["arm"]) == {"lr_rewinding"}
    control = [similarity("dense_continued", 2, n, n, "cka_debiased") for n in range(4)]
    np.testing.assert_allclose(beyond["value"], np.array(wanted) - 0.0005 - control, atol=1e-4)


def test_heads_are_counted_at_the_level_given(runs: tuple[ComparedRun, ...]) -> None:
    data = figures.matched_data(frame(runs[0].tables.attention), CAST, runs[0].arms, 2)
    assert set(data["kind"]) == {"encoder self", "decoder self", "encoder-decoder"}
    for arm in ("lr_rewinding", "dense_continued"):
        np.testing.assert_allclose(only(data, arm=arm)["value"], matched(arm, 2))


def test_pairs_are_compared_by_phenomenon(runs: tuple[ComparedRun, ...]) -> None:
    data = figures.pairs_data(frame(runs[0].tables.behaviour), CAST)
    assert list(dict.fromkeys(data["phenomenon"])) == ["all", "gender", "control (phenomenon)"]
    cell = only(data, arm="lr_rewinding", against="the control", level=2)
    lost = 2 * (LOST["dense_continued"] - LOST["lr_rewinding"])
    np.testing.assert_allclose(cell["value"], lost)
    np.testing.assert_allclose(cell["replicates"], 2)


def test_probes_are_compared_by_group_in_per_cent(tmp_path: Path) -> None:
    probed = [
        write_probes(tmp_path / str(place), replace(WIDE, name=f"run-{place}"), probes)
        for place, probes in enumerate((FakeProbes(), FakeProbes(tasks=("pos", "word_sense"))))
    ]
    runs = read_runs(probed)
    table = frame(runs[0].tables.probes)
    data = figures.probe_data(table, CAST)
    means = table[(table["task"] == "") & (table["metric"] == "relative_change_control")]
    means = only(means, arm="lr_rewinding", group="semantics", level=3)
    [row] = only(
        data, group="semantics", against="the control", arm="lr_rewinding", level=3
    ).to_dict("records")
    assert row["value"] == pytest.approx(100 * means["value"].mean(), abs=1e-3)
    [shown] = [part for part in parts(runs, "probes") if isinstance(part, Figure)]
    groups = {row["group"] for row in drawn(shown.chart, 1)}
    assert "semantics" in groups
    assert "morphology" in groups
    assert groups < set(data["group"])  # the second run has no syntax


def test_a_run_has_one_colour_in_every_figure() -> None:
    row = {"phenomenon": "all", "against": "x", "arm": "lr_rewinding", "test_set": "t", "level": 1}
    numbers = {"value": 0.0, "lower": math.nan, "upper": math.nan, "drawn_at": 0.5}
    data = pd.DataFrame([row | numbers | {"run": run} for run in ("one", "three")])
    spec = figures.pairs_chart(data, CAST, ["one", "two", "three"]).to_dict()
    colours = spec["layer"][1]["encoding"]["color"]["scale"]
    assert colours == {
        "domain": ["one", "three"],
        "range": [figures.RUN_COLOURS[0], figures.RUN_COLOURS[2]],
    }
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "line", "point"]


# ----------------------------------------------------------------------------- the page


def test_runs_and_claims_stand_side_by_side(runs: tuple[ComparedRun, ...]) -> None:
    [table] = [part for part in parts(runs, "runs") if isinstance(part, Table)]
    assert table.columns == ("", "wide", "narrow")
    facts = {row[0]: row[1:] for row in table.rows}
    assert facts["Replicates"] == ("2 (all seeds differ)", "1")
    assert facts["Levels"][1].startswith("2; each")
    [table] = [part for part in parts(runs, "claims") if isinstance(part, Table)]
    cards = verdict_cards(runs[1].tables)
    assert isinstance(cards, Verdicts)
    for row, card in zip(table.rows, cards.verdicts, strict=True):
        assert row[0] == f"{card.claim} {card.question}"
        assert row[2].startswith(f"{card.sign} {card.verdict}: ")
        if card.verdict == "not measured":
            assert row[2].endswith(card.reason)
        else:
            assert card.answer in row[2]
            assert "1 replicate" in row[2]
            assert "2 replicates" in row[1]


def test_what_is_unlike_the_first_run_is_marked(runs: tuple[ComparedRun, ...]) -> None:
    [table] = [part for part in parts(runs, "runs") if isinstance(part, Table)]
    marked = {table.rows[row][0] for row, column in table.marked if column == 2}
    assert {"Replicates", "Levels"} <= marked
    assert marked.isdisjoint({"Sentences", "Languages", "Model", "Directory"})


def test_settings_that_differ_are_listed_and_the_others_counted(
    runs: tuple[ComparedRun, ...],
) -> None:
    table, mind = parts(runs, "settings")
    assert isinstance(table, Table)
    differing = {row[0]: row[1:] for row in table.rows}
    assert differing["lottery.replicates"] == ("2", "1")
    assert differing["lottery.levels"] == ("4", "2")
    assert differing["corpus.tests"] == (
        '["test_2016_flickr", "test_2017_flickr"]',
        '["newstest"]',
    )
    assert all(ours != theirs for ours, theirs in differing.values())
    assert table.marked == {(row, 2) for row in range(len(table.rows))}
    assert table.title.startswith(f"The {len(differing)} settings that differ, and ")
    same = int(table.title.split()[6])
    assert same > 50
    assert isinstance(mind, Prose)
    assert "unlike those of wide" in mind.text


def test_a_third_run_is_marked_where_it_differs_from_the_first(
    runs: tuple[ComparedRun, ...],
) -> None:
    table, _ = parts((*runs, runs[0]), "settings")
    assert isinstance(table, Table)
    assert {column for _, column in table.marked} == {2}
    [prose] = parts((runs[0], runs[0]), "settings")
    assert isinstance(prose, Prose)
    assert prose.text.startswith("All ")


def test_marks_are_on_the_page(folders: tuple[Path, Path], tmp_path: Path) -> None:
    html = build_comparison(folders, tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<td class="sentence"><mark>1</mark></td>' in html


def test_a_claim_that_lacks_a_part_says_which(folders: tuple[Path, Path], tmp_path: Path) -> None:
    copy = shutil.copytree(folders[1], tmp_path / "copy")
    rows = csv_rows(copy, "claims")
    [whole] = [row for row in rows if (row["claim"], row["statistic"]) == ("C4", "claim")]
    whole |= {"verdict": "not measured", "reason": "no probes"}  # its other statistic has a value
    write_csv(copy / "tables/claims.csv", rows)
    [table] = [p for p in parts(read_runs([folders[0], copy]), "claims") if isinstance(p, Table)]
    assert table.rows[4][2] == "– not measured: no probes"


def test_every_figure_shows_both_runs_and_their_n(runs: tuple[ComparedRun, ...]) -> None:
    for anchor in ("quality", "representations", "attention", "behaviour"):
        [shown] = [part for part in parts(runs, anchor) if isinstance(part, Figure)]
        assert "n = 2 replicates of wide and 1 replicate of narrow" in shown.reading
        assert "t interval" in shown.reading
        assert {row["run"] for row in drawn(shown.chart, -1)} == {"wide", "narrow"}
        arms = {row.get("arm") for row in drawn(shown.chart, -1)}
        assert "random_pruning" not in arms, "one run alone has it"
    assert "level 4 of wide and level 2 of narrow" in parts(runs, "attention")[0].reading  # type: ignore[union-attr]


def test_what_a_run_lacks_is_said_of_that_run(folders: tuple[Path, Path], tmp_path: Path) -> None:
    copy = shutil.copytree(folders[1], tmp_path / "copy")
    for name in ("claims", "attention", "similarity", "behaviour", "quality"):
        (copy / f"tables/{name}.csv").unlink()
    runs = read_runs([folders[0], copy])
    for anchor, name in {
        "claims": "claims",
        "quality": "quality",
        "representations": "similarity",
        "attention": "attention",
        "behaviour": "behaviour",
    }.items():
        found = parts(runs, anchor)
        assert not any(isinstance(part, Figure) for part in found)
        [gap] = [part for part in found if isinstance(part, Gap)]
        assert gap.reason.startswith(f"narrow: tables/{name}.csv is not there")
        if anchor != "claims":
            assert isinstance(found[0], Prose)
    assert len([part for part in parts(runs, "probes") if isinstance(part, Gap)]) == 2


def test_the_page_is_the_same_each_time_and_escapes_names(tmp_path: Path) -> None:
    hostile = "</script><b>&</b>"
    small = replace(NARROW, corpus_name=hostile, test_sets=(hostile,))
    folders = [write_run(tmp_path / "a", small), write_run(tmp_path / "b", small)]
    first = build_comparison(folders, tmp_path / "new" / "page.html").read_bytes()
    assert build_comparison(folders, tmp_path / "again.html").read_bytes() == first
    assert b"<b>" not in first
    assert b"&lt;/script&gt;&lt;b&gt;&amp;&lt;/b&gt;" in first
    assert b"narrow (1) and narrow (2)" in first


def test_on_the_command_line(
    folders: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["ticketscope", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    assert call(*folders) == 0
    assert capsys.readouterr().out == "comparison.html\n"
    assert call(*folders, "--out", "x/y.html") == 0
    assert (tmp_path / "x/y.html").read_bytes() == (tmp_path / "comparison.html").read_bytes()
    capsys.readouterr()
    for arguments, said in (
        ((folders[0], tmp_path), f"{tmp_path}: no config.json here; give the directory of a"),
        ((folders[0],), f"{folders[0]} is the only one"),
        ((), "there is none"),
        ((*folders, "--out", "x"), "x: is a folder; give a file"),
        ((*folders, "--out", "comparison.html/y"), "comparison.html: is a file; give a folder"),
    ):
        assert call(*arguments) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
