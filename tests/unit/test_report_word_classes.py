"""The report on word classes and on the strongest neurons: figures as data, and where they lack."""

from pathlib import Path

import pytest
from cast_fixture import CAST

from ticketscope.report.parts.part import Figure, Gap, Prose, Table
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.representations import strongest
from ticketscope.report.word_classes import figures
from ticketscope.report.word_classes.sections import word_class_parts
from unit.report_fixture import (
    LAYERS,
    WIDTH,
    WORD_CLASSES,
    FakeRun,
    drawn,
    frame,
    records,
    shares,
    similarity,
    write_run,
)

pytestmark = pytest.mark.slow

LEVELS, CLASSES = 4, sum(map(len, WORD_CLASSES.values()))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FakeRun())


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


def last(arm: str, place: int) -> float:
    """Debiased CKA of a class at the last level in the last layer."""
    return similarity(arm, LEVELS, LAYERS, LAYERS, "cka_debiased") - 0.02 * place * LEVELS


def test_a_row_of_dots_is_the_last_layer_with_the_reach_of_its_intervals(
    tables: RunTables,
) -> None:
    data = figures.class_data(frame(tables.word_classes), CAST)
    assert len(data) == CLASSES * 2 * LEVELS
    assert list(dict.fromkeys(data["kind"])) == ["part of speech", "frequency in training"]
    cells = data.set_index(["kind", "word_class", "arm", "level"])
    for place, word_class in enumerate(WORD_CLASSES["part_of_speech"]):
        for arm in ("lr_rewinding", "dense_continued"):
            cell = cells.loc[("part of speech", word_class, arm, LEVELS)]
            assert cell["value"] == pytest.approx(last(arm, place), abs=1e-4)
            assert cell["upper"] - cell["lower"] == pytest.approx(0.02, abs=2e-4)
            pruned = shares("lr_rewinding", LEVELS)["sparsity_prunable"]
            assert cell["sparsity_prunable"] == pytest.approx(pruned, abs=1e-4)
    seeds = figures.seed_data(frame(tables.word_classes), CAST)
    assert len(seeds) == CLASSES
    chart = figures.class_chart(data, CAST, seeds)
    assert drawn(chart, -1) == records(data)
    assert drawn(chart, 0) == records(seeds)


def test_the_maps_hold_the_difference_to_the_control(tables: RunTables) -> None:
    rows = frame(tables.word_classes)
    levels, layers = figures.beyond_levels_data(rows, CAST), figures.beyond_layers_data(rows, CAST)
    assert len(levels) == CLASSES * LEVELS
    assert len(layers) == CLASSES * LEVELS * (LAYERS + 1)
    cell = levels[(levels["word_class"] == "VB") & levels["rung"].str.startswith("4")]
    expected = last("lr_rewinding", 1) - last("dense_continued", 0)
    assert cell["value"].item() == pytest.approx(expected, abs=1e-4)
    again = layers[(layers["word_class"] == "VB") & (layers["layer"] == LAYERS)]
    assert again["value"].tolist() == levels[levels["word_class"] == "VB"]["value"].tolist()
    for data, chart in (
        (levels, figures.beyond_levels_chart(levels, CAST)),
        (layers.drop(columns="sparsity_prunable"), figures.beyond_layers_chart(layers, CAST)),
    ):
        assert drawn(chart, 0) == records(data)


def test_the_section_counts_what_moved_and_what_was_left_out(tables: RunTables) -> None:
    parts = tuple(word_class_parts(tables))
    assert sum(isinstance(part, Figure) for part in parts) == 3
    (table,) = (part for part in parts if isinstance(part, Table))
    assert table.rows[0] == ("part of speech", "sentences", "500", "2", "2 (7 words)")
    assert table.rows[1][-1] == "0"
    (gap,) = (part.reason for part in parts if isinstance(part, Gap))
    assert gap.startswith("Nothing annotates words by relation to the head and semantic tag")
    (_, found) = (part for part in parts if isinstance(part, Prose))
    assert found.text.startswith("4 of 4 classes of words left the dense model farther")
    assert found.lead.startswith("tickets (learning-rate rewinding)")


def test_without_a_control_the_section_says_what_is_missing(tmp_path: Path) -> None:
    alone = FakeRun(arms=("lr_rewinding",), replicates=1)
    parts = tuple(word_class_parts(read_run(write_run(tmp_path / "run", alone))))
    assert sum(isinstance(part, Figure) for part in parts) == 1
    assert "What moved beyond the control needs the arm dense_continued." in [
        part.reason for part in parts if isinstance(part, Gap)
    ]


@pytest.mark.parametrize("missing", ["tables/word_classes.csv", "views/word_classes.json"])
def test_what_is_not_measured_is_a_gap(missing: str, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    (run / missing).unlink()
    (gap,) = word_class_parts(read_run(run))
    assert isinstance(gap, Gap)
    assert missing in gap.reason


# ----------------------------------------------------------------------------- strongest neurons


def test_strongest_neurons_by_rank_and_how_many_are_themselves(tables: RunTables) -> None:
    rows = frame(tables.strongest_neurons)
    data = strongest.rank_data(rows, CAST, "encoder")
    assert len(data) == 2 * LEVELS * (LAYERS + 1) * 3
    values = data.groupby("rank")["value"].agg(["min", "max"])
    for rank in (1, 16, WIDTH):
        assert values.loc[rank].tolist() == pytest.approx([0.9**rank] * 2, abs=1e-4)
    chart = strongest.rank_chart(data, CAST, strongest.seed_rank_data(rows, CAST, "encoder"))
    assert drawn(chart, 1) == records(data)
    kept = strongest.in_place_data(rows, CAST, "encoder")
    assert set(kept["value"]) == {0.5}
    assert drawn(strongest.in_place_chart(kept, CAST), -1) == records(kept)


def test_all_neurons_are_not_told_twice(tables: RunTables) -> None:
    (figure,) = strongest.strongest_parts(tables, "encoder", "; n = 9 words")
    assert isinstance(figure, Figure)
    assert f"all {WIDTH} neurons" in figure.reading
    assert "n = 9 words" in figure.reading
