"""What figures share that compare networks: with the dense model of their replicate, or two levels.

Rows have the columns that similarity.csv, neurons.csv and attention.csv have in common.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import (
    GREY,
    replicate_shapes,
    shades,
    sparsity_axis,
    value_axis,
)
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import Chooser, column_chooser, row_chooser, row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, without_control
from ticketscope.report.drawing.heat_maps import Cell, heat_map
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.report.parts.wording import percent

_LEVELS: Final = ["arm", "level", "other_level"]
_CELL_DIGITS: Final = 3
"""Of the figures in cells, which show two."""

# ----------------------------------------------------------------------------- rows


def with_dense(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows that compare a level with the dense model of its own replicate."""
    return rows[
        (rows["arm"] != cast.dense.name)
        & (rows["other_arm"] == cast.dense.name)
        & (rows["other_replicate"] == rows["replicate"])
    ]


def between_seeds(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows that compare the dense models of two replicates."""
    return rows[
        (rows["arm"] == cast.dense.name)
        & (rows["other_arm"] == cast.dense.name)
        & (rows["other_replicate"] != rows["replicate"])
    ]


def between_levels(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows that compare a level with the dense model of its own replicate (`other_level` 0) or
    with an earlier level of its arm."""
    return rows[
        (rows["other_replicate"] == rows["replicate"])
        & ((rows["other_arm"] == cast.dense.name) | (rows["other_arm"] == rows["arm"]))
        & (rows["other_level"] < rows["level"])
    ]


def named(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Only rows of these measures, in this order, under these names, with rounded figures."""
    order = list(names)
    known = rows[rows["measure"].isin(order)]
    known = known.sort_values("measure", key=lambda column: column.map(order.index), kind="stable")
    return known.assign(measure=known["measure"].map(names)).round(DIGITS)


# ----------------------------------------------------------------------------- pairs of levels


def level_pair_data(
    rows: pd.DataFrame, cast: Cast, measures: Mapping[str, str], by: list[str]
) -> pd.DataFrame:
    """One row per pair of levels, as in `between_levels`, and cell, which the columns `by` name.

    The means over replicates; one column per measure, named as in the table.
    """
    rows = between_levels(rows, cast)
    rows = rows[rows["measure"].isin(measures)]
    order = {arm: place for place, arm in enumerate(cast)}
    rows = rows.sort_values(
        _LEVELS, key=lambda column: column.map(lambda name: order.get(name, name)), kind="stable"
    )
    means = rows.pivot_table(index=[*_LEVELS, *by], columns="measure", values="value", sort=False)
    shares = rows.groupby(["arm", "level"])["sparsity_prunable"].mean()
    return means.round(_CELL_DIGITS).reset_index().join(shares, on=["arm", "level"])


def level_pair_chart(
    data: pd.DataFrame, cast: Cast, measures: Mapping[str, str], choosers: Sequence[Chooser] = ()
) -> alt.LayerChart:
    """Heat map of layers by layers, one measure and pair of levels at a time.

    Starts at the last level of the first arm with the dense model.
    """
    levels = data.drop_duplicates(_LEVELS).reset_index(drop=True)
    first = levels[(levels["arm"] == levels["arm"].iloc[0]) & (levels["other_level"] == 0)]
    # One number per pair, and its words once: there are thousands of cells.
    cells = data.assign(pair=data.groupby(_LEVELS, sort=False).ngroup())
    upright = alt.Axis(labelAngle=0)
    return heat_map(
        cells.drop(columns=[*_LEVELS, "sparsity_prunable"]),
        cast,
        alt.X("other_layer:O", title="layer of the second model", axis=upright),
        alt.Y("layer:O", title="layer of the first model", sort="descending"),
        Cell(
            "value",
            "similarity",
            ".2f",
            {key: Told(name, SCORE) for key, name in measures.items()},
        ),
        [
            *choosers,
            column_chooser("measure", {key: measures[key] for key in measures if key in data}),
            row_chooser("pair", list(levels.index), _in_words(levels, cast), int(first.index[-1])),
        ],
    )


def _in_words(levels: pd.DataFrame, cast: Cast) -> list[str]:
    columns = [levels[column] for column in (*_LEVELS, "sparsity_prunable")]
    return [
        f"{cast[arm].title}, level {level} ({percent(share)} zero) with "
        + (f"level {other_level}" if other_level else "the dense model")
        for arm, level, other_level, share in zip(*columns, strict=True)
    ]


# ----------------------------------------------------------------------------- with the dense model


def control_band_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per level and whatever else `rows` tell apart but replicates: from the lowest to the
    highest end of the control's intervals, and where there is none, of its values."""
    control = rows[rows["arm"] == cast.control_name]
    figures = {"arm", "replicate", "drawn_at", "value", "lower", "upper"}
    ends = control.assign(
        lower=control["lower"].fillna(control["value"]),
        upper=control["upper"].fillna(control["value"]),
    ).groupby([column for column in rows if column not in figures], sort=False)
    columns = {"drawn_at": "mean", "lower": "min", "upper": "max"}
    return ends.agg(columns).reset_index()


def drift_chart(
    data: pd.DataFrame, cast: Cast, band: pd.DataFrame, references: pd.DataFrame, place: str
) -> alt.LayerChart:
    """Similarity against sparsity with the control as a band, one measure and `place` (a column
    that says which layer) at a time; `references` are horizontal lines."""
    tickets = without_control(data, cast)
    choosers = row_choosers(tickets, cast, "measure", place)
    value = Told("similarity with the dense layer", SCORE)
    y = value_axis(value)
    layers = series(tickets, cast, value, True, choosers)
    if not references.empty:
        lines = chart_of(references, choosers).encode(y=y)
        names = lines.mark_text(align="left", dy=-6, color=GREY)
        rules = lines.mark_rule(strokeDash=[4, 4], color=GREY)
        layers = [rules, names.encode(x=alt.value(4), text="reference:N"), *layers]
    if not band.empty:
        layers.insert(0, control_band(band, cast, choosers))
    return figure(layers, choosers=choosers)


def control_band(band: pd.DataFrame, cast: Cast, choosers: Sequence[Chooser]) -> alt.Chart:
    """The layer of the control as a band, of the rows of `control_band_data`."""
    colour = cast[cast.control_name].colour
    # The stroke alone is seen where there is one level.
    area = chart_of(band, choosers).mark_area(opacity=0.3, color=colour, stroke=colour)
    ends: alt.Chart = area.encode(x=sparsity_axis(cast), y=alt.Y("lower:Q"), y2="upper:Q")
    return ends


def beyond_control(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a difference to the control, with that as their value and interval."""
    known = rows[rows["difference_control"].notna()]
    ends = {end: known[f"difference_control_{end}"] for end in ("lower", "upper")}
    return known.assign(value=known["difference_control"], **ends)


def similarity_beyond(cast: Cast) -> Told:
    """How it is told by how much more alike a network is than its control."""
    return Told(f"similarity of the {cast.nouns.ticket} minus its control's", "+.4f")


def beyond_control_chart(data: pd.DataFrame, cast: Cast, *columns: str) -> alt.LayerChart:
    """Divergence beyond the control against the layer, its levels and replicates side by side, one
    value of each of the `columns` at a time."""
    x = alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0))
    value = similarity_beyond(cast)
    return levels_side_by_side(data, cast, x, value, row_choosers(data, cast, *columns))


def levels_side_by_side(
    data: pd.DataFrame, cast: Cast, x: alt.X, value: Told, choosers: Sequence[Chooser]
) -> alt.LayerChart:
    """Differences around 0 with their intervals, those of all levels and replicates in one place of
    `x` beside each other; a replicate has its shape."""
    y = value_axis(value)
    beside = data["level"] * (data["replicate"].max() + 1) + data["replicate"]
    base = chart_of(data.assign(dodge=beside), choosers).encode(
        x=x, xOffset="dodge:O", y=y, color=shades("level", "level")
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    bars = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("lower:Q"), y2="upper:Q")
    points = base.mark_point(filled=True, size=40, opacity=1.0)
    if data["replicate"].nunique() > 1:
        points = points.encode(shape=replicate_shapes(data))
    points = pointed(points, cast, data.columns, {"value": value})
    return figure([zero.encode(y=y), points, bars], choosers=choosers)
