"""What a run's tables say of each network, as figures with names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from ticketscope.config import Study
from ticketscope.report.reading.unedited import check_unedited
from ticketscope.runs.store import LevelId, Run
from ticketscope.tables.compute import COMPUTE
from ticketscope.tables.quality import QUALITY
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import SPARSITIES, NotMeasured, Table
from ticketscope.tables.typed import read_table

Figures = dict[LevelId, dict[str, float]]


@dataclass(frozen=True)
class Shown:
    """Which figures of a table are shown.

    Args:
        table: one that has networks.
        by: the columns that a name says before it says what is measured.
        of: the columns with figures; the first has no name of its own where it is `value`.
    """

    table: Table
    by: tuple[str, ...]
    of: tuple[str, ...]


TABLES: Final = (
    Shown(
        QUALITY,
        by=("test_set", "metric"),
        of=(
            *("value", "lower", "upper"),
            *("difference_dense", "difference_dense_lower", "difference_dense_upper"),
            *("difference_control", "difference_control_lower", "difference_control_upper"),
        ),
    ),
    Shown(COMPUTE, by=(), of=("target_tokens", "operations", "operations_in_all")),
    Shown(
        SPEED,
        by=("engine", "threads", "batch"),
        of=("tokens_per_second", "bytes", "against_dense"),
    ),
)
"""Tables with few figures per network. The others compare layers, heads and words: they are on the
page of the run."""


def figures_of(run: Run, study: Study) -> tuple[Figures, list[str]]:
    """The figures of each network, and why some are not there.

    While tables are being written they are not sealed, and none is read. Raises `JobError` where
    one was altered since, and `InputError` where it is not as ticketscope writes it.
    """
    if not run.checksums.is_file():
        return {}, ["the tables are not written yet: export again when the run is done"]
    check_unedited(run.root, edited=False)
    figures: Figures = {}
    lacking = []
    for shown in TABLES:
        found = read_table(run.root, shown.table, study.cast)
        if isinstance(found, NotMeasured):
            lacking.append(found.reason)
            continue
        for row in found.to_dict("records"):
            label = LevelId(row["replicate"], row["arm"], row["level"])
            figures.setdefault(label, {}).update(_named(row, shown))
    return figures, lacking


def _named(row: dict[Any, Any], shown: Shown) -> Iterator[tuple[str, float]]:
    for name in SPARSITIES:
        yield name.replace("_", "/", 1), row[name]
    place = "/".join([shown.table.name, *(str(row[name]) for name in shown.by)])
    for name in shown.of:
        if not pd.isna(row[name]):
            yield place + _ending(name, shown), float(row[name])


def _ending(column: str, shown: Shown) -> str:
    if column == "value":
        return ""
    return f"_{column}" if "value" in shown.of else f"/{column}"
