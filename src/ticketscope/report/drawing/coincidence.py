"""Lines of a figure that nobody can see, since another line is drawn over them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.drawn_rows import DIGITS
from ticketscope.report.parts.wording import listed

_CHOSEN: Final = ("measure", "layer", "attention", "pairs", "phenomenon", "shown", "module", "kind")
_CHOSEN_ARMS: Final = ("against", "group", "arm")
"""Columns whose values are drawn one at a time, where they do not tell lines apart."""
_NAMED: Final = ("run", "test_set", "network")
"""Columns whose values are names by themselves."""
_MOST_NAMED: Final = 3
"""Sets of lines; those that coincide most often are named."""
Line = tuple[tuple[str, Any], ...]
"""What tells a line apart: columns with their values."""


def coinciding(
    data: pd.DataFrame,
    cast: Cast,
    lines: Sequence[str] = ("arm", "replicate"),
    *,
    along: str = "level",
    value: str = "value",
) -> str:
    """Which lines of a figure are the same, as a sentence with a blank before it; "" where none.

    `lines` are the columns that tell lines apart, `along` says where a row stands on its line.
    Equal means equal in every point to as many decimals as figures are drawn with. The dense model,
    of which a figure against sparsity has one point, is no line there.
    """
    rows = data
    if "arm" in lines:
        rows = rows[rows["arm"] != cast.dense.name]
    told = (*lines, along)
    choices = [name for name in (*_CHOSEN, *_CHOSEN_ARMS) if name in data and name not in told]
    groups = [rows for _, rows in rows.groupby(choices)] if choices else [rows]
    times = Counter(same for group in groups for same in _same(group, lines, along, value))
    if not times:
        return ""
    shown = [column for column in lines if column != "replicate" or rows[column].nunique() > 1]
    whole = rows[list(lines)].drop_duplicates().shape[0]
    names = [
        f"{_named(same, cast, shown, whole)}{_where(number, len(groups))}"
        for same, number in times.most_common(_MOST_NAMED)
    ]
    more = f"; and {len(times) - len(names)} more" if len(times) > len(names) else ""
    return f" These lines are the same and hide each other: {'; '.join(names)}{more}."


def _same(
    rows: pd.DataFrame, lines: Sequence[str], along: str, value: str
) -> Iterator[tuple[Line, ...]]:
    """The sets of lines of one drawing that have the same points."""
    found: dict[tuple[Any, ...], list[Line]] = {}
    by = list(lines)
    rounded = rows.assign(**{value: rows[value].round(DIGITS)}).dropna(subset=value)
    for _, points in rounded.sort_values(along, kind="stable").groupby(by, sort=False):
        key = tuple(points[[along, value]].itertuples(index=False, name=None))
        line = tuple((name, points[name].iloc[0]) for name in by)
        found.setdefault(key, []).append(line)
    yield from (tuple(same) for same in found.values() if len(same) > 1)


def _named(same: tuple[Line, ...], cast: Cast, shown: Sequence[str], num_lines: int) -> str:
    if len(same) == num_lines > 2:
        return f"all {num_lines} lines"
    return listed([_line(line, cast, shown) for line in same])


def _line(line: Line, cast: Cast, shown: Sequence[str]) -> str:
    return " ".join(_told(name, cast, of) for name, of in line if name in shown)


def _told(name: str, cast: Cast, of: Any) -> str:
    if name == "arm":
        return cast[of].title
    return str(of) if name in _NAMED else f"{name} {of}"


def _where(number: int, of: int) -> str:
    return "" if number == of else f" (in {number} of {of} drawings)"
