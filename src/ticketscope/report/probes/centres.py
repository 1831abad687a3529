"""Whether tasks move to other layers: the centre of gravity of what a probe mixes of all layers."""

import altair as alt
import pandas as pd

from ticketscope.arms.dense import DENSE
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
from ticketscope.report.reading.run_tables import CONTROL
from ticketscope.tables.probes import CENTRE_OF_GRAVITY, MIX


def centre_data(probes: pd.DataFrame) -> pd.DataFrame:
    """One row per arm, what it is compared with, task and level: the centre of gravity of the mix
    of layers, the other's, and the difference of the two (`value`, in layers).

    `not_above`, of the score of that probe: see there.
    """
    rows = titled(drawn_at(probes[probes["metric"] == CENTRE_OF_GRAVITY]))
    keys = ["task", "arm", "replicate", "level"]
    seeds = rows.groupby(keys, sort=False).agg(
        centre=("value", "mean"), drawn_at=("drawn_at", "mean")
    )
    models = seeds.reset_index()
    dense = models.loc[models["arm"] == DENSE, ["task", "replicate", "centre"]]
    control = models.loc[models["arm"] == CONTROL, ["task", "replicate", "level", "centre"]]
    ours = models[models["arm"] != DENSE]
    pairs = [
        ours.merge(other, on=[*other.columns[:-1]], suffixes=("", "_other")).assign(against=name)
        for name, other in ((DENSE, dense), (CONTROL, control))
    ]
    rows = pd.concat(pairs)
    rows = rows[(rows["arm"] != CONTROL) | (rows["against"] == DENSE)]
    cells = rows.groupby(CELL, sort=False).agg(
        drawn_at=("drawn_at", "mean"),
        centre=("centre", "mean"),
        other_centre=("centre_other", "mean"),
    )
    cells = cells.assign(value=cells["centre"] - cells["other_centre"]).round(DIGITS).reset_index()
    return cells.merge(_known(probes), on=["arm", "task", "level"])


def _known(probes: pd.DataFrame) -> pd.DataFrame:
    """Which baseline the mix is not above, by arm, task and level."""
    mixes = probes[(probes["probe"] == MIX) & (probes["metric"] != CENTRE_OF_GRAVITY)]
    scores = titled(mixes).groupby(["arm", "task", "level"])[["value", *BASELINES]].mean()
    return not_above(scores, "value")["not_above"].reset_index()


def centre_spread(probes: pd.DataFrame) -> float | None:
    """How far seeds of a probe differ in their centre: the median standard deviation, in layers;
    None where there is one seed only."""
    rows = probes[probes["metric"] == CENTRE_OF_GRAVITY]
    spreads = rows.groupby(["task", "arm", "replicate", "level"])["value"].std().dropna()
    return None if spreads.empty else float(spreads.median())


def centre_chart(data: pd.DataFrame) -> alt.LayerChart:
    """One row of dots per task, one dot per level: how far the task moved up or down the layers.

    Hollow is what is `not_above` a baseline.
    """
    cells, chooser = comparisons(data)
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    x = alt.X("value:Q", title="change in layers", axis=axis("+"))
    shown = cells.drop(columns=["arm", "against"])
    base = chart_of(shown, [chooser]).encode(
        x=x,
        y=tasks_axis(cells),
        color=shades("level", "level").legend(title="level", columns=4),
    )
    told = ["task", "level", "drawn_at", "centre", "other_centre", "value", "not_above"]
    dots = [
        pointed(
            base.transform_filter(f"datum.not_above {sign} ''").mark_point(
                filled=filled, size=60, opacity=1.0
            ),
            told,
            {"value": Told("change in layers", "+.2f")},
        )
        for sign, filled in (("===", True), ("!==", False))
    ]
    height = CELL_HEIGHT * len(with_headings(cells))
    return figure([zero.encode(x=x), *dots], height=height, choosers=[chooser])
