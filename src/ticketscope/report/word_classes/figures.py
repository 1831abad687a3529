"""The figures of word classes: how far the words of each class leave those of the dense model.

All are of debiased CKA: classes have few words, so that plain CKA is near its floor.
"""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, LOOSE, arms_of, axis, by_arm, rung_title
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import Chooser, row_choosers
from ticketscope.report.drawing.compared_networks import (
    between_seeds,
    beyond_control,
    similarity_beyond,
    with_dense,
)
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at, rung_names
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT, difference_map
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.published.beside import reach_of_replicates

KINDS: Final = {
    "part_of_speech": "part of speech",
    "dependency": "relation to the head",
    "semantic_tag": "semantic tag",
    "frequency": "frequency in training",
}
"""Kinds of classes as the page names them."""
_CLASS: Final = ["kind", "word_class"]
_SIMILARITY: Final = Told("similarity with the dense layer (debiased CKA)", SCORE)


def debiased(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of debiased CKA, kinds in words and each network at its place."""
    known = rows[rows["measure"] == "cka_debiased"]
    order = list(KINDS)
    known = known.sort_values("kind", key=lambda kinds: kinds.map(order.index), kind="stable")
    return drawn_at(known.assign(kind=known["kind"].map(KINDS)), cast)


def of_last_layer(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the last layer, which the decoder reads."""
    last: pd.DataFrame = rows[rows["layer"] == rows["layer"].max()]
    return last


# ----------------------------------------------------------------------------- similarity


def class_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, level and class: similarity with the dense model in the last layer, the mean
    over replicates, and how far their intervals reach."""
    rows = with_dense(of_last_layer(debiased(rows, cast)), cast)
    found = reach_of_replicates(rows, [*_CLASS, "num_words", "arm", "level"])
    return found.rename(columns={"drawn_at": "sparsity_prunable"})


def seed_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per class: the same between dense models of different replicates, the mean."""
    rows = between_seeds(of_last_layer(debiased(rows, cast)), cast)
    return rows.groupby(_CLASS, sort=False)["value"].mean().round(DIGITS).reset_index()


def class_chart(data: pd.DataFrame, cast: Cast, seeds: pd.DataFrame) -> alt.LayerChart:
    """A row of dots per class, an arm beside the other, one kind and level at a time; the ticks are
    dense models of different seeds."""
    choosers = row_choosers(data, cast, "kind", "level")
    arms = arms_of(data, cast)
    x = alt.X("value:Q", title=_SIMILARITY.title, axis=axis(".2f"), scale=LOOSE)
    y = alt.Y("word_class:N", sort=None, title=None)
    base = chart_of(data, choosers).encode(
        x=x, y=y, yOffset=alt.YOffset("arm:N", sort=arms), color=by_arm(arms, cast, as_lines=False)
    )
    bars = base.transform_filter("isValid(datum.lower)").mark_rule(strokeWidth=1.5)
    points = base.mark_point(filled=True, size=40, opacity=1.0)
    layers = [
        bars.encode(x=alt.X("lower:Q"), x2="upper:Q"),
        pointed(points, cast, data.columns.drop("sparsity_prunable"), {"value": _SIMILARITY}),
    ]
    if not seeds.empty:
        of_kind = [chooser for chooser in choosers if chooser.parameter.name == "kind"]
        ticks = chart_of(seeds, of_kind).encode(x=x, y=y)
        ticks = ticks.mark_tick(color=GREY, thickness=2, size=CELL_HEIGHT - 6)
        told = {"value": Told("dense models of two seeds (debiased CKA)", SCORE)}
        layers.insert(0, pointed(ticks, cast, seeds.columns, told))
    return figure(layers, height=_height(data), choosers=choosers)


# ----------------------------------------------------------------------------- beyond the control


def beyond_levels_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, level and class of the last layer: similarity minus the control's, the mean
    over replicates."""
    means = _beyond(of_last_layer(debiased(rows, cast)), [])
    return means.assign(rung=rung_names(means)).drop(columns=["level", "drawn_at"])


def beyond_levels_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of classes by levels, one kind and arm at a time."""
    x = alt.X("rung:N", sort=None, title=rung_title(cast))
    return _map(data, cast, x, row_choosers(data, cast, "kind", "arm"))


def beyond_layers_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The same of every layer."""
    means = _beyond(debiased(rows, cast), ["layer"])
    return means.rename(columns={"drawn_at": "sparsity_prunable"})


def beyond_layers_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of classes by layers, one kind, arm and level at a time."""
    x = alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0))
    choosers = row_choosers(data, cast, "kind", "arm", "level")
    return _map(data.drop(columns="sparsity_prunable"), cast, x, choosers)


def _beyond(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    known = beyond_control(rows)
    keys = [*_CLASS, "arm", "level", *by]
    means = known.groupby(keys, sort=False)[["value", "drawn_at"]].mean()
    return means.round(DIGITS).reset_index()


def _map(data: pd.DataFrame, cast: Cast, x: alt.X, choosers: list[Chooser]) -> alt.LayerChart:
    y = alt.Y("word_class:N", sort=None, title=None)
    value, height = similarity_beyond(cast), _height(data)
    return difference_map(data, cast, x, y, value, "+.3f", choosers, unit="CKA", height=height)


def _height(data: pd.DataFrame) -> int:
    """Of the kind with most classes: the page keeps its place when another is chosen."""
    return CELL_HEIGHT * int(data.groupby("kind")["word_class"].nunique().max())
