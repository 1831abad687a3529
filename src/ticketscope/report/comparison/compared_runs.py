"""The runs of a comparison: each with a name of its own, and tables of all of them together."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.claims.dose import at_most
from ticketscope.claims.verdicts import t_interval
from ticketscope.errors import InputError
from ticketscope.measures.bounds import Bounds
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.tables.table import NotMeasured


@dataclass(frozen=True)
class ComparedRun:
    """A run under the name that the page gives it."""

    name: str
    path: str
    """As the user gave it."""
    tables: RunTables

    @property
    def arms(self) -> tuple[str, ...]:
        """The arm that it is compared by, the first that is no control, and that arm's control."""
        arm = self.tables.cast.first
        return tuple(filter(None, (arm.name, arm.control))) if arm else ()

    @property
    def last_registered(self) -> int:
        """The last level of the tickets that the claims are decided over; the last of all where
        none prunes so little, 0 where there is none."""
        if isinstance(self.tables.quality, NotMeasured):
            return 0
        tickets = self.tables.quality[self.tables.quality["arm"].isin(self.arms[:1])]
        shares = tickets.groupby("level")["sparsity_prunable"].mean()
        up_to = self.tables.study.claims.up_to
        registered = [level for level, share in shares.items() if at_most(share, up_to)]
        return int(max(registered or list(shares.index), default=0))


def read_runs(runs: Sequence[Path], *, edited: bool = False) -> tuple[ComparedRun, ...]:
    """Read runs; runs of the same name are numbered in the order given.

    Raises `InputError` for fewer than two, and as `read_run`.
    """
    if len(runs) < 2:
        given = f"{runs[0]} is the only one" if runs else "there is none"
        raise InputError(f"RUN: give two or more run directories to compare; {given}")
    read = [read_run(run, edited=edited) for run in runs]
    if len({tables.cast.is_given for tables in read}) > 1:
        first = read[0].cast.is_given
        other = next(run for run, of in zip(runs, read, strict=True) if of.cast.is_given != first)
        kinds = ("a dissection", "a lottery") if first else ("a lottery", "a dissection")
        raise InputError(
            f"{other}: {kinds[1]}, and {runs[0]} is {kinds[0]}; compare runs of one kind"
        )
    names = numbered([tables.study.name for tables in read])
    return tuple(
        ComparedRun(name, str(run), tables)
        for name, run, tables in zip(names, runs, read, strict=True)
    )


def cast_of(runs: Sequence[ComparedRun]) -> Cast:
    """Who plays in any of the runs, in the order in which they come."""
    first, *_ = casts = [run.tables.cast for run in runs]
    arms = {arm.name: arm for cast in casts for arm in cast.arms}
    finds_tickets = all(cast.finds_tickets for cast in casts)
    return replace(first, arms=tuple(arms.values()), finds_tickets=finds_tickets)


def numbered(names: Sequence[str]) -> list[str]:
    """The names of runs, with a number behind those that clash: "a", "b (1)", "b (2)".

    A run's own name has no spaces, so none can clash with a numbered one.
    """
    counts, seen = Counter(names), Counter[str]()
    for_page = []
    for name in names:
        seen[name] += 1
        for_page.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return for_page


@dataclass(frozen=True)
class Together:
    """Rows of several runs in one table, and what is missing of which run."""

    rows: pd.DataFrame
    """Empty, or of two runs or more, which the column `run` names."""
    lacking: tuple[tuple[str, str], ...]
    """Runs without any rows, and why."""


def together(
    runs: Sequence[ComparedRun],
    rows: Callable[[ComparedRun], pd.DataFrame | NotMeasured],
    alike: Sequence[str],
) -> Together:
    """The rows of all runs, but only what two runs or more have.

    The columns `alike` say what a row is about: an arm, a module, a group of tasks.
    """
    lacking, parts = [], []
    for run in runs:
        found = rows(run)
        if isinstance(found, NotMeasured):
            lacking.append((run.name, found.reason))
        elif found.empty:
            lacking.append((run.name, "nothing of it was measured."))
        else:
            parts.append(found.assign(run=run.name))
    if not parts:
        return Together(pd.DataFrame(), tuple(lacking))
    joined = pd.concat(parts)
    shared = joined.groupby(list(alike))["run"].transform("nunique") > 1
    return Together(joined[shared], tuple(lacking))


def over_replicates(
    rows: pd.DataFrame, by: list[str], within: Bounds | None = None
) -> pd.DataFrame:
    """One row for each combination of the columns `by`: the mean over replicates.

    `rows` have replicate, value, lower, upper. The interval is Student's t over the replicates, cut
    to the bounds that the figures are `within`;
    that of a single replicate is its own, over sentences.
    """
    cells = []
    for key, group in rows.groupby(by, sort=False):
        found = t_interval(group["value"].to_numpy(dtype=float), within=within)
        one = group.iloc[0] if len(group) == 1 else None
        cells.append(
            (
                *key,
                found.value,
                found.lower if one is None else one["lower"],
                found.upper if one is None else one["upper"],
                len(group),
            )
        )
    columns = [*by, "value", "lower", "upper", "replicates"]
    return pd.DataFrame(cells, columns=columns).astype({"lower": np.float64, "upper": np.float64})
