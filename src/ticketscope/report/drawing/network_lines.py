"""Networks beside each other, of a lottery one level and replicate at a time, by a column of their
table such as the beam."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import Chooser, level_beside_dense, row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, pruned_rows
from ticketscope.report.drawing.given_networks import NETWORK, by_network, shown, with_networks
from ticketscope.report.drawing.pointing import Told, pointed

_PLACE: Final = ("network", "arm", "replicate", "level", "sparsity_prunable")
AGAINST: Final = {"control": "the control", "dense": "the dense model"}
"""What columns `difference_…` are differences to."""


def named(rows: pd.DataFrame, cast: Cast, *columns: str) -> pd.DataFrame:
    """Of each row its `network`, where that stands, these columns, the value and its interval."""
    titled = with_networks(rows, cast)
    if not cast.is_given:
        titled = titled.assign(network=[cast[arm].title for arm in titled["arm"]])
    known = titled[[*_PLACE, *columns, "value", "lower", "upper"]]
    return known.round(DIGITS).reset_index(drop=True)


def differences(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows once per network that they are `against`, with the difference as their value."""
    found = []
    for other, name in AGAINST.items():
        of = f"difference_{other}"
        known = rows[rows[of].notna()]
        ends = {end: known[f"{of}_{end}"] for end in ("lower", "upper")}
        called = "the base" if cast.is_given and other == "dense" else name
        found.append(known.assign(value=known[of], against=called, **ends))
    return pd.concat(found)


def one_at_a_time(data: pd.DataFrame, cast: Cast, *columns: str) -> list[Chooser]:
    """Choosers of these columns, and in a lottery of the replicate and of the level."""
    choosers = row_choosers(data, cast, *columns)
    if cast.is_given:
        return choosers
    levels = level_beside_dense(pruned_rows(data, cast), cast)
    return [*choosers, *row_choosers(data, cast, "replicate"), *levels]


def lines_of_networks(
    data: pd.DataFrame,
    cast: Cast,
    x: alt.X,
    value: Told,
    choosers: Sequence[Chooser],
    below: Sequence[alt.Chart] = (),
    y: alt.Y | None = None,
) -> alt.LayerChart:
    """A line per network with its points and intervals, over the charts `below`; where places are
    named, points of one place stand beside each other."""
    base = chart_of(data, choosers).encode(
        x=x, y=y or value_axis(value), color=by_network(data, cast)
    )
    if not below:
        networks = list(dict.fromkeys(data["network"]))
        base = base.encode(xOffset=alt.XOffset("network:N", sort=networks))
    bars = base.transform_filter("isValid(datum.lower)").mark_rule(strokeWidth=1.5)
    points = base.mark_point(filled=True, size=50, opacity=1.0)
    told = {"value": value, "network": NETWORK}
    layers = [
        *below,
        base.mark_line(opacity=0.7),
        bars.encode(y=alt.Y("lower:Q"), y2="upper:Q"),
        pointed(points, cast, shown(data, choosers), told),
    ]
    return figure(layers, choosers=choosers)
