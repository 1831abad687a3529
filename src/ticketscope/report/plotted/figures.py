"""The figures of a table that says itself how it is drawn."""

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import (
    arm_dashes,
    arms_of,
    by_arm,
    replicate_shapes,
    value_axis,
)
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import Chooser, level_beside_dense, row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, TICKET, drawn_at
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.tables.table import SPARSITIES, Plot

AGAINST_SPARSITY = SPARSITIES[0]
"""The column along which networks stand at the sparsity of the tickets of their level."""


def plot_data(rows: pd.DataFrame, cast: Cast, plot: Plot) -> pd.DataFrame:
    """One row per mark: which network, where it stands, its value, and the interval if the table
    has one."""
    places = [name for name in (plot.x, *plot.chosen) if name not in TICKET]
    ends = [end for end in ("lower", "upper") if end in rows]
    known = drawn_at(rows[rows[plot.y].notna()], cast).assign(value=lambda of: of[plot.y])
    return known[[*TICKET, "drawn_at", *places, "value", *ends]].round(DIGITS)


def plot_chart(data: pd.DataFrame, cast: Cast, plot: Plot, title: str) -> alt.LayerChart:
    """Lines of arms and replicates along `plot.x`, one value of each of `plot.chosen` at a time."""
    value = Told(title, SCORE)
    if plot.x == AGAINST_SPARSITY:
        choosers = row_choosers(data, cast, *plot.chosen)
        told = [name for name in data.columns if name not in plot.chosen]
        layers = series(data, cast, value, "lower" in data, choosers, told=told)
        return figure(layers, choosers=choosers)
    choosers = [*row_choosers(data, cast, *plot.chosen), *level_beside_dense(data, cast)]
    return figure(_lines_along(data, cast, plot, value, choosers), choosers=choosers)


def _lines_along(
    data: pd.DataFrame, cast: Cast, plot: Plot, value: Told, choosers: list[Chooser]
) -> list[alt.Chart]:
    """Lines of arms and replicates, the points of one place beside each other."""
    y = value_axis(value)
    arms = arms_of(data, cast)
    lines = sorted(set(zip(data["arm"].map(arms.index), data["replicate"], strict=True)))
    of_rows = zip(data["arm"].map(arms.index), data["replicate"], strict=True)
    beside = data.assign(dodge=[lines.index(line) for line in of_rows])
    along = Told(plot.x.replace("_", " "))
    base = chart_of(beside, choosers).encode(
        x=alt.X(f"{plot.x}:O", title=along.title, axis=alt.Axis(labelAngle=0)),
        xOffset="dodge:O",
        y=y,
        color=by_arm(arms, cast),
        detail=alt.Detail("replicate:N"),
    )
    points = base.mark_point(filled=True, size=45, opacity=1.0)
    if data["replicate"].nunique() > 1:
        points = points.encode(shape=replicate_shapes(data))
    told = [name for name in data.columns if name not in plot.chosen]
    layers = [
        base.mark_line().encode(strokeDash=alt.StrokeDash("arm:N", scale=arm_dashes(arms, cast))),
        pointed(points, cast, told, {"value": value, plot.x: along}),
    ]
    if "lower" in data and data["lower"].notna().any():
        bars = base.transform_filter("isValid(datum.lower)").mark_rule(strokeWidth=1.5)
        layers.insert(1, bars.encode(y=alt.Y("lower:Q"), y2="upper:Q"))
    return layers
