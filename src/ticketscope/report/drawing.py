"""What the figures share: colours, axes, lines of models against sparsity, heat maps, choosers.

Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from ticketscope.arms import ARMS, Arm, known_arms
from ticketscope.report.pointing import Told, pointed
from ticketscope.report.tables import CONTROL, DENSE, SPARSITIES
from ticketscope.report.wording import percent

SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""One per replicate, from the start again after the last."""
DASHES: Final = ([1, 0], [6, 3], [2, 3], [10, 3, 2, 3], [4, 6], [1, 5])
"""Likewise, where lines of replicates have no points of their own shape."""
DODGE: Final = 4
"""Pixels between series, so that the intervals of one sparsity do not hide each other."""
FLOW: Final = {
    name: str(place)
    for names in (
        ("encoder", "decoder", "shared"),
        ("self_attention", "cross_attention", "feed_forward", "embedding"),
        ("q", "k", "v", "out", "fc1", "fc2"),
    )
    for place, name in enumerate(names)
}
"""Modules, blocks and projections in the order in which a sentence passes them."""
CELL_WIDTH: Final = 34
"""Pixels that the figure in a cell of a heat map needs."""
CELL_HEIGHT: Final = 22
DIGITS: Final = 4
"""Decimals of figures of which there are thousands on a page."""
SPARSITY_TITLE: Final = "sparsity of the tickets of the level (prunable weights that are zero)"
"""Of an axis on which the control, which has no zeros, stands at the level it is compared at."""
RUNG_TITLE: Final = "level: sparsity of its tickets"
THEME: Final = alt.Config(
    background="transparent",
    padding={"left": 0, "top": 5, "right": 14, "bottom": 5},
    font="system-ui, sans-serif",
    axis=alt.AxisConfig(labelFontSize=12, titleFontSize=12, titleFontWeight="normal"),
    legend=alt.LegendConfig(
        orient="top",
        columns=2,
        labelFontSize=12,
        labelLimit=240,
        title=None,
        symbolSize=90,
        symbolStrokeWidth=2,
        symbolBaseFillColor="#7F7F7F",
        symbolBaseStrokeColor="#7F7F7F",
    ),
    view=alt.ViewConfig(stroke=None),
)
TICKET: Final = ("arm", "replicate", "level", *SPARSITIES)
GREY: Final = "#7F7F7F"
LOOSE: Final = alt.Scale(zero=False, padding=8)
_PADDING: Final = 16
_PADDED: Final = alt.Scale(zero=False, nice=False, padding=_PADDING)
_OF_GAP: Final = 0.7
"""How much of the space between two levels the lines of one may take."""


def axis(format: str) -> alt.Axis:
    """An axis with few labels, in D3's number format."""
    return alt.Axis(format=format, tickCount=5, gridOpacity=0.4, labelFlush=True)


def sparsity_axis() -> alt.X:
    """Where each row is `drawn_at`."""
    return alt.X("drawn_at:Q", title=SPARSITY_TITLE, axis=axis(".0%"), scale=_PADDED)


def value_axis(value: Told, scale: alt.Scale | None = None) -> alt.Y:
    """Where each row has its `value`, as it is told; the scale of most figures need not have 0."""
    shares = axis(".0%") if value.is_share else alt.Undefined
    return alt.Y("value:Q", title=value.title, axis=shares, scale=scale or LOOSE)


def by_arm(arms: Sequence[str], *, as_lines: bool = True) -> alt.Color:
    """The colours of arms, of lines or of points; the legend says which has nothing pruned."""
    nothing_pruned = [
        f"datum.label === '{arm}' ? '{arm} (nothing pruned)'"
        for arm in arms
        if arm != DENSE and not ARMS[arm].prunes
    ]
    legend = alt.Legend(
        symbolType="stroke" if as_lines else "circle",
        symbolSize=300 if as_lines else 90,
        symbolStrokeWidth=2.5 if as_lines else 0,
        labelExpr=" : ".join([*nothing_pruned, "datum.label"]),
    )
    colours = [known_arms()[arm].colour for arm in arms]
    return alt.Color("arm:N", scale=alt.Scale(domain=list(arms), range=colours), legend=legend)


def arm_dashes(arms: Sequence[str]) -> alt.Scale:
    """Solid lines, but dashed ones for controls: long where nothing is pruned, else short."""

    def dash(arm: Arm) -> list[int]:
        if not arm.is_control:
            return [1, 0]
        return [2, 3] if arm.prunes else [6, 3]

    return alt.Scale(domain=list(arms), range=[dash(known_arms()[arm]) for arm in arms])


def replicate_shapes(data: pd.DataFrame) -> alt.Shape:
    """Points of replicates, each of its own shape."""
    replicates = sorted(set(data["replicate"]))
    shapes = [SHAPES[replicate % len(SHAPES)] for replicate in replicates]
    legend = alt.Legend(title="replicate", columns=5, orient="bottom")
    scale = alt.Scale(domain=replicates, range=shapes)
    return alt.Shape("replicate:N", scale=scale, legend=legend)


def by_replicate(data: pd.DataFrame) -> alt.StrokeDash:
    """Lines of replicates, dashed apart; the legend is there where they are several."""
    replicates = sorted(set(data["replicate"]))
    dashes = [DASHES[replicate % len(DASHES)] for replicate in replicates]
    legend = alt.Legend(
        title="replicate", columns=5, orient="bottom", symbolType="stroke", symbolSize=300
    )
    return alt.StrokeDash(
        "replicate:N",
        scale=alt.Scale(domain=replicates, range=dashes),
        legend=legend if len(replicates) > 1 else None,
    )


def shades(column: str, title: str) -> alt.Color:
    """Levels or layers from dark to light."""
    return alt.Color(
        f"{column}:O",
        scale=alt.Scale(scheme=alt.SchemeParams("viridis", extent=[0.35, 0.85])),
        legend=alt.Legend(title=title, columns=9),
    )


def drawn_at(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each ticket its place on the sparsity axis: its own sparsity over prunable weights.

    The control has nothing pruned; it stands at the sparsity of the tickets of its replicate and
    level, with which it shares the number of updates.
    """
    pruned = pruned_rows(rows)
    keys = ["replicate", "level"]
    tickets = pruned.groupby(keys)["sparsity_prunable"].max().rename("drawn_at")
    own = rows["sparsity_prunable"]
    beside = rows[keys].join(tickets, on=keys)["drawn_at"]
    return rows.assign(drawn_at=beside.where(rows["arm"] == CONTROL).fillna(own))


def pruned_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of arms that prune."""
    return rows[rows["arm"].isin([name for name, arm in ARMS.items() if arm.prunes])]


def rung_names(data: pd.DataFrame) -> list[str]:
    """The level of each row, and the share of zeros that it is drawn at."""
    places = zip(data["level"], data["drawn_at"], strict=True)
    return [f"{level}: {percent(share)}" for level, share in places]


def from_one(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with heads counted from 1, as layers are: tables count them from 0."""
    return rows.assign(head=rows["head"] + 1)


def dense_as_level_0(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of every arm, with those of the dense model as its level 0."""
    dense = rows[rows["arm"] == DENSE]
    arms = [arm for arm in dict.fromkeys(rows["arm"]) if arm != DENSE]
    lines = [part for arm in arms for part in (dense.assign(arm=arm), rows[rows["arm"] == arm])]
    joined: pd.DataFrame = pd.concat([rows.head(0), *lines])
    return joined


def with_role(tensors: pd.DataFrame, last: str = "projection") -> pd.DataFrame:
    """Name the rows of a heat map, shortly: "decoder · cross · out"; order them as data flows."""
    by = ["module", "block", last, "layer"]
    ordered = tensors.sort_values(by, key=lambda column: column.replace(FLOW), kind="stable")
    parts = ordered[["module", "block", last]].astype(str).to_numpy()
    names = [" · ".join(filter(None, row)) for row in parts]
    short = [name.replace("_attention", "").replace("_", " ") for name in names]
    return ordered.assign(role=short)


# ----------------------------------------------------------------------------- choosers


@dataclass(frozen=True)
class Chooser:
    """A list below a figure, and what picking from it does to the rows drawn."""

    parameter: alt.Parameter
    transform: alt.FilterTransform | alt.CalculateTransform


def row_choosers(data: pd.DataFrame, *columns: str) -> list[Chooser]:
    """Pick the rows with one value of each of the `columns`.

    Numbers (levels, layers) start at the last one, names at the first. Where there is no choice,
    there is no list, but for the level: its list tells the level's `sparsity_prunable`.
    """
    choosers = []
    for column in columns:
        options = list(dict.fromkeys(data[column]))
        labels = [str(option) for option in options]
        start = options[0]
        if pd.api.types.is_numeric_dtype(data[column]):
            options = sorted(int(option) for option in options)
            labels = _level_labels(data, options) if column == "level" else [*map(str, options)]
            start = options[-1]
        if len(options) > 1 or column == "level":
            choosers.append(row_chooser(column, options, labels, start))
    return choosers


def row_chooser(
    column: str, options: Sequence[str | int], labels: list[str], start: str | int
) -> Chooser:
    """Pick the rows with one value of the column, each option under its label."""
    return Chooser(
        _parameter(column, options, labels, start),
        alt.FilterTransform(filter=f"datum.{column} === {column}"),
    )


def column_chooser(name: str, columns: dict[str, str]) -> Chooser:
    """Pick one of the `columns` (with their labels) as the `value` drawn; starts at the first."""
    options = list(columns)
    return Chooser(
        _parameter(name, options, list(columns.values()), options[0]),
        alt.CalculateTransform(calculate=f"datum[{name}]", **{"as": "value"}),
    )


def _level_labels(data: pd.DataFrame, levels: list[int]) -> list[str]:
    shares = data.groupby("level")["sparsity_prunable"].mean()
    return [f"{level} (tickets {percent(shares[level])} zero)" for level in levels]


def _parameter(
    name: str, options: Sequence[str | int], labels: list[str], start: str | int
) -> alt.Parameter:
    choice = alt.binding_select(options=list(options), labels=labels, name=f"{name} ")
    return alt.param(name=name, value=start, bind=choice)


# ----------------------------------------------------------------------------- figures


def chart_of(data: pd.DataFrame, choosers: Sequence[Chooser] = ()) -> alt.Chart:
    """A layer to be, of the rows that the choosers pick."""
    chart = alt.Chart(data)
    if choosers:
        chart.transform = [chooser.transform for chooser in choosers]
    return chart


def figure(
    layers: list[alt.Chart], height: int = 260, choosers: Sequence[Chooser] = ()
) -> alt.LayerChart:
    """Layers as one figure as wide as its place on the page."""
    chart = alt.LayerChart(layer=layers, config=THEME, width="container", height=height)
    return chart.add_params(*(chooser.parameter for chooser in choosers)) if choosers else chart


def arms_of(rows: pd.DataFrame) -> list[str]:
    """The arms in the order of legends."""
    present = set(rows["arm"])
    return [arm for arm in known_arms() if arm in present]


def series(
    data: pd.DataFrame,
    value: Told,
    with_intervals: bool,
    choosers: Sequence[Chooser] = (),
    *,
    y: alt.Y | None = None,
    told: Sequence[str] = (),
) -> list[alt.Chart]:
    """Layers of lines from the dense model on, of intervals and of points, by arm and replicate.

    `y` where it is not the axis of the `value`; what is `told` where that is not all columns.
    """
    arms = arms_of(data)
    replicates = sorted(set(data["replicate"]))
    y = y or value_axis(value)
    of_rows = list(zip(data["arm"], data["replicate"], strict=True))
    points, offset = dodged(data, of_rows, [(arm, number) for arm in arms for number in replicates])

    def layer(rows: pd.DataFrame) -> alt.Chart:
        chart = chart_of(rows, choosers)
        return chart.encode(
            x=sparsity_axis(), y=y, color=by_arm(arms), detail=alt.Detail("replicate:N")
        )

    lines = layer(_from_dense(points)).mark_line(xOffset=offset)
    layers = [lines.encode(strokeDash=alt.StrokeDash("arm:N", scale=arm_dashes(arms)))]
    if with_intervals and data["lower"].notna().any():
        known = layer(points[points["lower"].notna()])
        bars = known.mark_rule(xOffset=offset, strokeWidth=1.5)
        layers.append(bars.encode(y=alt.Y("lower:Q"), y2="upper:Q"))
    dots = layer(points).mark_point(xOffset=offset, filled=True, size=55, opacity=1.0)
    if len(replicates) > 1:
        dots = dots.encode(shape=replicate_shapes(data))
    layers.append(pointed(dots, told or data.columns, {"value": value}))
    return layers


def dodged(
    data: pd.DataFrame, of_rows: Sequence[Hashable], lines: Sequence[Hashable]
) -> tuple[pd.DataFrame, alt.ExprRef]:
    """The rows with the steps by which their line stands beside their sparsity (`dodge`), and the
    offset in pixels that it makes.

    Steps are `DODGE` pixels, but so narrow that no mark comes nearer to another level than to its
    own. `of_rows` names the line of each row, `lines` all of them in order.
    """
    middle = (len(lines) - 1) / 2
    steps = {line: number - middle for number, line in enumerate(lines)}
    rows = data.assign(dodge=[steps[line] for line in of_rows])
    gaps = [
        np.diff(np.unique(places)).min(initial=1.0)
        for _, places in rows.groupby("dodge")["drawn_at"]
    ]
    reach = np.ptp(rows["drawn_at"]) * max(len(lines) - 1, 1)
    widest = _OF_GAP * min(gaps, default=1.0) / reach if reach else 1.0
    pixels = f"min({DODGE}, {widest:.6f} * (width - {2 * _PADDING}))"
    return rows, alt.ExprRef(f"datum.dodge * {pixels}")


def _from_dense(points: pd.DataFrame) -> pd.DataFrame:
    """The points of each line: a copy of the dense model's, then those of the arm."""
    pruned = points[points["arm"] != DENSE]
    starts = pruned.drop_duplicates(["arm", "replicate"])[["arm", "replicate", "dodge"]]
    dense = points[points["arm"] == DENSE].drop(columns=["arm", "dodge"])
    return pd.concat([starts.merge(dense, on="replicate"), pruned])[list(points.columns)]


@dataclass(frozen=True)
class Cell:
    """What a cell of a heat map shows: a column of figures around 0 to `highest`."""

    column: str
    title: str
    format: str
    told: Mapping[str, Told]
    """What pointing at it tells, where the figure names that itself; see `pointed`."""
    highest: float = 1.0


def heat_map(
    data: pd.DataFrame, x: alt.X, y: alt.Y, cell: Cell, choosers: Sequence[Chooser]
) -> alt.LayerChart:
    """Cells coloured from 0 to the highest, with the figure in them.

    Their tooltips leave out what the choosers already say.
    """
    chosen = {chooser.parameter.name for chooser in choosers}
    base = chart_of(data, choosers).encode(x=x, y=y)
    cells = base.mark_rect().encode(
        color=alt.Color(
            f"{cell.column}:Q",
            scale=alt.Scale(scheme="cividis", domain=[0, cell.highest], clamp=True),
            legend=alt.Legend(format=cell.format, title=cell.title, gradientLength=160),
        ),
    )
    told = [column for column in data.columns if column not in chosen]
    cells = pointed(cells, told, cell.told)
    figures = cell_figures(
        base,
        alt.Text(f"{cell.column}:Q", format=cell.format),
        ink(f"datum.{cell.column} < {cell.highest / 2}"),
        num_columns=data[_field(x)].nunique(),
    )
    height = CELL_HEIGHT * data[_field(y)].nunique()
    return figure([cells, figures], height=height, choosers=choosers)


def cell_figures(base: alt.Chart, text: alt.Text, color: Any, num_columns: int) -> alt.Chart:
    """The figures in the cells of a heat map.

    On a narrow screen they would run into each other; the colours and tooltips stay.
    """
    wide_enough = alt.ExprRef(f"width < {CELL_WIDTH * num_columns} ? 0 : 1")
    figures: alt.Chart = base.mark_text(fontSize=11, opacity=wide_enough)
    return figures.encode(text=text, color=color)


def ink(on_dark: str) -> Any:
    """What can be read on a cell that is dark where the expression holds."""
    return alt.condition(on_dark, alt.value("white"), alt.value("black"))


def _field(axis: alt.X | alt.Y) -> str:
    return str(axis.shorthand).partition(":")[0]
