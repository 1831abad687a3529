"""Which settings of runs differ: possible causes of differences between their figures."""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from ticketscope.config import flat
from ticketscope.report.comparison.compared_runs import ComparedRun
from ticketscope.report.parts.part import Part, Prose, Table
from ticketscope.report.parts.wording import plural

ABSENT: Final = "–"
"""Stands where a run has no such setting, since its kind of corpus is another one."""


def settings_parts(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    """A table of all settings that differ; those that are the same are counted."""
    settings = [dict(flat(run.tables.study.model_dump(mode="json"))) for run in runs]
    names = [name for name in dict.fromkeys(chain.from_iterable(settings)) if name != "name"]
    rows = [
        (name, *(_cell(of[name]) if name in of else ABSENT for of in settings)) for name in names
    ]
    differing = tuple(row for row in rows if len(set(row[1:])) > 1)
    same = plural(len(rows) - len(differing), "setting")
    if not differing:
        yield Prose(f"All {same} of these runs are the same.")
        return
    yield Table(
        title=f"The {plural(len(differing), 'setting')} that differ, and {same} the same",
        columns=("setting", *(run.name for run in runs)),
        rows=differing,
        num_text=1,
        num_sentences=len(runs),
        marked=unlike_first(differing),
    )
    yield Prose(
        f"Cells unlike those of {runs[0].name} are marked. Settings of execution change no figure."
    )


def unlike_first(rows: Sequence[Sequence[str]]) -> frozenset[tuple[int, int]]:
    """Row and column of the cells that are not as in the column of the first run, which is 1."""
    return frozenset(
        (at, column)
        for at, row in enumerate(rows)
        for column, cell in enumerate(row)
        if column > 1 and cell != row[1]
    )


def _cell(value: Any) -> str:
    """A value as it would be given on the command line."""
    return value if isinstance(value, str) else json.dumps(value)
