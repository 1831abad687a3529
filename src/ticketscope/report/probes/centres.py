"""Whether tasks move to other layers: the centre of gravity of what a probe mixes of all layers."""

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.claims.verdicts import t_interval
from ticketscope.report.drawing.axes import GREY, axis, shades
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT
from ticketscope.report.drawing.pointing import Told, pointed
from ticketscope.report.probes.task_rows import (
    BASELINES,
    CELL,
    comparisons,
    not_above,
    tasks_axis,
    titled,
    with_headings,
)
from ticketscope.tables.probes import CENTRE_OF_GRAVITY, MIX


def centre_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, what it is compared with, task and level: the centre of gravity of the mix
    of layers, the other's, and the difference of the two (`value`, in layers).

    `lower` and `upper`: from the lowest to the highest end of the replicates' t intervals over the
    seeds of the probe, each seed against itself; absent where there is one seed. `not_above`, of
    the score of that probe: see there.
    """
    rows = titled(drawn_at(probes[probes["metric"] == CENTRE_OF_GRAVITY], cast))
    seeds = rows[rows["seed"].notna()].rename(columns={"value": "centre"})
    models = seeds[["task", "arm", "replicate", "seed", "level", "drawn_at", "centre"]]
    dense = models.loc[models["arm"] == cast.dense.name, ["task", "replicate", "seed", "centre"]]
    control = models.loc[
        models["arm"] == cast.control_name, ["task", "replicate", "seed", "level", "centre"]
    ]
    ours = models[models["arm"] != cast.dense.name]
    pairs = [
        ours.merge(other, on=[*other.columns[:-1]], suffixes=("", "_other")).assign(against=name)
        for name, other in ((cast.dense.name, dense), (cast.control_name, control))
    ]
    rows = pd.concat(pairs)
    rows = rows[(rows["arm"] != cast.control_name) | (rows["against"] == cast.dense.name)]
    rows = rows.assign(value=rows["centre"] - rows["centre_other"])
    ends = _ends(rows).groupby(CELL).agg(lower=("lower", "min"), upper=("upper", "max"))
    cells = rows.groupby(CELL, sort=False).agg(
        drawn_at=("drawn_at", "mean"),
        centre=("centre", "mean"),
        other_centre=("centre_other", "mean"),
        value=("value", "mean"),
    )
    cells = cells.join(ends.dropna(axis=1, how="all")).round(DIGITS).reset_index()
    return cells.merge(_known(probes), on=["arm", "task", "level"])


def _ends(rows: pd.DataFrame) -> pd.DataFrame:
    """The ends of each replicate's interval over the seeds."""
    cells = []
    for key, group in rows.groupby([*CELL, "replicate"], sort=False):
        found = t_interval(group["value"].to_numpy(dtype=float))
        cells.append((*key, found.lower, found.upper))
    columns = [*CELL, "replicate", "lower", "upper"]
    return pd.DataFrame(cells, columns=columns).astype({"lower": float, "upper": float})


def _known(probes: pd.DataFrame) -> pd.DataFrame:
    """Which baseline the mix is not above, by arm, task and level."""
    mixes = probes[(probes["probe"] == MIX) & (probes["metric"] != CENTRE_OF_GRAVITY)]
    scores = titled(mixes).groupby(["arm", "task", "level"])[["value", *BASELINES]].mean()
    return not_above(scores, "value")["not_above"].reset_index()


def centre_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """One row of dots per task, one dot per level: how far the task moved up or down the layers,
    with its interval, where there is one.

    Hollow is what is `not_above` a baseline.
    """
    cells, chooser = comparisons(data, cast)
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    x = alt.X("value:Q", title="change in layers", axis=axis("+"))
    shown = cells.drop(columns=["arm", "against"])
    base = chart_of(shown, [chooser]).encode(
        x=x,
        y=tasks_axis(cells),
        color=shades("level", "level").legend(title="level", columns=4),
    )
    ends = [column for column in ("lower", "upper") if column in cells]
    told = ["task", "level", "drawn_at", "centre", "other_centre", "value", *ends, "not_above"]
    # One layer for both: a layer that is left without rows has no extent, which the browser says.
    filled = alt.condition("datum.not_above === ''", alt.value(1), alt.value(0))
    dots = pointed(
        base.mark_point(filled=True, size=60, strokeWidth=2).encode(
            fillOpacity=filled, stroke=shades("level", "level").legend(None)
        ),
        cast,
        told,
        {"value": Told("change in layers", "+.2f")},
    )
    bars = [base.mark_rule(opacity=0.6).encode(x=alt.X("lower:Q"), x2="upper:Q")] if ends else []
    height = CELL_HEIGHT * len(with_headings(cells))
    return figure([zero.encode(x=x), *bars, dots], height=height, choosers=[chooser])
