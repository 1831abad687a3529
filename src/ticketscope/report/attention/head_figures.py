"""The figures of single heads: their roles, what they do, which of them count."""

import json
from dataclasses import dataclass
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.attention.figures import KINDS, in_order
from ticketscope.report.drawing.axes import GREY, LOOSE, axis, rung_title, sparsity_axis, value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import Chooser, column_chooser, row_choosers
from ticketscope.report.drawing.compared_networks import named
from ticketscope.report.drawing.drawn_rows import (
    DIGITS,
    dense_as_level_0,
    drawn_at,
    from_one,
    pruned_rows,
    rung_names,
)
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT, cell_figures, ink
from ticketscope.report.drawing.pointing import SCORE, SHARE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.report.parts.wording import percent

DOINGS: Final = {
    "entropy": "entropy (nats)",
    "confidence": "largest weight",
    "distance": "distance (words)",
    "previous": "share on the previous word",
    "same": "share on the word itself",
    "next": "share on the next word",
    "end_of_sentence": "share on the end of sentence",
    "start": "share on the start symbol",
    "syntactic_head": "share on the syntactic head",
    "coreferent": "share on coreferent words",
    "aligned_read": "share on words aligned to the one read",
    "aligned_predicted": "share on words aligned to the one predicted",
    "aer_read": "alignment error rate, word read",
    "aer_predicted": "alignment error rate, word predicted",
}
"""Measures of what a head does, likewise."""
BY_DISTANCE: Final = "_by_distance"
"""Ends the name of what a head's weights by distance alone would give of a measure."""
IMPORTANCES: Final = {
    "importance_rank": "loss when masked",
    "importance_gradient_rank": "gradient of the mask",
}
"""Rank correlations of importance, by how that was measured."""


@dataclass(frozen=True)
class Role:
    """What a head does above all: a name that fits a cell, and a colour."""

    name: str
    colour: str
    is_dark: bool = False


ROLES: Final = {
    "previous": Role("previous", "#0072B2", is_dark=True),
    "same": Role("same", "#56B4E9"),
    "next": Role("next", "#009E73"),
    "end_of_sentence": Role("end", "#E69F00"),
    "start": Role("start", "#F0E442"),
    "syntactic_head": Role("syntax", "#CC79A7"),
    "coreferent": Role("coref", "#D55E00"),
    "aligned_read": Role("read", "#8C6BB1"),
    "aligned_predicted": Role("predicted", "#4D1A6B", is_dark=True),
    "broad": Role("broad", "#C8C8C8"),
}
_HEAD_OF: Final = {
    ("encoder", "self_attention"): "encoder_self",
    ("decoder", "self_attention"): "decoder_self",
    ("decoder", "cross_attention"): "encoder_decoder",
}
"""The kind of attention whose heads a module and block of sparsity.csv hold."""
_KIND_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73")
_DENSE_TITLE: Final = "importance in the dense model (nats)"
_HEAD: Final = ["kind", "layer", "head", "replicate"]
_IMPORTANCE_DIGITS: Final = 5
"""Decimals of a nat: masking one of many heads changes little."""

# ----------------------------------------------------------------------------- roles


def role_count_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, kind, level and role: its heads, counted over replicates."""
    rows = _roles(attention, cast)
    keys = ["arm", "kind", "level"]
    rungs = rows.groupby(["arm", "level"])["drawn_at"].mean()
    counts = rows.groupby([*keys, "role"], sort=False).size().rename("num_heads").reset_index()
    order = [role.name for role in ROLES.values()]
    placed = counts.join(rungs, on=["arm", "level"]).assign(place=counts["role"].map(order.index))
    return placed.assign(rung=rung_names(placed)).drop(columns=["level", "drawn_at"])


def role_count_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Stacked bars of roles by level, one arm and kind at a time."""
    choosers = row_choosers(data, cast, "arm", "kind")
    bars = (
        chart_of(data, choosers)
        .mark_bar()
        .encode(
            x=alt.X("rung:N", sort=None, title=rung_title(cast, "level (0: dense)")),
            y=alt.Y("num_heads:Q", title="heads", axis=axis("d")),
            color=_role_colour("role", data["role"]),
            order="place:O",
        )
    )
    bars = pointed(bars, cast, ["rung", "role", "num_heads"])
    return figure([bars], choosers=choosers)


def role_map_data(attention: pd.DataFrame, cast: Cast) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row per kind, head ("layer.head") and level; its role in each network (an arm in a
    replicate) in a column of its own, and the names of those columns in words."""
    rows = _roles(attention, cast)
    rows = rows.assign(
        head=rows["layer"].astype(str) + "." + rows["head"].astype(str),
        network=rows["arm"] + ", replicate " + rows["replicate"].astype(str),
    )
    networks = list(dict.fromkeys(rows["network"]))
    columns = {network: str(number) for number, network in enumerate(networks)}
    cells = rows.assign(network=rows["network"].map(columns)).pivot(
        index=["kind", "head", "level"], columns="network", values="role"
    )
    in_order = rows[["kind", "head", "level"]].drop_duplicates()
    data = in_order.join(cells, on=["kind", "head", "level"]).reset_index(drop=True)
    return data, {column: network for network, column in columns.items()}


def role_map_chart(data: pd.DataFrame, cast: Cast, networks: dict[str, str]) -> alt.LayerChart:
    """Heat map of heads by levels, coloured by role, one kind and network at a time."""
    choosers = [*row_choosers(data, cast, "kind"), column_chooser("network", networks)]
    base = chart_of(data, choosers).encode(
        x=alt.X("level:O", title="level (0: dense)", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("head:N", sort=None, title="layer.head"),
    )
    shown = data[list(networks)].melt()["value"].dropna()
    colour = _role_colour("value", shown)
    told = {"head": Told("layer.head"), "value": Told("role")}
    cells = pointed(base.mark_rect().encode(color=colour), cast, ["head", "level", "value"], told)
    dark = " || ".join(f"datum.value === '{role.name}'" for role in ROLES.values() if role.is_dark)
    num_levels, num_rows = data["level"].nunique(), data["head"].nunique()
    # A name takes twice the place of a figure.
    names = cell_figures(base, alt.Text("value:N"), ink(dark), num_columns=2 * num_levels)
    return figure([cells, names], height=CELL_HEIGHT * num_rows, choosers=choosers)


def _roles(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The role of every head in every network, by its name; the dense model is each arm's level 0.

    In the order of kinds, layers, heads and arms.
    """
    rows = from_one(in_order(drawn_at(attention[attention["measure"] == "role"], cast)))
    rows = rows.astype({"layer": int, "head": int}).sort_values(
        ["layer", "head", "level"], kind="stable"
    )
    rows = in_order(dense_as_level_0(rows, cast))
    names = {role: look.name for role, look in ROLES.items()}
    return rows.assign(kind=rows["kind"].map(KINDS), role=rows["role"].map(names))


def _role_colour(column: str, present: pd.Series) -> alt.Color:
    """Every role has its own colour; only those present are in the legend."""
    roles = [role for role in ROLES.values() if role.name in set(present)]
    colours = alt.Scale(domain=[role.name for role in roles], range=[role.colour for role in roles])
    legend = alt.Legend(columns=5, symbolType="square", symbolStrokeWidth=0)
    return alt.Color(f"{column}:N", scale=colours, legend=legend)


# ----------------------------------------------------------------------------- what heads do


def doing_data(attention: pd.DataFrame, cast: Cast, kind: str) -> pd.DataFrame:
    """One row per network and layer of the kind; one column per measure of `DOINGS` that was taken,
    and of its floor `BY_DISTANCE`: the mean over the heads of the layer."""
    measures = [name for key in DOINGS for name in (key, f"{key}{BY_DISTANCE}")]
    rows = attention[
        (attention["kind"] == kind)
        & attention["head"].notna()
        & (attention["other_arm"] == "")
        & attention["measure"].isin(measures)
    ]
    rows = drawn_at(rows.astype({"layer": int}), cast)
    keys = ["arm", "replicate", "level", "layer", "drawn_at"]
    means = rows.pivot_table(index=keys, columns="measure", values="value", sort=False)
    taken = means[[name for name in measures if name in means]]
    return taken.round(DIGITS).reset_index().round({"drawn_at": DIGITS})


def doing_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """What heads do against sparsity, one measure and layer at a time; dotted its floor."""
    measures = {key: DOINGS[key] for key in DOINGS if key in data}
    choosers = [column_chooser("measure", measures), *row_choosers(data, cast, "layer")]
    value = Told("mean over the heads of the layer", SCORE)
    told = ["arm", "replicate", "level", "layer", "drawn_at", "value"]
    layers = series(data, cast, value, False, choosers, told=told)
    floors = [key for key in measures if f"{key}{BY_DISTANCE}" in data]
    if floors:
        # Where a measure has no floor, its ticks are there and not seen: an axis of no ticks at all
        # makes the browser complain.
        floor, seen = f"datum[measure + '{BY_DISTANCE}']", alt.ExprRef(_one_of("measure", floors))
        ticks = (
            chart_of(data, choosers)
            .transform_calculate(floor=f"isValid({floor}) ? {floor} : datum.value")
            .mark_tick(color=GREY, thickness=2, width=14, opacity=seen)
        )
        layers.insert(0, ticks.encode(x=sparsity_axis(cast), y=alt.Y("floor:Q")))
    return figure(layers, choosers=choosers)


def doings(data: pd.DataFrame) -> pd.DataFrame:
    """The rows of `doing_data` with one row per measure."""
    place = ["arm", "replicate", "level", "layer"]
    return data.melt(place, [key for key in DOINGS if key in data], "measure")


def _one_of(parameter: str, options: list[str]) -> str:
    """1 where the parameter is one of the options, else 0."""
    return f"indexof({json.dumps(options)}, {parameter}) < 0 ? 0 : 1"


# ----------------------------------------------------------------------------- importance


def importance_data(attention: pd.DataFrame, cast: Cast) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row per head of a dense model: its importance there (`dense`), and in each ticket in a
    column of its own; and the names of those columns in words, the last level first."""
    rows = _importance(attention)
    return _head_by_ticket(rows, cast, rows.assign(shown=rows["value"]))


def pruned_head_data(
    attention: pd.DataFrame, cast: Cast, sparsity: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The same with the zeros among the weights of the head (its part of q, k, v and out)."""
    heads = sparsity[sparsity["head"].notna() & (sparsity["kind"] == "weight")]
    places = zip(heads["module"], heads["block"], strict=True)
    heads = heads.assign(kind=[_HEAD_OF[place] for place in places])
    keys = ["arm", "level", "sparsity_prunable", *_HEAD]
    sums = heads.groupby(keys, sort=False)[["num_pruned", "num_weights"]].sum().reset_index()
    shown = sums.assign(shown=sums["num_pruned"] / sums["num_weights"])
    return _head_by_ticket(_importance(attention), cast, pruned_rows(shown, cast))


def importance_chart(data: pd.DataFrame, cast: Cast, tickets: dict[str, str]) -> alt.LayerChart:
    """One point per head: its importance in a ticket against that in the dense model."""
    choosers = [column_chooser("network", tickets)]
    value = Told(f"importance in the {cast.nouns.ticket} (nats)", ".5f")
    points = _head_points(data, cast, value, choosers)
    y = alt.Y("value:Q", title=value.title, scale=LOOSE, axis=axis("~g"))
    ends = pd.DataFrame({"dense": [data["dense"].min(), data["dense"].max()]})
    equal = alt.Chart(ends).mark_line(strokeDash=[4, 4], color=GREY)
    return figure(
        [equal.encode(x=_dense_axis(), y=alt.Y("dense:Q")), points.encode(y=y)], choosers=choosers
    )


def pruned_head_chart(data: pd.DataFrame, cast: Cast, tickets: dict[str, str]) -> alt.LayerChart:
    """One point per head: its share of zeros in a ticket against its importance in the dense
    model."""
    choosers = [column_chooser("network", tickets)]
    value = Told("weights of the head that are zero", SHARE)
    points = _head_points(data, cast, value, choosers).encode(y=value_axis(value))
    return figure([points], choosers=choosers)


def _head_points(data: pd.DataFrame, cast: Cast, value: Told, choosers: list[Chooser]) -> alt.Chart:
    kinds = [kind for kind in KINDS.values() if kind in set(data["kind"])]
    colours = alt.Scale(domain=kinds, range=[*_KIND_COLOURS[: len(kinds)]])
    points = chart_of(data, choosers).mark_point(filled=True, size=55, opacity=0.8)
    encoded: alt.Chart = points.encode(
        x=_dense_axis(),
        color=alt.Color("kind:N", scale=colours, legend=alt.Legend(columns=3)),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds)),
    )
    told = {"dense": Told(_DENSE_TITLE, ".5f"), "value": value}
    return pointed(encoded, cast, ["kind", "layer", "head", "replicate", "dense", "value"], told)


def _dense_axis() -> alt.X:
    return alt.X("dense:Q", title=_DENSE_TITLE, scale=LOOSE, axis=axis("~g"))


def importance_ranks(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Rank correlations with the dense model: one row per way to measure, kind, arm and level; the
    mean, lowest and highest over replicates, and the mean of the control at that level."""
    rows = in_order(drawn_at(named(attention, IMPORTANCES), cast))
    rows = rows.assign(kind=rows["kind"].map(KINDS))
    keys = ["measure", "kind", "level"]
    control = rows[rows["arm"] == cast.control_name].groupby(keys)["value"].mean().rename("control")
    tickets = pruned_rows(rows, cast)
    cells = tickets.groupby(["measure", "kind", "arm", "level"], sort=False)
    figures = cells.agg(
        drawn_at=("drawn_at", "mean"),
        value=("value", "mean"),
        lowest=("value", "min"),
        highest=("value", "max"),
    )
    return figures.reset_index().join(control, on=keys)


def _importance(attention: pd.DataFrame) -> pd.DataFrame:
    rows = attention[(attention["measure"] == "importance") & attention["head"].notna()]
    return in_order(rows)


def _head_by_ticket(
    importance: pd.DataFrame, cast: Cast, rows: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, str]]:
    """What is `shown` of every head: one row per head with its importance in the dense model, one
    column per ticket."""
    dense = (
        importance[importance["arm"] == cast.dense.name].set_index(_HEAD)["value"].rename("dense")
    )
    rows = rows[rows["arm"] != cast.dense.name]
    order = {arm: place for place, arm in enumerate(cast)}
    tickets = rows.groupby(["arm", "level"])["sparsity_prunable"].mean().reset_index()
    tickets = tickets.sort_values("level", ascending=False, kind="stable")
    tickets = tickets.sort_values("arm", key=lambda arms: arms.map(order), kind="stable")
    tickets = tickets.reset_index(drop=True)
    numbered = rows.merge(tickets.reset_index(names="ticket"), on=["arm", "level"])
    shown = numbered.pivot(index=_HEAD, columns="ticket", values="shown").rename(columns=str)
    data = dense.to_frame().join(shown, how="inner").round(_IMPORTANCE_DIGITS).reset_index()
    places = zip(tickets["arm"], tickets["level"], tickets["sparsity_prunable"], strict=True)
    words = [
        f"{cast[arm].title}, level {level} ({percent(share)} zero)" for arm, level, share in places
    ]
    in_words = {str(number): name for number, name in enumerate(words)}
    return from_one(data.assign(kind=data["kind"].map(KINDS))), in_words
