"""The section of downloads: the tables behind figures and claims, inside the page itself."""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

import pandas as pd

from ticketscope.packing import packed_json
from ticketscope.report.parts.part import Downloads, Enclosed, Gap, Links, Part, Prose, Table
from ticketscope.report.parts.wording import size
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.steps import all_tables
from ticketscope.tables.table import Table as RunTable

_AROUND = 60_000
"""Characters of the section besides the packed tables, at the most."""
_BEST_PACKED = 20
"""Tables of measured figures do not pack to less than a twentieth; so most need not be tried."""


def downloads_parts(run: RunTables, room: int) -> Iterator[Part]:
    """Tables to save from the page, as many as `room` characters hold, and links to all others."""
    if not run.files:
        yield Gap("The run has written no tables yet.")
        return
    files = enclosed(run.contents, room - _AROUND)
    inside = {file.path for file in files}
    outside = tuple(path for path in run.files if path not in inside)
    yield Prose(
        "All figures and verdicts come from the tables below. This page holds them, packed: they "
        "can be saved from it wherever it was moved to. Every translation, with its scores, is in "
        "sentences.csv.gz."
    )
    yield Downloads(files)
    if outside:
        large = [path for path in outside if path in run.contents]
        yield Prose(
            "These files are beside this page in the run directory; the links work only there."
            + (f" Too large for this page: {', '.join(large)}." if large else "")
        )
        yield Links(outside)
    yield columns_table(all_tables(), run.files)


def columns_table(tables: Iterable[RunTable], files: Collection[str]) -> Table:
    """What the columns mean, of those tables whose files are there; neighbours that mean the same
    share a row."""
    rows = (
        (table.file.removeprefix("tables/"), ", ".join(c.name for c in alike), says)
        for table in tables
        if table.file in files
        for says, alike in groupby(table.columns, key=lambda column: column.says)
    )
    return Table(
        "What the columns of the tables mean",
        ("table", "columns", "meaning"),
        tuple((file, names, says.replace("`", "")) for file, names, says in rows),
        num_text=2,
        num_sentences=1,
        folded=True,
    )


def enclosed(contents: Mapping[str, bytes], most: int) -> tuple[Enclosed, ...]:
    """The tables that fit into a page together, in the order of `contents`: the smaller ones first.

    They take no more than `most` characters, packed.
    """
    found = {}
    left = most
    for path, data in sorted(contents.items(), key=lambda item: len(item[1])):
        if len(data) > _BEST_PACKED * left:
            break
        columns = packed_json(columns_of(data))
        left -= len(columns)
        if left < 0:
            break
        found[path] = Enclosed(path, size(len(data)), columns)
    return tuple(found[path] for path in contents if path in found)


def columns_of(table: bytes) -> list[list[str]]:
    """The columns of a CSV table in UTF-8, names first.

    Column by column a table packs to two thirds of what it takes row by row.
    """
    cells = pd.read_csv(io.BytesIO(table), dtype=str, keep_default_na=False, na_filter=False)
    return [[str(name), *cells[name].tolist()] for name in cells]
