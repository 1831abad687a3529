"""Which rows of a table a rule is about, network by network."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ticketscope.errors import InputError
from ticketscope.gate.material import Material
from ticketscope.gate.rules import GateRule, GateRules, Selection
from ticketscope.gate.rules_file import Places, meant
from ticketscope.tables.table import NAMES_OF_NETWORKS, SPARSITIES, NotMeasured, Table

Row = Mapping[str, Any]
"""The cells of a row; None is an empty one."""
Key = tuple[Any, ...]
OWN = "own"
"""In a key in place of the number of the network's own replicate: in that the rows of all
replicates differ, and mean the same."""


@dataclass(frozen=True)
class Chosen:
    """The rows of one network that a rule is about.

    Args:
        arm: of it.
        level: likewise; None where a table does not tell levels apart.
        rows: by key, one per replicate.
    """

    arm: str
    level: int | None
    rows: Mapping[Key, tuple[Row, ...]]


@dataclass(frozen=True)
class Asked:
    """A rule of a file, with all that it needs to be understood.

    Args:
        name: of the rule.
        rule: what it says.
        rules: the whole file.
        places: where rules stand in it.
        material: the run.
    """

    name: str
    rule: GateRule
    rules: GateRules
    places: Places
    material: Material

    def refused(self, key: str, problem: str) -> InputError:
        """The error of a key of the rule ("" for the rule as a whole)."""
        return self.places.refused(self.name, key, problem)

    @property
    def table(self) -> Table:
        """Its table. Raises `InputError` for one that there is none of."""
        known = self.material.judged
        name = self.rule.table
        if name not in known:
            what = "no such table"
            if name in self.material.schema:
                what = "no rule can be about it, since its rows are sentences or name no network"
            raise self.refused("table", f"{name}: {what}; {meant(name, sorted(known))}")
        return known[name]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of its table. Raises `InputError` where there are none."""
        found = self.material.read(self.table)
        if isinstance(found, NotMeasured):
            mend = "the command that made the run measures what its settings ask for"
            raise self.refused("table", f"{found.reason.rstrip('.')}; {mend}")
        return found


def selected(asked: Asked) -> list[Chosen]:
    """The networks of a rule, in the order of the table, with their rows.

    Raises `InputError` for names that are not known, for a network without a row, and for several
    rows per network where the rule is about one.
    """
    rule, table, frame = asked.rule, asked.table, asked.frame
    _check_figure(asked)
    for key, selection in (("where", rule.where), ("reference_where", rule.reference_where)):
        _check_columns(asked, key, selection)
    rows = frame[_has(frame, table, rule.where)]
    if rows.empty:
        raise asked.refused("where", f"no row of {table.name}.csv has all of this at once")
    arms, levels = _arms(asked), _levels(asked)
    rows = rows[rows["arm"].isin(arms)]
    if levels:
        rows = rows[rows["level"].isin(levels)]
    chosen = list(_by_network(asked, rows))
    for arm in arms:
        for level in levels or (None,):
            if not any(arm == c.arm and level in (None, c.level) for c in chosen):
                raise asked.refused("", f"{table.name}.csv has no such row of {_named(arm, level)}")
    return chosen


def rows_of(frame: pd.DataFrame) -> Iterator[Row]:
    """The rows of a data frame; missing values and empty texts are None."""
    for row in frame.to_dict("records"):
        yield {str(k): None if v is pd.NA or v != v or v == "" else v for k, v in row.items()}


def key_of(row: Row, table: Table) -> Key:
    """What tells a row of a network from the others."""
    return tuple(
        OWN if name == "other_replicate" and row[name] == row.get("replicate") else row[name]
        for name in table.keys
    )


def figures_of(table: Table) -> list[str]:
    """The columns of a table that can be judged: those that are no name and no end of an interval,
    and hold numbers."""
    beside = {f"{name}{end}" for name in table.names for end in ("_lower", "_upper")}
    beside |= {"lower", "upper", *NAMES_OF_NETWORKS, *table.keys}
    return [c.name for c in table.columns if c.kind != "text" and c.name not in beside]


def _check_figure(asked: Asked) -> None:
    known = figures_of(asked.table)
    figure = asked.rule.figure
    if figure not in known:
        what = f"{asked.table.name}.csv has no such column of figures"
        raise asked.refused("figure", f"{figure}: {what}; {meant(figure, known)}")


def _check_columns(asked: Asked, key: str, selection: Selection) -> None:
    table, frame = asked.table, asked.frame
    known = [
        column.name
        for column in table.columns
        if column.name not in (*NAMES_OF_NETWORKS, *SPARSITIES)
    ]
    for column, values in selection.items():
        if column not in known:
            raise asked.refused(
                key, f"{column}: no such column of {table.name}.csv; {meant(column, known)}"
            )
        if key == "reference_where" and column not in table.keys:
            what = "it does not tell rows apart"
            raise asked.refused(key, f"{column}: {what}; {meant(column, table.keys)}")
        there = frame[column]
        for value in values:
            if not _equals(there, value, table.names[column].kind == "text").any():
                known_values = there.drop_duplicates().dropna().tolist()
                raise asked.refused(
                    key,
                    f"{column} = {_shown(value)}: no row of {table.name}.csv has it; "
                    f"{meant(value, known_values)}",
                )


def _has(frame: pd.DataFrame, table: Table, selection: Selection) -> "pd.Series[bool]":
    """Whether each row has one of the values in every column of a selection."""
    found = pd.Series(True, index=frame.index)
    for column, values in selection.items():
        is_text = table.names[column].kind == "text"
        any_of = pd.Series(False, index=frame.index)
        for value in values:
            any_of |= _equals(frame[column], value, is_text)
        found &= any_of
    return found


def _equals(cells: "pd.Series[Any]", value: Any, is_text: bool) -> "pd.Series[bool]":
    if is_text:
        return cells.eq(value)  # a number is no text, and equals none
    if value == "":
        return cells.isna()
    if isinstance(value, str):
        return pd.Series(False, index=cells.index)
    return cells.eq(value).fillna(False).astype(bool)


def _arms(asked: Asked) -> Sequence[str]:
    given, cast = asked.rule.networks or asked.rules.networks, asked.material.cast
    unknown = [name for name in given if name not in cast]
    if unknown:
        owner = asked.name if asked.rule.networks else ""
        problem = f"{unknown[0]}: no such network; {meant(unknown[0], [*cast])}"
        raise asked.places.refused(owner, "networks", problem)
    arms = given or tuple(arm.name for arm in cast.studied)
    if not arms:
        raise asked.refused("", "nothing is under study in this run; name the networks")
    return arms


def _levels(asked: Asked) -> Sequence[int]:
    if "level" in asked.table.names:
        return asked.rule.levels or asked.rules.levels
    if asked.rule.levels:
        raise asked.refused("levels", f"{asked.table.name}.csv does not tell levels apart")
    return ()


def _by_network(asked: Asked, rows: pd.DataFrame) -> Iterator[Chosen]:
    table = asked.table
    networks: dict[tuple[str, int | None], dict[Key, list[Row]]] = {}
    for row in rows_of(rows):
        by_key = networks.setdefault((row["arm"], row.get("level")), {})
        by_key.setdefault(key_of(row, table), []).append(row)
    for (arm, level), by_key in networks.items():
        if len(by_key) > 1 and not asked.rule.each:
            columns = _differing(by_key, table)
            raise asked.refused(
                "where",
                f"selects {len(by_key)} rows per network, which differ in {', '.join(columns)}: "
                "choose one, or say each = true if each of them must keep the bound",
            )
        yield Chosen(arm, level, {key: _one_each(asked, of) for key, of in by_key.items()})


def _one_each(asked: Asked, rows: Sequence[Row]) -> tuple[Row, ...]:
    """One row per replicate, in their order."""
    if "replicate" not in asked.table.names:
        assert len(rows) == 1, (asked.table.name, rows)
        return tuple(rows)
    by_replicate = {row["replicate"]: row for row in rows}
    assert len(by_replicate) == len(rows), (asked.table.name, rows)
    arm, num = rows[0]["arm"], asked.material.num_replicates
    if len(rows) < num and not asked.material.cast.is_given:
        raise asked.refused(
            "",
            f"{asked.table.name}.csv has such a row for {len(rows)} of {num} replicates of {arm}: "
            "let ticketscope run finish",
        )
    return tuple(by_replicate[replicate] for replicate in sorted(by_replicate))


def _differing(keys: Iterable[Key], table: Table) -> list[str]:
    """The columns in which keys differ."""
    cells = zip(*keys, strict=True)
    return [name for name, found in zip(table.keys, cells, strict=True) if len(set(found)) > 1]


def labels_of(keys: Sequence[Key], table: Table) -> list[str]:
    """What tells the rows of a rule apart, for people: ``bucket = negation``; "" for one row."""
    names = _differing(keys, table) if len(keys) > 1 else []
    return [
        ", ".join(
            f"no {name}" if cell is None else f"{name} = {cell}"
            for name, cell in zip(table.keys, key, strict=True)
            if name in names
        )
        for key in keys
    ]


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _named(arm: str, level: int | None) -> str:
    return arm if level is None else f"{arm} at level {level}"
