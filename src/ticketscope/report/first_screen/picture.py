"""The picture of the first screen: quality against sparsity, with the control as a band."""

from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import (
    GREY,
    arm_dashes,
    arms_of,
    by_arm,
    sparsity_axis,
    value_axis,
)
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.compared_networks import control_band, control_band_data
from ticketscope.report.drawing.drawn_rows import drawn_at, pruned_rows
from ticketscope.report.drawing.pointing import pointed
from ticketscope.report.first_screen.quality import seeds
from ticketscope.report.parts.part import Figure, Gap
from ticketscope.report.parts.wording import about
from ticketscope.report.quality.figures import METRICS
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

_BLEU: Final = METRICS["bleu"]


def picture(run: RunTables, reached: float) -> Figure | Gap:
    """BLEU against sparsity; `reached` is the share up to which quality holds, 0 for none."""
    if isinstance(run.quality, NotMeasured):
        return Gap(run.quality.reason)
    data = picture_data(run.quality, run.cast, run.study.in_domain)
    if pruned_rows(data, run.cast).empty:
        return Gap(
            "No pruned model has BLEU on an in-domain test set, so there is no curve to draw."
        )
    num = data["replicate"].nunique()
    points = "Points are training seeds, lines their mean" if num > 1 else ""
    several = "the band is the control's" if num > 1 else ""
    band = several if data["arm"].eq(run.cast.control_name).any() else ""
    seen = "; ".join(filter(None, (points, band)))
    return Figure(
        "BLEU against the share of weights pruned",
        f"{seen}. n = {seeds(num)}." if seen else f"n = {seeds(num)}.",
        picture_chart(data, run.cast, reached),
    )


def picture_data(quality: pd.DataFrame, cast: Cast, test_sets: tuple[str, ...]) -> pd.DataFrame:
    """One row per network: its BLEU, the mean over the in-domain test sets, and where it stands."""
    rows = quality[(quality["metric"] == "bleu") & quality["test_set"].isin(test_sets)]
    by = ["arm", "replicate", "level"]
    means = rows.groupby(by, sort=False)[["sparsity_prunable", "value"]].mean().reset_index()
    placed = drawn_at(means, cast)[[*by, "drawn_at", "value"]]
    return placed[
        placed["arm"].isin([cast.dense.name, cast.control_name, *pruned_rows(placed, cast)["arm"]])
    ]


def picture_chart(data: pd.DataFrame, cast: Cast, reached: float) -> alt.LayerChart:
    """Seeds as points, their mean as a line per arm; the control as a band; the place up to which
    quality holds as an upright line."""
    arms = [arm for arm in arms_of(data, cast) if arm != cast.dense.name]
    lines = mean_lines(data, cast, arms)
    x, y, colour = sparsity_axis(cast), value_axis(_BLEU), by_arm(arms, cast)
    dashes = alt.StrokeDash("arm:N", scale=arm_dashes(arms, cast))
    layers = [alt.Chart(lines).mark_line().encode(x=x, y=y, color=colour, strokeDash=dashes)]
    dense = data[data["arm"] == cast.dense.name].assign(arm=cast.control_name)
    band = control_band_data(pd.concat([dense, data]).assign(lower=np.nan, upper=np.nan), cast)
    if data["arm"].eq(cast.control_name).any() and data["replicate"].nunique() > 1:
        layers.insert(0, control_band(band, cast, ()))
    tickets = data[~data["arm"].isin([cast.dense.name, cast.control_name])]
    dots = alt.Chart(tickets).mark_point(filled=True, size=45, opacity=1.0)
    dots = dots.encode(x=x, y=y, color=colour)
    layers.append(pointed(dots, cast, tickets.columns, {"value": _BLEU}))
    if reached:
        place = pd.DataFrame({"drawn_at": [reached], "says": [f"holds up to {about(reached)}"]})
        rule = alt.Chart(place).encode(x=x)
        layers.append(rule.mark_rule(color=GREY, strokeDash=[4, 4], strokeWidth=1.5))
        words = rule.mark_text(align="right", baseline="bottom", dx=-5, fontSize=12, color=GREY)
        layers.append(words.encode(y=alt.value(250), text="says:N"))
    return figure(layers)


def mean_lines(data: pd.DataFrame, cast: Cast, arms: list[str]) -> pd.DataFrame:
    """One row per arm and level, the mean over replicates; each line starts at the dense model."""
    means = data.groupby(["arm", "level"], sort=False)[["drawn_at", "value"]].mean().reset_index()
    dense = means[means["arm"] == cast.dense.name]
    return pd.concat([*(dense.assign(arm=arm) for arm in arms), means[means["arm"].isin(arms)]])
