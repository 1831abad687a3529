"""Figures of networks that others made: no sparsity to draw them along, so each has its own row, or
its own line over the depth of its layers."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, LOOSE, axis, value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import Chooser
from ticketscope.report.drawing.drawn_rows import DIGITS
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT
from ticketscope.report.drawing.pointing import SHARE, Told, pointed

_ROW: Final = 26
"""Pixels of a row of one network."""
_NAME: Final = 210
"""Pixels that the longest name of a network may take."""
_LONG: Final = 26
"""Characters of a name that leaves no room beside it."""
_TITLE: Final = 290
"""Likewise in a legend."""
_BESIDE: Final = 9
"""Pixels of each network in a row of several."""
NETWORK: Final = Told("network")


def title_of(arm: str, replicate: int, cast: Cast) -> str:
    """What a network is called; a twin of the base is a further base."""
    return cast[arm].title if replicate == 0 else f"twin {replicate} of the base"


def with_networks(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows with the title of their `network`: the base first, then its twins, then the others
    in the order of the cast."""
    order = {name: place for place, name in enumerate(cast)}
    titled = rows.assign(
        network=[
            title_of(arm, replicate, cast)
            for arm, replicate in zip(rows["arm"], rows["replicate"], strict=True)
        ],
        place=rows["arm"].map(order),
    )
    return titled.sort_values(["place", "replicate"], kind="stable").drop(columns="place")


def drawn(rows: pd.DataFrame, cast: Cast, *columns: str) -> pd.DataFrame:
    """Of each row its `network`, these columns, its value, and its interval if rows have one."""
    titled = with_networks(rows, cast)
    ends = [end for end in ("lower", "upper") if end in titled]
    return titled[["network", "arm", *columns, "value", *ends]].round(DIGITS).reset_index(drop=True)


def network_rows(
    data: pd.DataFrame,
    cast: Cast,
    value: Told,
    choosers: Sequence[Chooser] = (),
    rules: Sequence[float] = (),
) -> alt.LayerChart:
    """A row with a dot and its interval per network; `rules` are upright dashed lines."""
    scale = LOOSE if not value.is_share else alt.Undefined
    x = alt.X("value:Q", title=value.title, scale=scale, axis=_along(value))
    y = _rows(list(dict.fromkeys(data["network"])))
    base = chart_of(data, choosers).encode(x=x, y=y, color=_colour(data, cast, legend=None))
    layers = _upright(rules, x)
    layers += _bars(base, data, upright=False)
    dots = base.mark_point(filled=True, size=70, opacity=1.0)
    layers.append(pointed(dots, cast, shown(data, choosers), {"value": value, "network": NETWORK}))
    return figure(layers, height=_ROW * data["network"].nunique(), choosers=choosers)


def grouped_rows(
    data: pd.DataFrame,
    cast: Cast,
    group: str,
    value: Told,
    choosers: Sequence[Chooser] = (),
    rules: Sequence[float] = (),
) -> alt.LayerChart:
    """A row per `group`, with the networks below one another in it."""
    networks = list(dict.fromkeys(data["network"]))
    x = alt.X("value:Q", title=value.title, scale=LOOSE, axis=_along(value))
    base = chart_of(data, choosers).encode(
        x=x,
        y=alt.Y(f"{group}:N", sort=None, title=None, axis=alt.Axis(labelLimit=_NAME)),
        yOffset=alt.YOffset("network:N", sort=networks),
        color=_colour(data, cast, legend=_legend("circle", networks)),
    )
    layers = [*_upright(rules, x), *_bars(base, data, upright=False)]
    dots = base.mark_point(filled=True, size=40, opacity=1.0)
    layers.append(pointed(dots, cast, shown(data, choosers), {"value": value, "network": NETWORK}))
    height = max(CELL_HEIGHT, _BESIDE * len(networks) + 6)
    names = [chooser.parameter.name for chooser in choosers if chooser.parameter.name in data]
    most = data.groupby(names)[group].nunique().max() if names else data[group].nunique()
    return figure(layers, height=height * int(most), choosers=choosers)


def depth_lines(
    data: pd.DataFrame,
    cast: Cast,
    value: Told,
    choosers: Sequence[Chooser] = (),
    references: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """A line per network over the depth of its layers, from the first (0) to the last (1);
    `references` are dashed lines likewise, each with its `reference`."""
    deep = alt.X(
        "depth:Q", title="depth: layer as a share of the last", axis=axis(".0%"), scale=LOOSE
    )
    y = value_axis(value)
    base = chart_of(data, choosers).encode(x=deep, y=y, color=by_network(data, cast))
    points = base.mark_point(filled=True, size=40, opacity=1.0)
    told = {"value": value, "network": NETWORK, "depth": Told("depth", SHARE)}
    layers = [
        base.mark_line(),
        *_bars(base, data, upright=True),
        pointed(points, cast, shown(data, choosers), told),
    ]
    if references is not None and not references.empty:
        line = chart_of(references, choosers).encode(x=deep, y=y, detail="reference:N")
        line = line.mark_line(strokeDash=[4, 4], color=GREY)
        last = chart_of(references[references["depth"] == 1.0], choosers)
        names = last.mark_text(align="right", dy=-7, color=GREY)
        layers = [line, *layers, names.encode(x=deep, y=y, text="reference:N")]
    return figure(layers, choosers=choosers)


def with_depth(rows: pd.DataFrame, first: int) -> pd.DataFrame:
    """The rows with their `depth`: 0 for the `first` layer of the network, 1 for its last."""
    keys = ["arm", "replicate", *(name for name in ("module", "kind") if name in rows)]
    last = rows.groupby(keys)["layer"].transform("max").astype(float)
    span = (last - first).where(last > first, 1.0)
    depth = (rows["layer"].astype(float) - first) / span
    return rows.assign(depth=depth.round(DIGITS))


# ----------------------------------------------------------------------------- shared parts


def _rows(networks: list[str]) -> alt.Y:
    axis_of_names = alt.Axis(labelLimit=_NAME, grid=True, gridOpacity=0.4)
    return alt.Y("network:N", sort=networks, title=None, axis=axis_of_names)


def _along(value: Told) -> alt.Axis:
    return axis(".0%") if value.is_share else axis("~r")


def _colour(data: pd.DataFrame, cast: Cast, *, legend: alt.Legend | None) -> alt.Color:
    """Base, twins and controls are grey, as no finding is about them."""
    seen = data.drop_duplicates("network")
    colours = [cast[arm].colour for arm in seen["arm"]]
    return alt.Color(
        "network:N", scale=alt.Scale(domain=list(seen["network"]), range=colours), legend=legend
    )


def by_network(data: pd.DataFrame, cast: Cast) -> alt.Color:
    """The colour of each line."""
    return _colour(data, cast, legend=_legend("stroke", list(dict.fromkeys(data["network"]))))


def _legend(symbol: str, names: Sequence[str] = ()) -> alt.Legend:
    """Two names beside each other, unless one is long."""
    return alt.Legend(
        symbolType=symbol,
        symbolSize=300 if symbol == "stroke" else 90,
        symbolStrokeWidth=2.5 if symbol == "stroke" else 0,
        labelLimit=_TITLE,
        columns=1 if any(len(name) > _LONG for name in names) else 2,
    )


def _bars(base: alt.Chart, data: pd.DataFrame, *, upright: bool) -> list[alt.Chart]:
    if "lower" not in data or not data["lower"].notna().any():
        return []
    bars = base.transform_filter("isValid(datum.lower)").mark_rule(strokeWidth=2)
    if upright:
        return [bars.encode(y=alt.Y("lower:Q"), y2="upper:Q")]
    return [bars.encode(x=alt.X("lower:Q"), x2="upper:Q")]


def _upright(rules: Sequence[float], x: alt.X) -> list[alt.Chart]:
    if not rules:
        return []
    lines = alt.Chart(pd.DataFrame({"value": [*rules]})).mark_rule(strokeDash=[4, 4], color=GREY)
    return [lines.encode(x=x)]


def shown(data: pd.DataFrame, choosers: Sequence[Chooser]) -> list[str]:
    """The name of a network says which arm it is; what is chosen is told by the list."""
    chosen = {"arm", *(chooser.parameter.name for chooser in choosers)}
    ends = ("lower", "upper")
    known = [name for name in data.columns if name not in (*chosen, *ends)]
    return [*known, *(end for end in ends if end in data)]
