"""The section of a table that no section of its own draws: what it says, its figures, its rows."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Section
from ticketscope.report.parts.part import Table as Shown
from ticketscope.report.parts.sample import replicates
from ticketscope.report.parts.wording import count, percent, plain, significant
from ticketscope.report.plotted.figures import AGAINST_SPARSITY, plot_chart, plot_data
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import SPARSITIES, NotMeasured, Plot, Table

MOST_ROWS: Final = 500
"""Of a table, shown on the page; all of them are in the downloads."""


def plotted_section(run: RunTables, table: Table) -> Section:
    """The section of one table."""
    return Section(table.name.replace("_", "-"), _title(table.name), tuple(_parts(run, table)))


def _parts(run: RunTables, table: Table) -> Iterator[Part]:
    yield Prose(plain(table.says))
    rows = run.tables[table.name]
    if isinstance(rows, NotMeasured):
        yield Gap(rows.reason)
        return
    if table.plot:
        yield from _figures(run, table, table.plot, rows)
    yield _rows(table, rows)


def _figures(run: RunTables, table: Table, plot: Plot, rows: pd.DataFrame) -> Iterator[Figure]:
    says = {name: plain(column.says) for name, column in table.names.items()}
    interval = f"The bars: {says['lower']}" if "lower" in says else "No interval is measured"
    lines = ("arm", "replicate")
    for panel in dict.fromkeys(rows[plot.panels]) if plot.panels else ("",):
        of_panel = rows[rows[plot.panels] == panel] if plot.panels else rows
        data = plot_data(of_panel, run.cast, plot)
        if data.empty:
            continue
        shown = str(panel) or plot.y
        against = "sparsity" if plot.x == AGAINST_SPARSITY else plot.x
        same = coinciding(data, run.cast, lines) if plot.x == AGAINST_SPARSITY else ""
        yield Figure(
            f"{_title(table.name)}: {_words(shown)} against {_words(against)}",
            f"Each point is one network. Its value: {says[plot.y]}. {interval}; "
            f"n = {replicates(run)}.{same}",
            plot_chart(data, run.cast, plot, _words(shown)),
        )


def _rows(table: Table, rows: pd.DataFrame) -> Shown:
    """All columns, names in front, of as many rows as a page should carry."""
    columns = sorted(table.columns, key=lambda column: column.kind != "text")
    first = rows.head(MOST_ROWS)
    left = f", the first {count(len(first))} of {count(len(rows))} rows"
    return Shown(
        title=f"{_title(table.name)}{left if len(rows) > len(first) else ''}",
        columns=tuple(_words(column.name) for column in columns),
        rows=tuple(
            tuple(_cell(column.name, row[column.name]) for column in columns)
            for row in first.to_dict("records")
        ),
        num_text=sum(column.kind == "text" for column in columns),
        folded=True,
    )


def _cell(name: str, value: Any) -> str:
    if pd.isna(value):
        return ""
    if name in SPARSITIES:
        return percent(value)
    return significant(value) if isinstance(value, float) else str(value)


def _title(name: str) -> str:
    words = _words(name)
    return f"{words[0].upper()}{words[1:]}"


def _words(name: str) -> str:
    return name.replace("_", " ")
