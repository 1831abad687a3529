"""A table that no section of the report draws: it is drawn as the table says, and exported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ticketscope import steps
from ticketscope.arms import ARMS
from ticketscope.report.page import render
from ticketscope.report.paper.publish import publish
from ticketscope.report.parts.part import Figure, Gap, Prose, Table
from ticketscope.report.parts.wording import plain
from ticketscope.report.plotted.sections import MOST_ROWS, plotted_section
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.sections import sections
from ticketscope.steps.step import Step
from ticketscope.tables import table as nouns
from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import NotMeasured, Plot
from unit.report_fixture import FakeRun, drawn, with_table, write_csv, write_run

pytestmark = pytest.mark.slow

FAKE = FakeRun(levels=2, test_sets=("test",))
OWN = (
    *whole("layer", says="from 0"),
    *text("measure", says="what is measured"),
    *number("value", says="how *odd* the `layer` is"),
    *number("lower", "upper", says="its 95 % interval", optional=True),
)
ALONG_LAYERS = nouns.Table(
    name="oddity",
    says="One row per layer ([docs](oddity.md)).",
    own=OWN,
    plot=Plot(x="layer", y="value", panels="measure"),
)
AGAINST_SPARSITY = nouns.Table(
    name="oddity",
    says="One row per layer.",
    own=OWN,
    plot=Plot(x="sparsity_prunable", y="value", panels="measure", chosen=("layer",)),
)


class Oddity(Step):
    """A step of which the report knows nothing but its table."""

    name = "oddity"
    version = 1

    def __init__(self, table: nouns.Table) -> None:
        self.tables = (table,)  # type: ignore[misc]


def rows(num_layers: int = 3) -> Iterator[dict[str, Any]]:
    for ticket in FAKE.tickets():
        for layer in range(num_layers):
            for measure in ("odd", "very_odd"):
                value = layer + ticket["level"] / 10
                known = {"value": value, "lower": value - 1, "upper": value + 1}
                yield ticket | {"layer": layer, "measure": measure} | known


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FAKE)


def with_rows(
    run: Path, table: nouns.Table, monkeypatch: pytest.MonkeyPatch, *, num_layers: int = 3
) -> RunTables:
    write_csv(run / table.file, list(rows(num_layers)))
    monkeypatch.setattr(steps, "STEPS", [*steps.STEPS, Oddity(table)])
    return read_run(run)


def test_it_has_a_section_behind_those_of_the_findings(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = with_rows(run, ALONG_LAYERS, monkeypatch)
    found = {section.anchor: section for section in sections(read)}
    order = list(found)
    assert order.index("weights") < order.index("oddity") < order.index("controls")
    prose, odd, very_odd, table = found["oddity"].parts
    assert prose == Prose("One row per layer (docs).")
    assert isinstance(odd, Figure)
    assert isinstance(very_odd, Figure)
    assert very_odd.title == "Oddity: very odd against layer"
    assert odd.reading == (
        "Each point is one network. Its value: how *odd* the layer is. The bars: its 95 % "
        "interval; n = 2 replicates."
    )
    assert isinstance(table, Table)
    assert table.folded
    assert table.columns[:2] == ("arm", "measure")
    assert table.num_text == 2
    assert len(table.rows) == 2 * (1 + 2 * 2) * 3 * 2
    assert table.rows[-2][:4] == ("dense_continued", "odd", "1", "2")
    assert "2.2" in table.rows[-2]


def test_lines_along_layers_have_the_colours_of_their_arms(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = with_rows(run, ALONG_LAYERS, monkeypatch)
    figure = plotted_section(read, ALONG_LAYERS).parts[1]
    assert isinstance(figure, Figure)
    spec = figure.spec()
    lines, bars, points = spec["layer"]
    assert lines["encoding"]["x"]["field"] == points["encoding"]["x"]["field"] == "layer"
    scale = lines["encoding"]["color"]["scale"]
    assert scale["domain"][1:] == list(FAKE.arms)
    assert scale["range"][1:] == [ARMS[arm].colour for arm in FAKE.arms]
    assert bars["encoding"]["y2"]["field"] == "upper"
    shown = [row for row in rows() if row["measure"] == "odd"]
    assert [row["value"] for row in drawn(figure.chart, 0)] == [row["value"] for row in shown]
    (level,) = spec["params"]
    assert level["bind"]["options"] == [0, 1, 2]


def test_against_sparsity_the_reader_chooses_the_layer(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = with_rows(run, AGAINST_SPARSITY, monkeypatch)
    figure = plotted_section(read, AGAINST_SPARSITY).parts[1]
    assert isinstance(figure, Figure)
    assert figure.title == "Oddity: odd against sparsity"
    assert [parameter["name"] for parameter in figure.spec()["params"]] == ["layer"]


def test_its_figures_and_rows_are_exported_and_downloaded(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = with_rows(run, ALONG_LAYERS, monkeypatch)
    page = render(read)
    assert '<h2 id="oddity">Oddity</h2>' in page
    assert 'download="oddity.csv"' in page
    publish(run, latex=tmp_path / "tex", markdown=tmp_path / "md")
    assert r"very\_odd" in (tmp_path / "tex/oddity-oddity.tex").read_text()
    assert (tmp_path / "md/oddity-oddity.md").exists()


def test_a_long_table_says_how_much_of_it_is_shown(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = with_rows(run, ALONG_LAYERS, monkeypatch, num_layers=30)
    table = plotted_section(read, ALONG_LAYERS).parts[-1]
    assert isinstance(table, Table)
    assert len(table.rows) == MOST_ROWS
    assert table.title == "Oddity, the first 500 of 600 rows"


def test_without_rows_it_says_why(run: Path) -> None:
    read = with_table(read_run(run), "oddity", NotMeasured("not yet"))
    assert plotted_section(read, ALONG_LAYERS).parts == (
        Prose("One row per layer (docs)."),
        Gap("not yet"),
    )


def test_plain_words_of_markdown() -> None:
    assert plain(r"`k` at k\* ([claims.md](claims.md))") == "k at k* (claims.md)"
