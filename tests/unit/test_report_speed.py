"""Quality against speed: the frontier, its figure, and what is said of engines, zeros and sizes."""

from pathlib import Path

import pandas as pd
import pytest
from cast_fixture import CAST
from hypothesis import given
from hypothesis import strategies as st
from report_fixture import FakeRun, drawn, frame, records, with_table, write_run

from ticketscope.report.parts.part import Figure, Gap
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.speed.figures import tradeoff_chart
from ticketscope.report.speed.findings import findings
from ticketscope.report.speed.sections import speed_parts
from ticketscope.report.speed.timed_rows import own_rows
from ticketscope.report.speed.tradeoff import frontier, tradeoff_data
from ticketscope.tables.speed import ENGINE_QUALITY, SPEED
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.typed import read_table

# ----------------------------------------------------------------------------- the frontier


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], []),
        ([(1, 1)], [0]),
        ([(1, 3), (2, 2), (3, 1)], [0, 1, 2]),
        ([(3, 1), (1, 3), (2, 2)], [1, 2, 0]),
        ([(1, 1), (2, 2)], [1]),
        ([(1, 2), (2, 2)], [1]),  # as good and slower
        ([(2, 1), (2, 2)], [1]),  # as fast and worse
        ([(1, 1), (1, 1), (0, 0)], [1, 0]),
        ([(1, 5), (2, 3), (3, 4), (4, 1)], [0, 2, 3]),
    ],
)
def test_the_frontier(points: list[tuple[float, float]], expected: list[int]) -> None:
    assert frontier(points) == expected


grid = st.integers(0, 6).map(float)


@given(st.lists(st.tuples(grid, grid), max_size=12))
def test_the_frontier_is_what_nothing_dominates(points: list[tuple[float, float]]) -> None:
    def dominates(a: tuple[float, float], b: tuple[float, float]) -> bool:
        return a != b and a[0] >= b[0] and a[1] >= b[1]

    left = {number for number, b in enumerate(points) if not any(dominates(a, b) for a in points)}
    found = frontier(points)
    assert set(found) == left
    assert sorted(found, key=lambda number: points[number][0]) == sorted(found, key=found.index)


# ----------------------------------------------------------------------------- the figure


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("speed") / "run", FakeRun(replicates=2))


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


def test_the_figure_has_the_mean_of_replicates_and_each_engines_own_bleu(
    tables: RunTables,
) -> None:
    speed, quality = frame(tables.speed), frame(tables.tables[ENGINE_QUALITY.name])
    data = tradeoff_data(speed, quality, CAST, 1, 32)
    assert len(data) == 2 * len(speed.drop_duplicates(["arm", "level"]))
    row = data[data["arm"].eq("lr_rewinding") & data["level"].eq(2)].set_index("engine")
    assert row["value"].to_dict() == {"ctranslate2-float32": 37.0, "ctranslate2-int8": 36.6}
    assert row["lower"].isna().all()
    best = data[data["frontier"]]
    assert data[data["dense"]]["frontier"].all(), "nothing is as good as dense in either engine"
    assert set(best["engine"]) == {"ctranslate2-float32", "ctranslate2-int8"}
    layers = drawn(tradeoff_chart(data, CAST), 0), drawn(tradeoff_chart(data, CAST), -1)
    assert layers == (records(best.sort_values("rate")), records(data))
    one = speed["replicate"] == 0
    assert tradeoff_data(speed[one], quality, CAST, 1, 32)["lower"].notna().all()


def test_it_is_drawn_for_batches_and_for_single_sentences(tables: RunTables) -> None:
    titles = [part.title for part in speed_parts(tables) if isinstance(part, Figure)]
    assert titles[:2] == [
        "Quality against speed (1 thread, batches of 32)",
        "Quality against speed (1 thread, single sentences)",
    ]
    without = with_table(tables, ENGINE_QUALITY.name, NotMeasured("not there"))
    gaps = [part for part in speed_parts(without) if isinstance(part, Gap)]
    assert [gap.reason for gap in gaps] == ["not there"]


# ----------------------------------------------------------------------------- what is said


def said(speed: pd.DataFrame) -> dict[str, str]:
    return {prose.lead: prose.text for prose in findings(speed, CAST)}


def test_zeros_buy_nothing_where_every_interval_holds_1(tables: RunTables) -> None:
    zeros = said(frame(tables.speed))["Single zeros:"]
    assert zeros.startswith("they buy nothing here: networks with zeros and as large as before")
    assert "0.99 to 1.02 times the speed of the dense model in the same engine" in zeros


def test_an_interval_beyond_1_is_counted_and_no_interval_is_told(tables: RunTables) -> None:
    speed = frame(tables.speed)
    one = speed["arm"].eq("lr_rewinding") & speed["batch"].eq(32) & speed["level"].eq(1)
    one &= speed["replicate"].eq(0) & speed["engine"].eq("ctranslate2-int8")
    faster = speed.assign(same_engine_lower=speed["same_engine_lower"].mask(one, 1.01))
    zeros = said(faster)["Single zeros:"]
    assert not zeros.startswith("they buy nothing")
    assert "contains 1 (1 above)" in zeros
    wide = said(speed.assign(same_engine_upper=1.5))["Single zeros:"]
    assert wide.startswith("no gain is shown")
    assert "to 1.50, so that a gain cannot be ruled out" in wide
    few = said(speed.assign(same_engine_lower=None, same_engine_upper=None))["Single zeros:"]
    assert few.endswith("so no interval says how far that is from 1.")


def test_smaller_networks_are_told_by_the_fastest(tables: RunTables) -> None:
    speed = frame(tables.speed)
    one = speed["arm"].eq("lr_rewinding") & speed["level"].eq(1)
    shrunk = speed.assign(
        bytes=speed["bytes"].mask(one, 1_000), same_engine=speed["same_engine"].mask(one, 1.75)
    )
    told = said(shrunk)
    assert "1.75 to 1.75 times the speed" in told["Smaller networks:"]
    assert "level 1 in CTranslate2 in" in told["Smaller networks:"]
    assert told["Single zeros:"].startswith("they buy nothing")
    assert "Smaller networks:" not in said(speed)


def test_the_engine_is_held_against_pruning(tables: RunTables) -> None:
    speed = frame(tables.speed)
    engines = said(speed)["Engines:"]
    assert engines == (
        "the dense model in transformers in float32 586 pieces per second; CTranslate2 in float32 "
        "2,346 pieces per second (×4.0); CTranslate2 in int8 3,284 pieces per second (×5.6). The "
        "choice of engine gains more than any pruning measured here: ×5.60 against at most ×1.02. "
        "(1 thread, batches of 32.)"
    )
    fast = speed.assign(same_engine=speed["same_engine"].mask(speed["arm"].ne("dense"), 9.0))
    assert "Here pruning gains more than the choice of engine" in said(fast)["Engines:"]


def test_a_table_from_before_is_read_and_shown(run: Path, tables: RunTables) -> None:
    later = [column.name for column in SPEED.own if column.later]
    path = run / SPEED.file
    whole = path.read_bytes()
    kept = pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns=later)
    kept[~kept["engine"].str.startswith("transformers")].to_csv(path, index=False)
    old = frame(read_table(run, SPEED, tables.cast))
    path.write_bytes(whole)
    assert old[later].isna().all(axis=None)
    assert old["bytes"].notna().all()
    parts = list(speed_parts(with_table(tables, "speed", old)))
    assert any(isinstance(part, Figure) for part in parts)
    assert "no interval says" in said(old)["Single zeros:"]


def test_what_the_first_engine_does_not_compute_is_told_in_its_own() -> None:
    cells = {"replicate": 0, "level": 1, "threads": 1, "batch": 32}
    rows = pd.DataFrame(
        [cells | {"arm": arm, "engine": engine, "batch": batch}
         for arm, engine, batch in (("base", "float32", 32), ("base", "float32", 1),
                                    ("base", "int8", 32), ("quantised", "int8", 1),
                                    ("quantised", "int8", 32))]
    )  # fmt: skip
    found = own_rows(rows)
    assert found[["arm", "engine", "batch"]].values.tolist() == [
        ["base", "float32", 32],
        ["quantised", "int8", 32],
    ]
