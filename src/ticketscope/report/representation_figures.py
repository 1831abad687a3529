"""The figures of what networks hold: similarity, neurons, complexity. Built as `report.figures`.

They are chosen from more rows than a page should carry: what is not drawn is left out, and figures
are rounded to `DIGITS`.
"""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.report.drawing import (
    ARM_COLOURS,
    DIGITS,
    GREY,
    LOOSE,
    Cell,
    axis,
    chart_of,
    column_chooser,
    drawn_at,
    figure,
    heat_map,
    row_choosers,
    series,
    shades,
    sparsity_axis,
)
from ticketscope.report.tables import CONTROL, DENSE

SIMILARITIES: Final = {
    "cka_debiased": "debiased CKA",
    "svcca": "SVCCA",
    "pwcca": "PWCCA",
    "maxcorr": "best correlation of a neuron",
    "maxlinreg": "linear fit of a neuron",
    "cka": "CKA",
}
"""Measures of similarity.csv as the page names them, the one shown first in front."""
COMPLEXITIES: Final = {
    "participation_ratio": "participation ratio",
    "effective_rank": "effective rank",
    "pcs_90": "components for 90 % of the variance",
    "two_nn": "TwoNN dimension",
}
"""Measures of complexity.csv that are drawn, likewise."""

# ----------------------------------------------------------------------------- similarity


def with_dense(rows: pd.DataFrame, module: str) -> pd.DataFrame:
    """The rows of a module that compare a level with the dense model of its own replicate."""
    return rows[
        (rows["module"] == module)
        & (rows["arm"] != DENSE)
        & (rows["other_arm"] == DENSE)
        & (rows["other_replicate"] == rows["replicate"])
    ]


def layer_pair_data(similarity: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row an arm, level, layer and layer of the dense model; the means over replicates.

    A column a measure, named as in the table.
    """
    rows = drawn_at(with_dense(similarity, module))
    rows = rows[rows["measure"].isin(SIMILARITIES)]
    keys = ["arm", "level", "layer", "other_layer"]
    means = rows.pivot_table(index=keys, columns="measure", values="value", sort=False)
    levels = rows.groupby(["arm", "level"])["drawn_at"].mean().rename("sparsity_prunable")
    return means.round(DIGITS).reset_index().join(levels.round(DIGITS), on=["arm", "level"])


def layer_pair_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of layers by layers, one measure, arm and level at a time."""
    upright = alt.Axis(labelAngle=0)
    return heat_map(
        data,
        alt.X("other_layer:O", title="layer of the dense model", axis=upright),
        alt.Y("layer:O", title="layer of the ticket", sort="descending"),
        Cell("value", "similarity", ".2f"),
        [
            column_chooser(
                "measure", {key: SIMILARITIES[key] for key in SIMILARITIES if key in data}
            ),
            *row_choosers(data, "arm", "level"),
        ],
    )


def same_layer_data(similarity: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row an arm, replicate, level, layer and measure: similarity with the same dense layer."""
    rows = drawn_at(with_dense(similarity, module))
    rows = rows[rows["layer"] == rows["other_layer"]]
    return _named(rows, SIMILARITIES)[[*_PLACE, "value", "lower", "upper"]]


def control_band_data(same_layer: pd.DataFrame) -> pd.DataFrame:
    """One row a level, layer and measure: from the lowest to the highest end of the control's
    intervals over replicates, and where there is none, of its values."""
    control = same_layer[same_layer["arm"] == CONTROL]
    ends = control.assign(
        lower=control["lower"].fillna(control["value"]),
        upper=control["upper"].fillna(control["value"]),
    ).groupby(["level", "layer", "measure"], sort=False)
    columns = {"drawn_at": "mean", "lower": "min", "upper": "max"}
    return ends.agg(columns).reset_index()


def reference_data(similarity: pd.DataFrame, module: str) -> pd.DataFrame:
    """Horizontal lines, one row a layer, measure and `reference`: the dense model of another
    replicate with the same layer of the dense model (the mean), and the highest noise floor."""
    same = similarity[
        (similarity["module"] == module) & (similarity["layer"] == similarity["other_layer"])
    ]
    seeds = (
        (same["arm"] == DENSE)
        & (same["other_arm"] == DENSE)
        & (same["other_replicate"] != same["replicate"])
    )
    keys = ["layer", "measure"]
    other_seed = same[seeds].groupby(keys, sort=False)["value"].mean()
    floor = with_dense(same, module).groupby(keys, sort=False)["floor"].max()
    lines = {"another seed": other_seed, "noise floor": floor}
    rows = pd.concat(
        [line.rename("value").reset_index().assign(reference=name) for name, line in lines.items()]
    )
    return _named(rows, SIMILARITIES)


def same_layer_chart(
    data: pd.DataFrame, band: pd.DataFrame, references: pd.DataFrame
) -> alt.LayerChart:
    """Similarity against sparsity with the control as a band, one measure and layer at a time."""
    tickets = data[data["arm"] != CONTROL]
    choosers = row_choosers(tickets, "measure", "layer")
    y = alt.Y("value:Q", title="similarity with the dense layer", scale=LOOSE)
    lines = chart_of(references, choosers).encode(y=y)
    names = lines.mark_text(align="left", dy=-6, color=GREY)
    layers = [
        lines.mark_rule(strokeDash=[4, 4], color=GREY),
        names.encode(x=alt.value(4), text="reference:N"),
        *series(tickets, y, True, choosers),
    ]
    if not band.empty:
        colour = ARM_COLOURS[CONTROL]
        # The stroke alone is seen where there is one level.
        area = chart_of(band, choosers).mark_area(opacity=0.3, color=colour, stroke=colour)
        ends = area.encode(x=sparsity_axis(), y=alt.Y("lower:Q"), y2="upper:Q")
        layers.insert(0, ends)
    return figure(layers, choosers=choosers)


def beyond_control_data(same_layer: pd.DataFrame) -> pd.DataFrame:
    """One row a ticket, layer and measure: its similarity with the same dense layer minus the
    control's of its replicate and level."""
    keys = ["replicate", "level", "layer", "measure"]
    control = same_layer.loc[same_layer["arm"] == CONTROL, [*keys, "value"]]
    tickets = same_layer[same_layer["arm"] != CONTROL].merge(
        control.rename(columns={"value": "control"}), on=keys
    )
    value = (tickets["value"] - tickets["control"]).round(DIGITS)
    return tickets.assign(value=value)[[*_PLACE, "value"]]


def beyond_control_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Divergence beyond the control against sparsity, a line a layer and replicate."""
    choosers = row_choosers(data, "measure", "arm")
    y = alt.Y("value:Q", title="similarity of the ticket minus its control's", scale=LOOSE)
    base = chart_of(data, choosers).encode(
        x=sparsity_axis(), y=y, color=shades("layer", "layer"), detail="replicate:N"
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    points = base.mark_point(filled=True, size=40, opacity=1.0).encode(tooltip=list(data.columns))
    return figure([zero.encode(y=y), base.mark_line(), points], choosers=choosers)


# ----------------------------------------------------------------------------- neurons


def kept_data(neurons: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row a level and layer: the share of its neurons whose best match in the same layer of the
    dense model is the neuron in the same place."""
    rows = drawn_at(with_dense(neurons, module))
    rows = rows[rows["layer"] == rows["other_layer"]]
    place = [column for column in _PLACE if column != "measure"]
    return _with_share(rows)[[*place, "value", "num_matched", "num_neurons"]]


def kept_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Neurons kept against sparsity, one layer at a time."""
    choosers = row_choosers(data, "layer")
    y = alt.Y(
        "value:Q", title="neurons whose best match is themselves", scale=LOOSE, axis=axis(".0%")
    )
    return figure(series(data, y, False, choosers), choosers=choosers)


def through_layers_data(neurons: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row a ticket and layer above the first: the share of neurons of its layer 1 whose best
    match in that layer is in the same place. The dense model is level 0 of each arm."""
    rows = neurons[
        (neurons["module"] == module)
        & (neurons["layer"] == 1)
        & (neurons["other_layer"] > 1)
        & (neurons["other_arm"] == neurons["arm"])
        & (neurons["other_replicate"] == neurons["replicate"])
        & (neurons["other_level"] == neurons["level"])
    ]
    dense = rows[rows["arm"] == DENSE]
    arms = [arm for arm in dict.fromkeys(rows["arm"]) if arm != DENSE]
    lines = [part for arm in arms for part in (dense.assign(arm=arm), rows[rows["arm"] == arm])]
    columns = ["arm", "replicate", "level", "sparsity_prunable", "other_layer", "value"]
    return _with_share(pd.concat([rows.head(0), *lines]))[columns].round(DIGITS)


def through_layers_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Neurons of layer 1 found again against the layer, a line a level and replicate."""
    choosers = row_choosers(data, "arm")
    base = chart_of(data, choosers).encode(
        x=alt.X("other_layer:O", title="layer", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title="neurons of layer 1 found again", scale=LOOSE, axis=axis(".0%")),
        color=shades("level", "level (0: dense)"),
        detail="replicate:N",
        tooltip=list(data.columns),
    )
    return figure(
        [base.mark_line(), base.mark_point(filled=True, size=40, opacity=1.0)], choosers=choosers
    )


# ----------------------------------------------------------------------------- complexity


def complexity_data(complexity: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row a model, layer and measure of `COMPLEXITIES`."""
    rows = _named(drawn_at(complexity[complexity["module"] == module]), COMPLEXITIES)
    return rows[[*_PLACE, "value", "lower", "upper"]]


def complexity_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Complexity against sparsity, one measure and layer at a time."""
    choosers = row_choosers(data, "measure", "layer")
    y = alt.Y("value:Q", title="complexity (dimensions)", scale=LOOSE)
    return figure(series(data, y, True, choosers), choosers=choosers)


# ----------------------------------------------------------------------------- shared parts

_PLACE: Final = ("arm", "replicate", "level", "layer", "measure", "drawn_at")


def _named(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Only rows of these measures, in this order, under these names, with rounded figures."""
    order = list(names)
    known = rows[rows["measure"].isin(order)]
    known = known.sort_values("measure", key=lambda column: column.map(order.index), kind="stable")
    return known.assign(measure=known["measure"].map(names)).round(DIGITS)


def _with_share(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(value=rows["num_matched"] / rows["num_neurons"])
