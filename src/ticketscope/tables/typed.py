"""Tables read from a run directory as data frames whose columns have types.

What is there and wrong is an `InputError` of one line, so that nobody past this module meets a
missing column, one that nobody knows, or a text where a number belongs.
"""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.errors import InputError
from ticketscope.tables.column import Column
from ticketscope.tables.table import MEND, NotMeasured, Table


def read_table(run: Path, table: Table, cast: Cast) -> pd.DataFrame | NotMeasured:
    """Read a table of a run directory; `NotMeasured` where it is not there or has no rows.

    Text stays as written ("NA" and "null" are names like others); an empty cell is "" in a text
    column and missing in a number column (`Int64` where numbers are whole and may be missing),
    as are all cells of a column that came later than the run. Tasks, claims and verdicts are those
    that ticketscope knows, arms those of the `cast`.

    Raises `InputError`, naming file, line and column, for a column that lacks, one that is not
    known, or a cell that is not what it should be.
    """
    path = run / table.file
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    except FileNotFoundError:
        return NotMeasured(f"{table.file} is not there: the run has not measured it yet.")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not packed by gzip ({error}); {MEND}") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a CSV table ({error}); {MEND}") from None
    _check_columns(path, [str(name) for name in cells], table)
    if cells.empty:
        return NotMeasured(f"{table.file} has no rows: nothing was measured.")
    cells = cells.reindex(columns=list(table.names), fill_value="")
    return pd.DataFrame({c.name: _typed(cells[c.name], c, path, cast) for c in table.columns})


def _check_columns(path: Path, found: list[str], table: Table) -> None:
    needed = [column.name for column in table.columns if not column.later]
    if lacking := [name for name in needed if name not in found]:
        raise InputError(f"{path}: no column {', '.join(lacking)}; {MEND}")
    if unknown := [name for name in found if name not in table.names]:
        raise InputError(
            f"{path}: this version of ticketscope knows no column {', '.join(unknown)}: another "
            f"version wrote the table, or it was edited; {MEND}"
        )


def _typed(cells: "pd.Series[str]", column: Column, path: Path, cast: Cast) -> "pd.Series[Any]":
    """Cells as the column's type; `InputError` for the first that is not."""
    empty = cells == ""
    if column.kind == "text":
        _refuse(path, cells, empty & (not column.optional), "text")
        if column.known is not None:
            wrong = ~cells.isin(list(column.known(cast))) & ~empty
            _refuse(path, cells, wrong, _one_of_them(column.name))
        return cells
    values = pd.to_numeric(cells.mask(empty), errors="coerce").astype(float)
    wrong = ~(values.abs() < np.inf) & ~(empty & column.optional)
    if column.kind == "number":
        _refuse(path, cells, wrong, "a number")
        return values
    _refuse(path, cells, wrong | ((values % 1 != 0) & ~empty), "a whole number")
    return values.astype("Int64" if column.optional else "int64")


def _one_of_them(column: str) -> str:
    """What a cell of known names should hold: "an arm"."""
    noun = column.removeprefix("other_")
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _refuse(path: Path, cells: "pd.Series[str]", wrong: "pd.Series[bool]", needed: str) -> None:
    """Name the first wrong cell. A row is a line: ticketscope writes no line breaks in cells."""
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        found = json.dumps(cells.iloc[row]) if cells.iloc[row] else "an empty cell"
        where = f"{path}:{row + 2}: column {cells.name}"
        raise InputError(f"{where}: {found} where {needed} belongs; {MEND}")
