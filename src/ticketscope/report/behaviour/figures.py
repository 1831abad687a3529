"""The figures of behaviour: minimal pairs by phenomenon, slices of test sets."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import rung_title
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import (
    beyond_control,
    control_band,
    control_band_data,
    levels_side_by_side,
)
from ticketscope.report.drawing.drawn_rows import (
    DIGITS,
    dense_as_level_0,
    drawn_at,
    rung_names,
    without_control,
)
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT, Cell, difference_map, heat_map
from ticketscope.report.drawing.metrics import with_given
from ticketscope.report.drawing.pointing import SHARE, Told
from ticketscope.report.drawing.sparsity_lines import series

ALL: Final = "all together"
"""What rows over all phenomena are called."""
KINDS: Final = {
    "phenomenon": "phenomenon (minimal pairs)",
    "length": "words of the source",
    "rarity": "training count of the rarest piece",
    "tag": "phenomenon shown",
}
"""What buckets are cut by, as the page names it."""
METRICS: Final = {"accuracy": "accuracy", "chrf": "chrF", "bleu": "BLEU", "loss": "loss"}
WORSE: Final = "For accuracy, chrF and BLEU below 0 is worse, for loss above 0."

_RIGHT: Final = Told("minimal pairs right", SHARE)
_BEYOND: Final = Told("minimal pairs right, minus the control's (points)", "+.1f")


def apart(names: "pd.Series[str]", cast: Cast) -> "pd.Series[str]":
    """Names of phenomena, but none that an arm or the control arm is called by: the grammar has one
    called "control" (of verbs such as "promise")."""
    return names.where(~names.isin(["control", *cast]), names + " (phenomenon)")


# ----------------------------------------------------------------------------- minimal pairs


def pair_rows(behaviour: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of accuracy on minimal pairs, each named by its `phenomenon`."""
    asked = behaviour["bucket_kind"].eq("phenomenon") & behaviour["metric"].eq("accuracy")
    rows = behaviour[asked]
    return rows.assign(
        phenomenon=apart(rows["bucket"].replace("", ALL), cast), pairs=rows["test_set"]
    )


def accuracy_map_data(behaviour: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, level (0: the dense model) and phenomenon: the mean over replicates."""
    rows = dense_as_level_0(drawn_at(pair_rows(behaviour, cast), cast), cast)
    by = ["pairs", "arm", "level", "phenomenon"]
    means = rows.groupby(by, sort=False)[["value", "drawn_at"]].mean().reset_index()
    return means.assign(rung=rung_names(means)).drop(columns=["level", "drawn_at"]).round(DIGITS)


def accuracy_map(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of phenomena by levels, one arm at a time."""
    x = alt.X("rung:N", sort=None, title=rung_title(cast))
    y = alt.Y("phenomenon:N", sort=None, title=None)
    cell = Cell("value", "right", ".0%", {"value": _RIGHT})
    return heat_map(data, cast, x, y, cell, row_choosers(data, cast, "pairs", "arm"))


def beyond_map_data(behaviour: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per pruned arm, level and phenomenon: by how many points more of its minimal pairs
    are right than the control's of the replicate and level, the mean over replicates."""
    rows = beyond_control(drawn_at(pair_rows(behaviour, cast), cast))
    rows = rows.assign(value=100 * rows["value"])
    by = ["pairs", "arm", "level", "phenomenon"]
    means = rows.groupby(by, sort=False)[["value", "drawn_at"]].mean().reset_index()
    return means.assign(rung=rung_names(means)).drop(columns=["level", "drawn_at"]).round(1)


def beyond_map(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of phenomena by levels, coloured around no difference to the control."""
    x = alt.X("rung:N", sort=None, title=rung_title(cast))
    y = alt.Y("phenomenon:N", sort=None, title=None)
    choosers = row_choosers(data, cast, "pairs", "arm")
    height = CELL_HEIGHT * data["phenomenon"].nunique()
    return difference_map(
        data, cast, x, y, _BEYOND, "+.1f", choosers, unit="points", height=height, least=1.0
    )


def accuracy_data(behaviour: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per model and phenomenon: its accuracy with its interval."""
    rows = drawn_at(pair_rows(behaviour, cast), cast)
    columns = ["arm", "replicate", "level", "pairs", "phenomenon", "drawn_at"]
    return rows[[*columns, "value", "lower", "upper"]].round(DIGITS)


def accuracy_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Accuracy against sparsity, the control as a band, a phenomenon at a time."""
    tickets = without_control(data, cast)
    choosers = row_choosers(tickets, cast, "pairs", "phenomenon")
    layers = series(tickets, cast, _RIGHT, True, choosers)
    band = control_band_data(data, cast)
    if not band.empty:
        layers.insert(0, control_band(band, cast, choosers))
    return figure(layers, choosers=choosers)


# ----------------------------------------------------------------------------- slices


def beyond_data(behaviour: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per ticket, metric and bucket: the figure less that of the control of its replicate
    and level, with its interval. What is `shown` is a metric by a kind of bucket on a test set."""
    rows = beyond_control(behaviour)
    names = with_given(METRICS, rows)
    order = [(kind, metric) for kind in KINDS for metric in names]
    places = zip(rows["bucket_kind"], rows["metric"], strict=True)
    rows = rows.assign(place=[order.index(place) for place in places])
    rows = rows.sort_values("place", kind="stable")
    named = rows["metric"].map(names) + " by " + rows["bucket_kind"].map(KINDS)
    shown = rows["test_set"] + ": " + named
    rows = rows.assign(shown=shown, bucket=apart(rows["bucket"].replace("", ALL), cast))
    columns = ["arm", "replicate", "level", "shown", "bucket"]
    return rows[[*columns, "value", "lower", "upper", "num_sentences"]].round(DIGITS)


def beyond_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Differences to the control by bucket, levels side by side, a metric and cut at a time."""
    x = alt.X("bucket:N", sort=None, title=None, axis=alt.Axis(labelAngle=-35, labelLimit=160))
    value = Told(f"figure of the {cast.nouns.ticket} minus its control's", "+.3f")
    return levels_side_by_side(data, cast, x, value, row_choosers(data, cast, "shown", "arm"))
