"""What tables hold, as Markdown for the documentation."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import fill

from ticketscope.tables.column import Column
from ticketscope.tables.table import OF_NETWORKS, Table

BEGIN = "<!-- `make docs` writes what follows -->\n"
END = "<!-- `make docs` wrote what precedes -->\n"
_WIDTH = 120


def renewed(page: str, tables: Iterable[Table]) -> str:
    """A page whose text between the two marks is the listing of these tables."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{listing(tables)}\n{END}{after}"


def listing(tables: Iterable[Table]) -> str:
    """The columns that tables of networks begin with, then each table under its own heading."""
    first = ("Each table begins with these columns unless it says otherwise:", "")
    sections = (line for table in tables for line in _section(table))
    return "".join(f"{line}\n" for line in (*first, *_rows(OF_NETWORKS), *sections))


def _section(table: Table) -> Iterator[str]:
    yield from ("", f"### {table.file.removeprefix('tables/')}", "")
    yield fill(table.says, _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield ""
    yield from _rows(table.own)


def _rows(columns: Iterable[Column]) -> Iterator[str]:
    """One row per meaning; neighbours with one meaning share it."""
    yield from ("| column | meaning |", "|---|---|")
    for says, alike in groupby(columns, key=lambda column: column.says):
        yield f"| {', '.join(f'`{column.name}`' for column in alike)} | {says} |"
