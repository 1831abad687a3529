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
    row_chooser,
    row_choosers,
    series,
    shades,
    sparsity_axis,
)
from ticketscope.report.tables import CONTROL, DENSE
from ticketscope.report.wording import percent

SIMILARITIES: Final = {
    "cka_debiased": "debiased CKA",
    "svcca": "SVCCA",
    "pwcca": "PWCCA",
    "maxcorr": "best correlation of a neuron",
    "maxlinreg": "linear fit of a neuron",
    "cka": "CKA",
}
"""Measures of similarity.csv as the page names them, the one shown first in front."""
LOCALIZATION: Final = "localization"
"""The measure of similarity.csv that compares with many layers at once."""
COMPLEXITIES: Final = {
    "participation_ratio": "participation ratio",
    "effective_rank": "effective rank",
    "pcs_90": "components for 90 % of the variance",
    "two_nn": "TwoNN dimension",
}
"""Measures of complexity.csv that are drawn, likewise."""
_PLACE: Final = ("arm", "replicate", "level", "layer", "measure", "drawn_at")
_LEVELS: Final = ["arm", "level", "other_level"]
_CELL_DIGITS: Final = 3
"""Of the figures in cells, which show two."""

# ----------------------------------------------------------------------------- similarity


def with_dense(rows: pd.DataFrame, module: str) -> pd.DataFrame:
    """The rows of a module that compare a level with the dense model of its own replicate."""
    return rows[
        (rows["module"] == module)
        & (rows["arm"] != DENSE)
        & (rows["other_arm"] == DENSE)
        & (rows["other_replicate"] == rows["replicate"])
    ]


def between_levels(rows: pd.DataFrame, module: str) -> pd.DataFrame:
    """The rows of a module that compare a level with the dense model of its own replicate
    (`other_level` 0) or with an earlier level of its arm."""
    return rows[
        (rows["module"] == module)
        & (rows["other_replicate"] == rows["replicate"])
        & ((rows["other_arm"] == DENSE) | (rows["other_arm"] == rows["arm"]))
        & (rows["other_level"] < rows["level"])
    ]


def layer_pair_data(similarity: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row a pair of levels, as in `between_levels`, and pair of their layers.

    The means over replicates; a column a measure, named as in the table.
    """
    rows = between_levels(similarity, module)
    rows = rows[rows["measure"].isin(SIMILARITIES)]
    order = {arm: place for place, arm in enumerate(ARM_COLOURS)}
    rows = rows.sort_values(
        _LEVELS, key=lambda column: column.map(lambda name: order.get(name, name)), kind="stable"
    )
    keys = [*_LEVELS, "layer", "other_layer"]
    means = rows.pivot_table(index=keys, columns="measure", values="value", sort=False)
    shares = rows.groupby(["arm", "level"])["sparsity_prunable"].mean()
    return means.round(_CELL_DIGITS).reset_index().join(shares, on=["arm", "level"])


def layer_pair_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of layers by layers, one measure and pair of levels at a time.

    Starts at the last level of the first arm with the dense model.
    """
    levels = data.drop_duplicates(_LEVELS).reset_index(drop=True)
    first = levels[(levels["arm"] == levels["arm"].iloc[0]) & (levels["other_level"] == 0)]
    # A number a pair, and its words once: there are thousands of cells.
    cells = data.assign(pair=data.groupby(_LEVELS, sort=False).ngroup())
    upright = alt.Axis(labelAngle=0)
    return heat_map(
        cells.drop(columns=[*_LEVELS, "sparsity_prunable"]),
        alt.X("other_layer:O", title="layer of the second model", axis=upright),
        alt.Y("layer:O", title="layer of the first model", sort="descending"),
        Cell("value", "similarity", ".2f"),
        [
            column_chooser(
                "measure", {key: SIMILARITIES[key] for key in SIMILARITIES if key in data}
            ),
            row_chooser("pair", list(levels.index), _in_words(levels), int(first.index[-1])),
        ],
    )


def _in_words(levels: pd.DataFrame) -> list[str]:
    columns = [levels[column] for column in (*_LEVELS, "sparsity_prunable")]
    return [
        f"{arm} level {level} ({percent(share)} zero) with "
        + (f"level {other_level}" if other_level else "the dense model")
        for arm, level, other_level, share in zip(*columns, strict=True)
    ]


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


def beyond_control_data(similarity: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row a ticket, layer and measure: its similarity with the same dense layer less the
    control's of its replicate and level, with the interval of that difference."""
    rows = drawn_at(with_dense(similarity, module))
    rows = rows[rows["difference_control"].notna()]
    ends = {end: f"difference_control_{end}" for end in ("lower", "upper")}
    rows = rows.assign(value=rows["difference_control"], **{end: rows[ends[end]] for end in ends})
    return _named(rows, SIMILARITIES)[[*_PLACE, "value", "lower", "upper"]]


def beyond_control_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Divergence beyond the control against the layer, its levels and replicates side by side."""
    choosers = row_choosers(data, "measure", "arm")
    y = alt.Y("value:Q", title="similarity of the ticket minus its control's", scale=LOOSE)
    beside = data["level"] * (data["replicate"].max() + 1) + data["replicate"]
    base = chart_of(data.assign(dodge=beside), choosers).encode(
        x=alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0)),
        xOffset="dodge:O",
        y=y,
        color=shades("level", "level"),
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    bars = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("lower:Q"), y2="upper:Q")
    points = base.mark_point(filled=True, size=40, opacity=1.0).encode(tooltip=list(data.columns))
    return figure([zero.encode(y=y), points, bars], choosers=choosers)


def localization_data(similarity: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row a model and layer: how far what it shares with the other layers of the dense model
    sits in single neurons."""
    rows = drawn_at(similarity[similarity["module"] == module])
    return _without_measure(rows[rows["measure"] == LOCALIZATION], "value").round(DIGITS)


def localization_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Localization against sparsity, one layer at a time."""
    choosers = row_choosers(data, "layer")
    y = alt.Y("value:Q", title="best correlation minus SVCCA", scale=LOOSE)
    return figure(series(data, y, False, choosers), choosers=choosers)


# ----------------------------------------------------------------------------- neurons


def kept_data(neurons: pd.DataFrame, module: str) -> pd.DataFrame:
    """One row a level and layer: the share of its neurons whose best match in the same layer of the
    dense model is the neuron in the same place."""
    rows = drawn_at(with_dense(neurons, module))
    rows = rows[rows["layer"] == rows["other_layer"]]
    return _without_measure(_with_share(rows), "value", "num_matched", "num_neurons")


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


def _named(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Only rows of these measures, in this order, under these names, with rounded figures."""
    order = list(names)
    known = rows[rows["measure"].isin(order)]
    known = known.sort_values("measure", key=lambda column: column.map(order.index), kind="stable")
    return known.assign(measure=known["measure"].map(names)).round(DIGITS)


def _without_measure(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The place of each row and these columns, where all rows are of one measure."""
    return rows[[*(column for column in _PLACE if column != "measure"), *columns]]


def _with_share(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(value=rows["num_matched"] / rows["num_neurons"])
