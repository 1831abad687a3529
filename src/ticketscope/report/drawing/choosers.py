"""Lists below a figure, from which the reader chooses what is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.drawn_rows import level_shares


@dataclass(frozen=True)
class Chooser:
    """A list below a figure, and what picking from it does to the rows drawn."""

    parameter: alt.Parameter
    transform: alt.FilterTransform | alt.CalculateTransform


def row_choosers(data: pd.DataFrame, cast: Cast, *columns: str) -> list[Chooser]:
    """Pick the rows with one value of each of the `columns`.

    Numbers (levels, layers) start at the last one, names at the first. Where there is no choice,
    there is no list, but for the level: its list tells the level's `sparsity_prunable`. No rows
    have none: nothing may have been pruned.
    """
    choosers = []
    for column in columns:
        if column == "level" and cast.is_given:
            continue  # each arm is one network
        options = list(dict.fromkeys(data[column]))
        if not options:
            continue
        labels = [cast[arm].title for arm in options] if column == "arm" else options
        labels, start = [str(label) for label in labels], options[0]
        if pd.api.types.is_numeric_dtype(data[column]):
            options = sorted(int(option) for option in options)
            labels = [*map(str, options)]
            if column == "level":
                labels = _level_labels(data, options, cast)
            start = options[-1]
        if len(options) > 1 or column == "level":
            choosers.append(row_chooser(column, options, labels, start))
    return choosers


def level_beside_dense(data: pd.DataFrame, cast: Cast) -> list[Chooser]:
    """One level at a time, and the dense model beside each; a dissection has no levels."""
    rows = f"datum.level === level || datum.arm === '{cast.dense.name}'"
    return [
        replace(chooser, transform=alt.FilterTransform(filter=rows))
        for chooser in row_choosers(data, cast, "level")
    ]


def row_chooser(
    column: str, options: Sequence[str | int], labels: list[str], start: str | int
) -> Chooser:
    """Pick the rows with one value of the column, each option under its label."""
    return Chooser(
        _parameter(column, options, labels, start),
        alt.FilterTransform(filter=f"datum.{column} === {column}"),
    )


def column_chooser(name: str, columns: dict[str, str]) -> Chooser:
    """Pick one of the `columns` (with their labels) as the `value` drawn; starts at the first."""
    options = list(columns)
    return Chooser(
        _parameter(name, options, list(columns.values()), options[0]),
        alt.CalculateTransform(calculate=f"datum[{name}]", **{"as": "value"}),
    )


def _level_labels(data: pd.DataFrame, levels: list[int], cast: Cast) -> list[str]:
    shares = level_shares(data, "sparsity_prunable")
    return [f"{level} ({cast.nouns.tickets} {shares[level]} zero)" for level in levels]


def _parameter(
    name: str, options: Sequence[str | int], labels: list[str], start: str | int
) -> alt.Parameter:
    choice = alt.binding_select(options=list(options), labels=labels, name=f"{name} ")
    return alt.param(name=name, value=start, bind=choice)
