"""The figures of where the damage sits."""

from typing import Any, Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at
from ticketscope.report.drawing.given_networks import grouped_rows
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.tables.causes import LENS, RESTORED, STITCHED_ABOVE, STITCHED_BELOW

_CHOSEN: Final = ("level", "sparsity_prunable", "replicate")
_WAYS: Final = {
    (STITCHED_BELOW, "none"): "lower layers of the network, dense above",
    (STITCHED_BELOW, "affine"): "the same through a map",
    (STITCHED_ABOVE, "none"): "dense below, upper layers of the network",
    (STITCHED_ABOVE, "affine"): "likewise through a map",
}
_COLOURS: Final = ("#D55E00", "#E69F00", "#0072B2", "#56B4E9")
_REGAINED: Final = Told("loss regained (nats per token)", SCORE)
_ABOVE: Final = {
    "loss": Told("loss above dense (nats per token)", SCORE),
    "bleu": Told("BLEU, less that of dense", "+.2f"),
}
_LATER: Final = Told("mean layer, less that of dense", SCORE)


def best_layer(causes: pd.DataFrame) -> dict[Any, Any] | None:
    """Of the rows of one network the layer that lowers its loss most when it is put back; None
    where none was put back."""
    layers = causes[
        (causes["experiment"] == RESTORED)
        & (causes["measure"] == "regained")
        & (causes["unit"] == "layer")
    ]
    return None if layers.empty else layers.loc[[layers["value"].idxmax()]].iloc[0].to_dict()


def restored_data(causes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network and part: by how much the loss falls, in the order in which a sentence
    passes the parts."""
    rows = causes[
        (causes["experiment"] == RESTORED)
        & (causes["measure"] == "regained")
        & causes["unit"].isin(("layer", "block"))
    ]
    columns = [*_CHOSEN, "unit", "part", "num_back", "value", "lower", "upper"]
    # Layers are chosen at first.
    return _named(rows, cast, columns).sort_values("unit", ascending=False, kind="stable")


def restored_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """A row per part, with the networks below one another; what lies right of the dashed line
    mends."""
    drawn = data.drop(columns="sparsity_prunable") if cast.is_given else data
    choosers = row_choosers(drawn, cast, "unit", "level", "replicate")
    return grouped_rows(drawn, cast, "part", _REGAINED, choosers, rules=[0.0])


def stitched_data(causes: pd.DataFrame, cast: Cast, measure: str) -> pd.DataFrame:
    """One row per network, place and way of stitching: its loss or BLEU less that of the dense
    network."""
    rows = causes[causes["experiment"].isin((STITCHED_BELOW, STITCHED_ABOVE))]
    rows = rows[rows["measure"] == measure]
    rows = rows[rows["arm"].isin({arm.name for arm in cast.compressed})]
    ways = zip(rows["experiment"], rows["map"], strict=True)
    rows = _differences(rows.assign(way=[_WAYS[way] for way in ways]))
    columns = [*_CHOSEN, "way", "part", "value", "lower", "upper"]
    return _named(rows, cast, columns)


def stitched_chart(data: pd.DataFrame, cast: Cast, measure: str) -> alt.LayerChart:
    """Loss or BLEU over the layer above which the other network goes on, a line per way."""
    above = _ABOVE[measure]
    choosers = row_choosers(data, cast, "arm", "level", "replicate")
    names = list(dict.fromkeys(data["way"]))
    colours = [_COLOURS[list(_WAYS.values()).index(name)] for name in names]
    base = chart_of(data, choosers).encode(
        x=alt.X("part:N", sort=None, title="stitched above", axis=alt.Axis(labelAngle=-45)),
        y=value_axis(above),
        color=alt.Color(
            "way:N",
            scale=alt.Scale(domain=names, range=colours),
            legend=alt.Legend(columns=1, symbolType="stroke", labelLimit=300),
        ),
    )
    bars = base.transform_filter("isValid(datum.lower)").mark_rule(strokeWidth=1.5)
    points = base.mark_point(filled=True, size=45, opacity=1.0)
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    told = ["way", "part", "value", "lower", "upper"]
    layers = [
        zero.encode(y=value_axis(above)),
        base.mark_line(),
        bars.encode(y=alt.Y("lower:Q"), y2="upper:Q"),
        pointed(points, cast, told, {"value": above}),
    ]
    return figure(layers, choosers=choosers)


def lens_data(causes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network and class of tokens: how many layers later than in the dense network
    they are settled."""
    rows = causes[(causes["experiment"] == LENS) & (causes["measure"] == "mean_layer")]
    rows = _differences(rows)
    rows = rows.assign(frequency=rows["frequency"].replace("", "all tokens"))
    return _named(rows, cast, [*_CHOSEN, "frequency", "value", "lower", "upper"])


def lens_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """A row per class of tokens, with the networks below one another."""
    drawn = data.drop(columns="sparsity_prunable") if cast.is_given else data
    choosers = row_choosers(drawn, cast, "level", "replicate")
    return grouped_rows(drawn, cast, "frequency", _LATER, choosers, rules=[0.0])


def _differences(rows: pd.DataFrame) -> pd.DataFrame:
    """The differences to the dense network as the value of each row that has one."""
    found = rows[rows["difference_dense"].notna()]
    return found.assign(
        value=found["difference_dense"],
        lower=found["difference_dense_lower"],
        upper=found["difference_dense_upper"],
    )


def _named(rows: pd.DataFrame, cast: Cast, columns: list[str]) -> pd.DataFrame:
    """Of each row of an arm that prunes, or of the control, the title of its network, its arm and
    these columns; arms in the order of the cast, replicates as names, so that the first is chosen.
    """
    order = {name: place for place, name in enumerate(cast)}
    shown = {arm.name for arm in cast.compressed} | {cast.control_name}
    rows = drawn_at(rows, cast)
    rows = rows[rows["arm"].isin(shown)]
    titled = rows.assign(
        network=[cast[arm].title for arm in rows["arm"]],
        place=rows["arm"].map(order),
        sparsity_prunable=rows["drawn_at"],
        replicate=rows["replicate"].astype(str),
    )
    ordered = titled.sort_values("place", kind="stable")
    return ordered[["network", "arm", *columns]].round(DIGITS).reset_index(drop=True)
