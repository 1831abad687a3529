"""Tables as CSV. Rows that a table does not know are a mistake of ticketscope."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from ticketscope.arms.cast import Cast
from ticketscope.files import write_packed_csv, write_text
from ticketscope.tables.table import Table

Row = Mapping[str, Any]


def write_table(run: Path, table: Table, rows: Iterable[Row], cast: Cast) -> Path:
    """Write a table of a run directory; returns the path of its file."""
    path = run / table.file
    if table.packed:
        write_packed_csv(path, chain([tuple(table.names)], _cells(table, rows, cast)))
    else:
        write_text(path, to_csv(table, rows, cast))
    return path


def to_csv(table: Table, rows: Iterable[Row], cast: Cast) -> str:
    """A table as CSV text: rows by column name; what a row lacks is an empty cell.

    Floats keep every digit. Text is read back as it was, whatever it holds but the zero character.
    """
    lines = [tuple(table.names), *_cells(table, rows, cast)]
    text = _joined(lines, csv.QUOTE_MINIMAL)
    assert "\0" not in text, "no reader of CSV takes it"
    if "\r" in text:  # it ends a line for readers, but is nothing to be quoted for Python 3.11
        return _joined(lines, csv.QUOTE_ALL)
    return text


def _joined(lines: Iterable[tuple[Any, ...]], quoting: Any) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(lines)
    return text.getvalue()


def _cells(table: Table, rows: Iterable[Row], cast: Cast) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        assert row.keys() <= table.names.keys(), f"{table.name}: {row.keys() - table.names.keys()}"
        for name, column in table.names.items():
            value = row.get(name)
            assert column.holds(value, cast), f"{table.name}: column {name}: {value!r}"
        yield tuple(row.get(name) for name in table.names)
