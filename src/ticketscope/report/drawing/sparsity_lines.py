"""Lines of networks against sparsity, with intervals and points, side by side."""

import math
from collections.abc import Hashable, Sequence
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import (
    PADDING,
    arm_dashes,
    arms_of,
    by_arm,
    replicate_shapes,
    sparsity_axis,
    value_axis,
)
from ticketscope.report.drawing.chart import chart_of
from ticketscope.report.drawing.choosers import Chooser
from ticketscope.report.drawing.pointing import Told, pointed

DODGE: Final = 4
"""Pixels between series, so that the intervals of one sparsity do not hide each other."""
_OF_GAP: Final = 0.7
"""How much of the space between two levels the lines of one may take."""


def series(
    data: pd.DataFrame,
    cast: Cast,
    value: Told,
    with_intervals: bool,
    choosers: Sequence[Chooser] = (),
    *,
    y: alt.Y | None = None,
    told: Sequence[str] = (),
    spread: float = math.inf,
) -> list[alt.Chart]:
    """Layers of lines from the dense model on, of intervals and of points, by arm and replicate.

    `y` where it is not the axis of the `value`; what is `told` where that is not all columns;
    `spread` as of `dodged`.
    """
    arms = arms_of(data, cast)
    replicates = sorted(set(data["replicate"]))
    y = y or value_axis(value)
    of_rows = list(zip(data["arm"], data["replicate"], strict=True))
    every = [(arm, number) for arm in arms for number in replicates]
    points, offset = dodged(data, of_rows, every, spread=spread)

    def layer(rows: pd.DataFrame) -> alt.Chart:
        chart = chart_of(rows, choosers)
        return chart.encode(
            x=sparsity_axis(cast), y=y, color=by_arm(arms, cast), detail=alt.Detail("replicate:N")
        )

    lines = layer(_from_dense(points, cast)).mark_line(xOffset=offset)
    layers = [lines.encode(strokeDash=alt.StrokeDash("arm:N", scale=arm_dashes(arms, cast)))]
    if with_intervals and data["lower"].notna().any():
        known = layer(points[points["lower"].notna()])
        bars = known.mark_rule(xOffset=offset, strokeWidth=1.5)
        layers.append(bars.encode(y=alt.Y("lower:Q"), y2="upper:Q"))
    dots = layer(points).mark_point(xOffset=offset, filled=True, size=55, opacity=1.0)
    if len(replicates) > 1:
        dots = dots.encode(shape=replicate_shapes(data))
    layers.append(pointed(dots, cast, told or data.columns, {"value": value}))
    return layers


def dodged(
    data: pd.DataFrame,
    of_rows: Sequence[Hashable],
    lines: Sequence[Hashable],
    *,
    spread: float = math.inf,
) -> tuple[pd.DataFrame, alt.ExprRef]:
    """The rows with the steps by which their line stands beside their sparsity (`dodge`), and the
    offset in pixels that it makes.

    Steps are `DODGE` pixels, but so narrow that no mark comes nearer to another level than to its
    own. `of_rows` names the line of each row, `lines` all of them in order. All of them take at
    most `spread` pixels: a few, where marks of others stand beside them at their true sparsity.
    """
    middle = (len(lines) - 1) / 2
    steps = {line: number - middle for number, line in enumerate(lines)}
    rows = data.assign(dodge=[steps[line] for line in of_rows])
    gaps = [
        np.diff(np.unique(places)).min(initial=1.0)
        for _, places in rows.groupby("dodge")["drawn_at"]
    ]
    reach = np.ptp(rows["drawn_at"]) * max(len(lines) - 1, 1)
    widest = _OF_GAP * min(gaps, default=1.0) / reach if reach else 1.0
    step = min(DODGE, spread / max(len(lines) - 1, 1))
    pixels = f"min({step:g}, {widest:.6f} * (width - {2 * PADDING}))"
    return rows, alt.ExprRef(f"datum.dodge * {pixels}")


def _from_dense(points: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The points of each line: a copy of the dense model's, then those of the arm."""
    pruned = points[points["arm"] != cast.dense.name]
    starts = pruned.drop_duplicates(["arm", "replicate"])[["arm", "replicate", "dodge"]]
    dense = points[points["arm"] == cast.dense.name].drop(columns=["arm", "dodge"])
    return pd.concat([starts.merge(dense, on="replicate"), pruned])[list(points.columns)]
