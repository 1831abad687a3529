"""What pointing at marks tells, on every figure of a page; and lines that hide each other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.report.behaviour.figures import apart
from ticketscope.report.comparison.compared_runs import read_runs
from ticketscope.report.comparison.sections import comparison_sections
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.pointing import Told
from ticketscope.report.parts.part import Figure
from ticketscope.report.quality.figures import difference_chart, difference_data
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.sections import sections
from ticketscope.report.training.figures import training_chart
from unit.probes_fixture import FakeProbes, write_probes
from unit.report_fixture import FakeRun, frame, write_run

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
A, B = "tickets (learning-rate rewinding)", "control: trained on, nothing pruned"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FakeRun(arms=ARMS))


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


@pytest.fixture(scope="module")
def specs(
    run: Path, tables: RunTables, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    probes = FakeProbes(tasks=("pos", "coreference"))
    folder = write_probes(tmp_path_factory.mktemp("probes") / "run", FakeRun(), probes)
    told = (*sections(tables), *comparison_sections(read_runs([run, run])))
    parts = (part for s in (*told, *sections(read_run(folder))) for part in s.parts)
    return [part.spec() for part in parts if isinstance(part, Figure)]


def within(spec: Any, key: str) -> Iterator[Any]:
    """Everything that stands under a key, at any depth."""
    if isinstance(spec, dict):
        for name, value in spec.items():
            if name == key:
                yield value
            elif name != "datasets":
                yield from within(value, key)
    elif isinstance(spec, list):
        for each in spec:
            yield from within(each, key)


# ----------------------------------------------------------------------------- tooltips


def test_every_tooltip_is_in_words_with_sensible_digits(specs: list[dict[str, Any]]) -> None:
    told = [channel for spec in specs for tooltip in within(spec, "tooltip") for channel in tooltip]
    assert len(told) > 300
    for channel in told:
        assert channel["title"], channel
        assert "_" not in channel["title"], channel
        if channel["type"] == "quantitative":
            assert channel["format"], channel
    formats = {channel["field"]: channel.get("format") for channel in told}
    assert formats["sparsity_prunable"] == formats["drawn_at"] == ".1%"
    assert formats["num_weights"] == ",d"


def test_every_figure_can_be_pointed_at(specs: list[dict[str, Any]]) -> None:
    assert all(list(within(spec, "tooltip")) for spec in specs)


def test_an_interval_is_told_as_one_in_the_format_of_its_value(tables: RunTables) -> None:
    data = difference_data(frame(tables.quality), CAST, "test_2016_flickr")
    spec = difference_chart(data, CAST, (0.0, -1.0), Told("BLEU", "+.2f")).to_dict()
    (tooltip,) = within(spec, "tooltip")
    told = {channel["field"]: channel for channel in tooltip}
    assert "lower" not in told
    assert told["value"]["format"] == "+.2f"
    assert told["interval"]["title"] == "95 % interval"
    (made,) = (each for each in within(spec, "calculate") if "datum.upper" in each)
    assert made.count("'+.2f'") == 2


# ----------------------------------------------------------------------------- what an axis is of


def test_the_control_is_drawn_at_its_level_and_named_as_unpruned(
    specs: list[dict[str, Any]],
) -> None:
    titles = {
        " ".join(x["title"]) for spec in specs for x in within(spec, "x") if "drawn_at" in str(x)
    }
    assert titles == {"sparsity of the tickets of the level (prunable weights that are zero)"}
    legends = [
        colour["legend"]["labelExpr"]
        for spec in specs
        for colour in within(spec, "color")
        if isinstance(colour, dict) and colour.get("field") == "arm"
    ]
    assert any("control: trained on, nothing pruned" in legend for legend in legends)
    assert all(legend.endswith("[datum.label]") for legend in legends)


def test_readers_see_titles_of_arms_alone(specs: list[dict[str, Any]]) -> None:
    told = [channel for spec in specs for tooltip in within(spec, "tooltip") for channel in tooltip]
    assert {channel["field"] for channel in told if channel["title"] == "arm"} == {"arm_title"}
    choosers = [param for spec in specs for param in spec.get("params", ())]
    lists = [chooser["bind"]["labels"] for chooser in choosers if chooser["name"] == "arm"]
    titles = {arm.title for arm in (CAST[name] for name in CAST)}
    assert lists
    assert all(titles.issuperset(labels) for labels in lists)


def test_nothing_but_the_control_is_called_so() -> None:
    names = pd.Series(["control", "dense_continued", "dense", "case"])
    assert list(apart(names, CAST)) == [
        "control (phenomenon)",
        "dense_continued (phenomenon)",
        "dense (phenomenon)",
        "case",
    ]


def test_replicates_of_a_loss_curve_are_dashed_apart() -> None:
    rows = [("dense", r, 0, update, 2.0 + r) for r in (0, 1, 2) for update in (100, 200)]
    data = pd.DataFrame(rows, columns=["arm", "replicate", "level", "update", "loss"])
    (dashes,) = within(training_chart(data, CAST).to_dict(), "strokeDash")
    assert dashes["scale"]["domain"] == [0, 1, 2]
    assert len({tuple(each) for each in dashes["scale"]["range"]}) == 3
    assert dashes["legend"]["title"] == "replicate"


def test_heads_count_from_1_as_layers_do(specs: list[dict[str, Any]]) -> None:
    heads = {
        row["head"]
        for spec in specs
        for rows in spec["datasets"].values()
        for row in rows
        if isinstance(row.get("head"), int)
    }
    assert min(heads) == 1
    named = {
        row["head"]
        for spec in specs
        for rows in spec["datasets"].values()
        for row in rows
        if isinstance(row.get("head"), str)
    }
    assert "1.1" in named
    assert not any(name.endswith(".0") or name.startswith("0.") for name in named)


# ----------------------------------------------------------------------------- lines on lines


def lines(**values: list[float]) -> pd.DataFrame:
    """A line per key "arm_replicate", of values by level; a, b and c are `ARMS`."""
    arms = dict(zip("abc", ARMS, strict=True), dense="dense")
    return pd.DataFrame(
        [
            (arms[key[:-2]], int(key[-1]), level, value)
            for key, of in values.items()
            for level, value in enumerate(of, start=1)
        ],
        columns=["arm", "replicate", "level", "value"],
    )


def test_lines_that_hide_each_other_are_named() -> None:
    data = lines(a_0=[1.0, 2.0], a_1=[1.0, 3.0], b_0=[1.0, 2.00001], dense_0=[1.0, 2.0])
    assert (
        coinciding(data, CAST) == " These lines are the same and hide each other: "
        f"{A} replicate 0 and {B} replicate 0."
    )
    assert coinciding(lines(a_0=[1.0], b_0=[2.0]), CAST) == ""
    assert coinciding(data.iloc[:0], CAST) == ""


def test_where_there_is_one_replicate_arms_are_named_alone() -> None:
    data = lines(a_0=[1.0], b_0=[1.0], c_0=[2.0])
    assert coinciding(data, CAST).endswith(f"hide each other: {A} and {B}.")


def test_where_all_are_one_it_is_said_shortly() -> None:
    data = lines(a_0=[1.0], a_1=[1.0], b_0=[1.0])
    assert coinciding(data, CAST).endswith("hide each other: all 3 lines.")


def test_lines_that_coincide_in_some_choices_are_counted() -> None:
    same, other = lines(a_0=[1.0], b_0=[1.0]), lines(a_0=[1.0], b_0=[2.0])
    data = pd.concat([same.assign(layer=1), same.assign(layer=2), other.assign(layer=3)])
    assert coinciding(data, CAST).endswith(f"hide each other: {A} and {B} (in 2 of 3 drawings).")


def test_levels_of_loss_curves_are_lines_too() -> None:
    rows = [(0, level, update, 2.0) for level in (1, 2) for update in (100, 200)]
    data = pd.DataFrame(rows, columns=["replicate", "level", "update", "loss"])
    found = coinciding(data, CAST, ("level", "replicate"), along="update", value="loss")
    assert found.endswith("hide each other: level 1 and level 2.")


def test_layers_along_a_line_are_no_choice() -> None:
    rows = [(run, layer, 1.0) for run in ("a", "b") for layer in (1, 2)]
    data = pd.DataFrame(rows, columns=["run", "layer", "value"])
    assert coinciding(data, CAST, ("run",), along="layer").endswith("hide each other: a and b.")


def test_figures_whose_lines_coincide_say_so(tables: RunTables) -> None:
    read = [p.reading for s in sections(tables) for p in s.parts if isinstance(p, Figure)]
    said = [
        reading for reading in read if "These lines are the same and hide each other: " in reading
    ]
    assert said
    assert len(said) < len(read)
