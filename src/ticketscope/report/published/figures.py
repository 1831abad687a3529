"""The figures that set published figures beside ours. Built as `report.figures`.

For each, a function picks our rows and one the published rows. What is published is drawn hollow,
grey and, where there are lines, dashed; its rows name their source as `whose`. Ours are means over
replicates unless said otherwise; where they have an interval, that reaches from the lowest to the
highest end of the intervals of the replicates.
"""

from dataclasses import replace
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.report.attention.figures import KINDS, in_order, layers_compared
from ticketscope.report.drawing import (
    CELL_HEIGHT,
    DIGITS,
    GREY,
    LOOSE,
    TICKET,
    arms_of,
    axis,
    by_arm,
    chart_of,
    drawn_at,
    figure,
    pruned_rows,
    row_choosers,
    series,
    sparsity_axis,
    value_axis,
    with_role,
)
from ticketscope.report.network_drawing import named, with_dense
from ticketscope.report.pointing import SCORE, SHARE, Told, pointed
from ticketscope.report.probes.drawing import (
    against_others,
    best_data,
    tasks_axis,
    titled,
    with_headings,
)
from ticketscope.report.published.drawing import (
    DASH,
    OFFSET,
    around,
    dots,
    each,
    hollow,
    reach_of_replicates,
)
from ticketscope.report.published.tables import published, with_labels
from ticketscope.report.tables import CONTROL, DENSE

SIMILARITIES: Final = {"cka": "CKA", "maxcorr": "best correlation of a neuron"}
"""Measures of similarity.csv that are published too, as the page names them."""
HEADS: Final = {"pearson": "correlation, best head", "matched": "heads that match themselves"}
"""Measures of attention.csv, likewise."""
_PERCENT: Final = dict.fromkeys(("value", "lower", "upper"), 2)
"""Decimals of changes in per cent."""
_HEAD_LINE: Final = 7
"""Pixels between the layers of a kind of attention."""

# ----------------------------------------------------------------------------- quality


def quality_data(quality: pd.DataFrame) -> pd.DataFrame:
    """One row per test set and ticket: its BLEU less that of the dense model of its replicate."""
    rows = quality[quality["metric"] == "bleu"]
    dense = rows["arm"] == DENSE
    rows = rows[dense | rows["difference_dense"].notna()]
    ends = {end: rows[f"difference_dense_{end}"] for end in ("lower", "upper")}
    rows = drawn_at(rows.assign(value=rows["difference_dense"].mask(dense, 0.0), **ends))
    columns = ["test_set", *TICKET, "drawn_at", "value", "lower", "upper"]
    return rows[columns].round(DIGITS)


def published_quality_data(reach: float) -> pd.DataFrame:
    """One row per source, method and sparsity up to the `reach`: BLEU less that of its dense model,
    at which every method starts."""
    table = published("quality")
    dense = table[table["method"] == DENSE]
    rows = table[table["method"] != DENSE]
    methods = rows[["source", "method"]].drop_duplicates()
    starts = methods.merge(dense.drop(columns="method"), on="source")
    rows = pd.concat([starts, rows])
    rows = rows.merge(dense[["source", "bleu"]], on="source", suffixes=("", "_dense"))
    rows = rows[rows["sparsity"] <= reach].rename(columns={"sparsity": "drawn_at"})
    # A method with nothing but its start has no figure here.
    rows = rows[rows.groupby(["source", "method"])["drawn_at"].transform("max") > 0]
    rows = with_labels(rows.assign(value=rows["bleu"] - rows["bleu_dense"]))
    columns = ["whose", "method", "drawn_at", "bleu", "value"]
    return rows[columns].round(DIGITS).reset_index(drop=True)


def quality_chart(ours: pd.DataFrame, theirs: pd.DataFrame) -> alt.LayerChart:
    """Loss of BLEU against sparsity, one test set and pruned arm of ours at a time, beside all of
    the published."""
    choosers = row_choosers(ours, "test_set")
    for chooser in row_choosers(pruned_rows(ours), "arm"):
        with_others = f"datum.arm === arm || datum.arm === '{DENSE}' || datum.arm === '{CONTROL}'"
        choosers.append(replace(chooser, transform=alt.FilterTransform(filter=with_others)))
    value = Told("BLEU minus the dense model's", "+.2f")
    base = alt.Chart(theirs).encode(
        x=sparsity_axis(), y=value_axis(value), detail=each("whose", "method")
    )
    lines = base.mark_line(color=GREY, strokeDash=DASH, strokeWidth=1, opacity=0.7)
    layers = [lines, hollow(base, theirs, value), *series(ours, value, True, choosers)]
    chart = figure(layers, height=340, choosers=choosers)
    chart.resolve = alt.Resolve(scale=alt.ScaleResolveMap(shape="independent"))
    return chart


# ----------------------------------------------------------------------------- sparsity


def role_data(sparsity: pd.DataFrame) -> pd.DataFrame:
    """One row per arm, level and kind of weight matrix (`role`): the zeros among its weights,
    pooled over layers and replicates."""
    tensors = sparsity[sparsity["head"].isna() & (sparsity["kind"] == "weight")]
    rows = with_role(pruned_rows(tensors[tensors["layer"].notna()]))
    cells = rows.groupby(["arm", "level", "role"], sort=False).agg(
        drawn_at=("sparsity_prunable", "mean"),
        num_pruned=("num_pruned", "sum"),
        num_weights=("num_weights", "sum"),
    )
    shares = cells.assign(value=cells["num_pruned"] / cells["num_weights"])
    return shares.drop(columns=["num_pruned", "num_weights"]).round(DIGITS).reset_index()


def published_role_data() -> pd.DataFrame:
    """One row per level and kind of weight matrix, the mean over layers of one size."""
    table = published("sparsity")
    rows = with_role(table[table["kind"] == "weight"].assign(layer=0))
    return with_labels(rows.rename(columns={"sparsity": "value"}))[
        ["whose", "level", "sparsity_prunable", "role", "value"]
    ]


def role_chart(ours: pd.DataFrame, theirs: pd.DataFrame) -> alt.LayerChart:
    """Dots by kind of weight matrix, one level at a time."""
    choosers = row_choosers(ours, "level")
    value = Told("zeros among its weights", SHARE)
    x = alt.X("value:Q", title=value.title, axis=axis(".0%"), scale=LOOSE), value
    y = alt.Y("role:N", sort=list(dict.fromkeys(ours["role"])), title=None)
    height = CELL_HEIGHT * ours["role"].nunique()
    return figure(dots(*around(ours, theirs), x, y, choosers), height=height, choosers=choosers)


# ----------------------------------------------------------------------------- layer by layer


def layer_data(similarity: pd.DataFrame) -> pd.DataFrame:
    """One row per arm, level, layer of the encoder and measure: its similarity with the same layer
    of the dense model. `depth` is the layer as a share of the last."""
    rows = drawn_at(with_dense(similarity[similarity["module"] == "encoder"]))
    rows = rows[(rows["layer"] == rows["other_layer"]) & (rows["layer"] > 0)]
    rows = named(rows.assign(depth=rows["layer"] / rows["layer"].max()), SIMILARITIES)
    return reach_of_replicates(rows, ["measure", "arm", "level", "layer", "depth"])


def published_layer_data() -> pd.DataFrame:
    """The same of the study, which has one level."""
    table = published("similarity")
    table = named(table.assign(depth=table["layer"] / table["layer"].max()), SIMILARITIES)
    return with_labels(table)[
        ["whose", "level", "sparsity_prunable", "measure", "layer", "depth", "value"]
    ]


def layer_chart(ours: pd.DataFrame, theirs: pd.DataFrame) -> alt.LayerChart:
    """Similarity against depth, one line per arm at the one level of `ours`, one measure at a
    time."""
    choosers = row_choosers(ours, "measure")
    x = alt.X("depth:Q", title="depth: layer as a share of the last", axis=axis(".0%"), scale=LOOSE)
    value = Told("similarity with the dense layer", SCORE)
    y = value_axis(value)
    line = chart_of(theirs, choosers).mark_line(color=GREY, strokeDash=DASH).encode(x=x, y=y)
    base = chart_of(ours, choosers).encode(x=x, y=y, color=by_arm(arms_of(ours)))
    bars = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("lower:Q"), y2="upper:Q")
    points = base.mark_point(filled=True, size=45, opacity=1.0)
    points = pointed(points, ours.columns, {"value": value})
    marks = hollow(chart_of(theirs, choosers).encode(x=x, y=y), theirs, value)
    return figure([line, base.mark_line(), bars, points, marks], choosers=choosers)


# ----------------------------------------------------------------------------- attention


def head_data(attention: pd.DataFrame) -> pd.DataFrame:
    """One row per arm, level, kind, layer and measure: its heads compared with those of the same
    layer of the dense model."""
    rows = drawn_at(with_dense(layers_compared(attention)))
    rows = rows[rows["layer"] == rows["other_layer"]]
    rows = in_order(named(rows, HEADS))
    rows = rows.assign(kind=rows["kind"].map(KINDS))
    return reach_of_replicates(rows, ["measure", "arm", "level", "kind", "layer"])


def published_head_data() -> pd.DataFrame:
    """Two rows per kind, measure and range of `layers`: the lowest layer and the highest."""
    table = in_order(named(published("attention"), HEADS))
    first, last = table["first_layer"].astype(str), table["last_layer"].astype(str)
    layers = first.mask(first != last, first + " to " + last)
    ranges = with_labels(table.assign(layers=layers, kind=table["kind"].map(KINDS)))
    keys = ["whose", "level", "sparsity_prunable", "measure", "kind", "layers"]
    ends = ranges.melt(keys, ["lowest", "highest"], "end")
    return ends.drop_duplicates([*keys, "value"], ignore_index=True)


def head_chart(ours: pd.DataFrame, theirs: pd.DataFrame) -> alt.LayerChart:
    """Dots of layers, from layer 1 down, by kind and arm, one measure at a time; published ranges
    lie above them."""
    choosers = row_choosers(ours, "measure")
    value = Told("similarity with the dense layer's heads", SCORE)
    x = alt.X("value:Q", title=value.title, scale=LOOSE)
    y = alt.Y("kind:N", sort=list(dict.fromkeys(ours["kind"])), title=None)
    arms, num_layers = arms_of(ours), ours["layer"].max()
    num_lines = 1 + len(arms) * (num_layers + 1)  # the first published, one free above each arm
    top = -_HEAD_LINE * num_lines / 2
    line = ours["arm"].map(arms.index) * (num_layers + 1) + ours["layer"] + 1
    ours = ours.assign(dodge=top + _HEAD_LINE * line)
    theirs = theirs.assign(dodge=top + _HEAD_LINE)
    ranges = chart_of(theirs, choosers).mark_line(color=GREY, strokeDash=DASH, yOffset=OFFSET)
    joined = ranges.encode(x=x, y=y, detail=each("whose", "kind", "layers"))
    layers = [joined, *dots(ours, theirs, (x, value), y, choosers)]
    height = _HEAD_LINE * (num_lines + 2) * ours["kind"].nunique()
    return figure(layers, height=height, choosers=choosers)


# ----------------------------------------------------------------------------- probes


def task_data(probes: pd.DataFrame) -> pd.DataFrame:
    """One row per arm, level and task: by how many per cent of the dense model's score its own lies
    above it, each at its best layer. Where the dense model's is not above 0, there is no row."""
    rows = against_others(best_data(probes))
    rows = rows[rows["against"] == DENSE]
    dense = rows["score"] - rows["difference"]
    rows = rows.assign(
        value=100 * rows["difference"] / dense,
        lower=100 * rows["lower"] / dense,
        upper=100 * rows["upper"] / dense,
    )[dense > 0]
    return reach_of_replicates(rows, ["arm", "level", "task"]).round(_PERCENT)


def published_task_data() -> pd.DataFrame:
    """One row per level and task that the study has a figure of, likewise."""
    table = titled(published("probes"))
    dense = table.loc[table["level"] == 0, ["source", "task", "value"]]
    rows = table[table["level"] > 0].merge(dense, on=["source", "task"], suffixes=("", "_dense"))
    rows = rows.assign(value=100 * (rows["value"] / rows["value_dense"] - 1))
    rows = with_labels(rows[rows["value"].notna()]).round(_PERCENT)
    return rows[["whose", "level", "sparsity_prunable", "task", "value"]]


def task_chart(ours: pd.DataFrame, theirs: pd.DataFrame) -> alt.LayerChart:
    """Dots by task, one level at a time."""
    choosers = row_choosers(ours, "level")
    value = Told("change from the dense model, %", "+.2f")
    x = alt.X("value:Q", title=value.title, axis=axis("+f"), scale=LOOSE)
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    layers = [
        zero.encode(x=x),
        *dots(*around(ours, theirs), (x, value), tasks_axis(ours), choosers),
    ]
    height = CELL_HEIGHT * len(with_headings(ours))
    return figure(layers, height=height, choosers=choosers)
