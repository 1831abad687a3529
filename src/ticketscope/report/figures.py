"""The figures: for each a function that picks the data drawn and one that draws just that.

`…_data` takes a table as `ticketscope.report.tables` reads it and gives one row a mark; `…_chart`
takes those rows and gives a Vega-Lite chart that computes nothing, so a figure can be tested as
data. Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart.
"""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.report.tables import CONTROL, DENSE, SPARSITIES, TrainingView
from ticketscope.report.wording import percent

ARM_COLOURS: Final = {
    DENSE: "#7F7F7F",
    "lr_rewinding": "#0072B2",
    CONTROL: "#D55E00",
    "random_pruning": "#009E73",
}
ARM_DASHES: Final = {CONTROL: [6, 3], "random_pruning": [2, 3]}
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""One a replicate, from the start again after the last."""
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
METRIC_TITLES: Final = {
    "bleu": "BLEU (0 to 100, higher is better)",
    "chrf": "chrF (0 to 100, higher is better)",
    "ter": "TER (edits per 100 words, lower is better)",
    "loss": "loss (nats per target piece, lower is better)",
}
SPARSITY_TITLE: Final = "prunable weights that are zero"
THEME: Final = alt.Config(
    background="transparent",
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

# ----------------------------------------------------------------------------- quality


def quality_data(quality: pd.DataFrame, test_set: str, metric: str) -> pd.DataFrame:
    """One row a ticket: its value with its interval, and the sparsity it is `drawn_at`."""
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    return _drawn_at(rows)[[*_TICKET, "drawn_at", "value", "lower", "upper"]]


def quality_chart(data: pd.DataFrame, metric: str) -> alt.LayerChart:
    """Quality against sparsity, a line an arm and replicate, all starting at the dense model."""
    y = alt.Y("value:Q", title=METRIC_TITLES[metric], scale=_LOOSE)
    return _figure(_series(data, y, with_intervals=True))


def difference_data(quality: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """One row a pruned ticket compared with the control: the paired difference in BLEU."""
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == "bleu")]
    rows = rows[~rows["arm"].isin((DENSE, CONTROL)) & rows["difference_control"].notna()]
    values = {
        "value": rows["difference_control"],
        "lower": rows["difference_control_lower"],
        "upper": rows["difference_control_upper"],
    }
    return _drawn_at(rows.assign(**values))[[*_TICKET, "drawn_at", "value", "lower", "upper"]]


def difference_chart(data: pd.DataFrame, margin: float) -> alt.LayerChart:
    """Differences against sparsity, with lines at no difference and at minus the margin."""
    y = alt.Y("value:Q", title="BLEU of the ticket minus its control's", scale=_LOOSE)
    lines = alt.Chart(pd.DataFrame({"value": [0.0, -margin]})).mark_rule(strokeDash=[4, 4])
    return _figure([lines.encode(y=y, color=alt.value(_GREY)), *_series(data, y, True)])


# ----------------------------------------------------------------------------- sparsity


def role_data(sparsity: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Zeros of the `kind` by module, block and projection, pooled over layers and replicates."""
    tensors = _with_role(sparsity[sparsity["head"].isna() & (sparsity["kind"] == kind)])
    data = _pooled(tensors, ["role"])
    rungs = zip(data["level"], data["sparsity_prunable"], strict=True)
    return data.assign(rung=[f"{level}: {percent(share)}" for level, share in rungs])


def role_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of roles by levels, one arm at a time."""
    x = alt.X("rung:N", sort=None, title="level: share of zeros")
    return _heat_map(data, x, alt.Y("role:N", sort=None, title=None), by_level=False)


def layer_data(sparsity: pd.DataFrame) -> pd.DataFrame:
    """Zeros among the weights (not biases) by role and layer, pooled over replicates."""
    tensors = sparsity[sparsity["head"].isna() & (sparsity["kind"] == "weight")]
    return _pooled(_with_role(tensors[tensors["layer"].notna()]), ["role", "layer"])


def layer_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of roles by layers, one level at a time."""
    x = alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0))
    return _heat_map(data, x, alt.Y("role:N", sort=None, title=None), by_level=True)


def head_data(sparsity: pd.DataFrame) -> pd.DataFrame:
    """Zeros of an attention head, over its q, k, v and out weights, pooled over replicates."""
    heads = sparsity[sparsity["head"].notna() & (sparsity["kind"] == "weight")]
    return _pooled(_with_role(heads, "layer"), ["role", "head"])


def head_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of the attentions of every layer by heads, one level at a time."""
    x = alt.X("head:O", title="head", axis=alt.Axis(labelAngle=0))
    return _heat_map(data, x, alt.Y("role:N", sort=None, title=None), by_level=True)


# ----------------------------------------------------------------------------- speed, training


def speed_data(speed: pd.DataFrame, engine: str, threads: int, batch: int) -> pd.DataFrame:
    """One row a ticket: decoding speed in shares of the dense model's in float32."""
    chosen = (speed["engine"] == engine) & (speed["threads"] == threads) & (speed["batch"] == batch)
    rows = _drawn_at(speed[chosen & speed["against_dense"].notna()])
    rows = rows.assign(value=rows["against_dense"])
    return rows[[*_TICKET, "drawn_at", "value", "tokens_per_second", "bytes"]]


def speed_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Speed against sparsity, with a line at the speed of the dense model in float32."""
    y = alt.Y("value:Q", title="decoding speed, dense float32 = 1")
    line = alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(strokeDash=[4, 4])
    return _figure([line.encode(y=y, color=alt.value(_GREY)), *_series(data, y, False)])


def training_data(jobs: tuple[TrainingView, ...], arm: str) -> pd.DataFrame:
    """One row a validation of the arm's levels."""
    columns = ["arm", "replicate", "level", "update", "loss"]
    return pd.DataFrame(
        [
            (job.arm, job.replicate, job.level, update, loss)
            for job in jobs
            for update, loss in job.validation
            if job.arm == arm
        ],
        columns=columns,
    )


def training_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Validation loss against updates, a line a level and replicate."""
    base = alt.Chart(data).encode(
        x=alt.X("update:Q", title="update", axis=_axis(",d")),
        y=alt.Y(
            "loss:Q",
            title="validation loss (nats per target piece)",
            scale=alt.Scale(zero=False),
        ),
        color=alt.Color(
            "level:O",
            scale=alt.Scale(scheme=alt.SchemeParams("viridis", extent=[0.35, 0.85])),
            legend=alt.Legend(title="level", columns=9),
        ),
        detail="replicate:N",
        tooltip=list(data.columns),
    )
    return _figure([base.mark_line(), base.mark_point(filled=True, size=30)])


# ----------------------------------------------------------------------------- shared parts

_TICKET: Final = ("arm", "replicate", "level", *SPARSITIES)
_GREY: Final = "#7F7F7F"
_PADDED: Final = alt.Scale(zero=False, nice=False, padding=16)
_LOOSE: Final = alt.Scale(zero=False, padding=8)


def _axis(format: str) -> alt.Axis:
    return alt.Axis(format=format, tickCount=5, gridOpacity=0.4, labelFlush=True)


def _drawn_at(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each ticket its place on the sparsity axis: its own sparsity over prunable weights.

    The control has nothing pruned; it stands at the sparsity of the tickets of its replicate and
    level, with which it shares the number of updates.
    """
    pruned = rows[~rows["arm"].isin((DENSE, CONTROL))]
    keys = ["replicate", "level"]
    tickets = pruned.groupby(keys)["sparsity_prunable"].max().rename("drawn_at")
    own = rows["sparsity_prunable"]
    beside = rows[keys].join(tickets, on=keys)["drawn_at"]
    return rows.assign(drawn_at=beside.where(rows["arm"] == CONTROL).fillna(own))


def _series(data: pd.DataFrame, y: alt.Y, with_intervals: bool) -> list[alt.Chart]:
    """Layers of lines from the dense model on, of intervals and of points, by arm and replicate."""
    present = set(data["arm"])
    arms = [arm for arm in ARM_COLOURS if arm in present]
    replicates = sorted(set(data["replicate"]))
    x = alt.X("drawn_at:Q", title=SPARSITY_TITLE, axis=_axis(".0%"), scale=_PADDED)
    colour = alt.Color(
        "arm:N",
        scale=alt.Scale(domain=arms, range=[ARM_COLOURS[arm] for arm in arms]),
        legend=alt.Legend(symbolType="stroke", symbolSize=300, symbolStrokeWidth=2.5),
    )
    dashes = alt.Scale(domain=arms, range=[ARM_DASHES.get(arm, [1, 0]) for arm in arms])
    shapes = alt.Scale(domain=replicates, range=[SHAPES[r % len(SHAPES)] for r in replicates])
    points = data.assign(dodge=_dodge(data, arms, replicates))

    def layer(rows: pd.DataFrame) -> alt.Chart:
        return alt.Chart(rows).encode(x=x, y=y, color=colour, detail="replicate:N")

    offset = alt.ExprRef("datum.dodge")
    lines = layer(_from_dense(points)).mark_line(xOffset=offset)
    layers = [lines.encode(strokeDash=alt.StrokeDash("arm:N", scale=dashes))]
    if with_intervals and data["lower"].notna().any():
        known = layer(points[points["lower"].notna()])
        bars = known.mark_rule(xOffset=offset, strokeWidth=1.5)
        layers.append(bars.encode(y=alt.Y("lower:Q"), y2="upper:Q"))
    dots = layer(points).mark_point(xOffset=offset, filled=True, size=55, opacity=1.0)
    if len(replicates) > 1:
        legend = alt.Legend(title="replicate", columns=5)
        dots = dots.encode(shape=alt.Shape("replicate:N", scale=shapes, legend=legend))
    layers.append(dots.encode(tooltip=list(data.columns)))
    return layers


def _dodge(data: pd.DataFrame, arms: list[str], replicates: list[int]) -> list[float]:
    """Pixels by which a mark stands beside its sparsity: series are spread around it."""
    series = [(arm, replicate) for arm in arms for replicate in replicates]
    middle = (len(series) - 1) / 2
    places = zip(data["arm"], data["replicate"], strict=True)
    return [DODGE * (series.index(place) - middle) for place in places]


def _from_dense(points: pd.DataFrame) -> pd.DataFrame:
    """The points of each line: a copy of the dense model's, then those of the arm."""
    pruned = points[points["arm"] != DENSE]
    starts = pruned.drop_duplicates(["arm", "replicate"])[["arm", "replicate", "dodge"]]
    dense = points[points["arm"] == DENSE].drop(columns=["arm", "dodge"])
    return pd.concat([starts.merge(dense, on="replicate"), pruned])[list(points.columns)]


def _with_role(tensors: pd.DataFrame, last: str = "projection") -> pd.DataFrame:
    """Name the rows of a heat map, shortly: "decoder · cross · out"; order them as data flows."""
    by = ["module", "block", last, "layer"]
    ordered = tensors.sort_values(by, key=lambda column: column.replace(FLOW), kind="stable")
    parts = ordered[["module", "block", last]].astype(str).to_numpy()
    names = [" · ".join(filter(None, row)) for row in parts]
    short = [name.replace("_attention", "").replace("_", " ") for name in names]
    return ordered.assign(role=short)


def _pooled(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Zeros and weights of the pruned arms added up over replicates and whatever `by` leaves out.

    `sparsity_prunable` is that of the level, the mean over replicates (they hardly differ).
    """
    pruned = rows[~rows["arm"].isin((DENSE, CONTROL))]
    keys = ["arm", "level", *by]
    levels = pruned.groupby(["arm", "level"])["sparsity_prunable"].mean()
    sums = pruned.groupby(keys, sort=False)[["num_pruned", "num_weights"]].sum().reset_index()
    return sums.assign(sparsity=sums["num_pruned"] / sums["num_weights"]).join(
        levels, on=["arm", "level"]
    )


def _heat_map(data: pd.DataFrame, x: alt.X, y: alt.Y, *, by_level: bool) -> alt.LayerChart:
    """Cells coloured by sparsity with the figure in them; choosers for arm and level."""
    arms = list(dict.fromkeys(data["arm"]))
    levels = sorted(set(data["level"]))
    base = alt.Chart(data).encode(x=x, y=y)
    params = []
    if len(arms) > 1:
        choice = alt.binding_select(options=arms, name="arm ")
        params.append(alt.param(name="arm", value=arms[0], bind=choice))
        base = base.transform_filter("datum.arm === arm")
    if by_level:
        shares = data.groupby("level")["sparsity_prunable"].mean()
        labels = [f"{level} ({percent(shares[level])} zero)" for level in levels]
        choice = alt.binding_select(options=levels, labels=labels, name="level ")
        params.append(alt.param(name="level", value=levels[-1], bind=choice))
        base = base.transform_filter("datum.level === level")
    cells = base.mark_rect().encode(
        color=alt.Color(
            "sparsity:Q",
            scale=alt.Scale(scheme="cividis", domain=[0, 1]),
            legend=alt.Legend(format=".0%", title="zero", gradientLength=160),
        ),
        tooltip=list(data.columns),
    )
    dark_cell = alt.datum["sparsity"] < 0.5
    columns = data[_field(x)].nunique()
    # On a narrow screen the figures would run into each other; the colours and tooltips stay.
    wide_enough = alt.ExprRef(f"width < {CELL_WIDTH * columns} ? 0 : 1")
    figures = base.mark_text(fontSize=11, opacity=wide_enough).encode(
        text=alt.Text("sparsity:Q", format=".0%"),
        color=alt.condition(dark_cell, alt.value("white"), alt.value("black")),
    )
    height = CELL_HEIGHT * data[_field(y)].nunique()
    return _figure([cells, figures], height=height, params=params)


def _field(axis: alt.X | alt.Y) -> str:
    return str(axis.shorthand).partition(":")[0]


def _figure(
    layers: list[alt.Chart], height: int = 260, params: Sequence[alt.Parameter] = ()
) -> alt.LayerChart:
    """Layers as one figure as wide as its place on the page."""
    chart = alt.LayerChart(layer=layers, config=THEME, width="container", height=height)
    return chart.add_params(*params) if params else chart
