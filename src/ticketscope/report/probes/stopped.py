"""Whether the probes have learned: how each of them stopped."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.report.parts.part import Part, Prose, Table
from ticketscope.report.parts.wording import count, listed
from ticketscope.report.probes.task_rows import titled
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.probes import CAPPED, STOPS
from ticketscope.tables.table import NotMeasured


def how_probes_stopped(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    """How many were cut off before they had learned, in which tasks, and how the others stopped."""
    rows = titled(probes[probes["stopped"] != ""])
    if rows.empty or isinstance(run.probing, NotMeasured):
        return
    num_probes, num_capped = run.probing.num_probes, run.probing.num_capped
    if num_capped:
        yield Prose(
            f"{count(num_capped)} of {count(num_probes)} probes were cut off after "
            f"{count(run.study.probing.max_updates)} updates, while they still learned; those "
            "of mixes, control tasks, codelengths and untrained encoders are counted, too. Their "
            f"scores may be too low. {_where(rows)}Raise probing.max_updates and run again; "
            "nothing is trained again but probes.",
            lead="Probes that were cut off.",
        )
    else:
        yield Prose(f"All {count(num_probes)} probes were trained until they had learned.")
    yield _by_task(rows)


def _where(rows: pd.DataFrame) -> str:
    """The tasks of what the table shows, with the most first."""
    numbers = rows.loc[rows["stopped"] == CAPPED, "task"].value_counts()
    if numbers.empty:
        return "None of them is a probe of a layer or a mix of the networks of this run. "
    tasks = [f"{task} ({count(int(number))})" for task, number in numbers.items()]
    return f"Probes of a layer or a mix among them: {listed(tasks)}. "


def _by_task(rows: pd.DataFrame) -> Table:
    """Probes of layers and mixes, task by task."""
    cells = []
    for task, group in rows.groupby("task", sort=False):
        updates = group["num_updates"].dropna().astype(int)
        told = ("", "") if updates.empty else (int(updates.median()), int(updates.max()))
        numbers = [int((group["stopped"] == how).sum()) for how in STOPS]
        shown = [each if isinstance(each, str) else count(each) for each in told]
        cells.append((str(task), count(len(group)), *map(count, numbers), *shown))
    return Table(
        title="How the probes of layers and of mixes stopped",
        columns=("task", "probes", *STOPS, "updates, median", "updates, most"),
        rows=tuple(cells),
        num_text=1,
        folded=True,
    )
