"""The figures of speed. Built as `report.quality.figures`."""

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, LOOSE, arms_of, axis, by_arm, value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.drawn_rows import TICKET, drawn_at
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.report.quality.figures import METRICS
from ticketscope.report.speed.timed_rows import at, with_ratio

RATIO = Told("speed, dense in the same engine = 1", SCORE)
_RATE = ",.0f"
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


def speed_data(
    speed: pd.DataFrame, cast: Cast, engine: str, threads: int, batch: int
) -> pd.DataFrame:
    """One row per ticket: decoding speed in shares of the dense model's in the same engine."""
    rows = with_ratio(drawn_at(at(speed, engine, threads, batch), cast))
    columns = ["drawn_at", "value", "lower", "upper", "tokens_per_second", "bytes"]
    return rows[[*TICKET, *columns]]


def speed_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Speed against sparsity, with a line at the speed of the dense model in the same engine."""
    y = value_axis(RATIO, alt.Scale())
    line = alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(strokeDash=[4, 4])
    return figure([line.encode(y=y, color=alt.value(GREY)), *series(data, cast, RATIO, True, y=y)])


def tradeoff_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Quality against speed, with the frontier as steps and a ring around the dense network."""
    unit = "words of the source" if cast.is_given else "target pieces"
    rate = Told(f"{unit} per second", _RATE)
    x = alt.X("rate:Q", title=f"{rate.title} (higher is faster)", scale=LOOSE, axis=axis("~s"))
    y = value_axis(METRICS["bleu"])
    engines = list(dict.fromkeys(data["engine"]))
    base = chart_of(data).encode(x=x, y=y)
    best = chart_of(data[data["frontier"]].sort_values("rate"))
    # What can be had at a speed is the quality of the next point that is faster.
    steps = best.mark_line(interpolate="step-before", color=GREY, strokeDash=[4, 4])
    steps = steps.encode(x=x, y=y, order=alt.Order("rate:Q"))
    known = data[data["lower"].notna()]
    bars = [chart_of(known).mark_rule(strokeWidth=1.2)] if len(known) else []
    colour = by_arm(arms_of(data, cast), cast, as_lines=False)
    shape = alt.Shape(
        "engine:N",
        scale=alt.Scale(domain=engines, range=list(_SHAPES[: len(engines)])),
        legend=alt.Legend(title="engine", orient="bottom", columns=3),
    )
    rings = chart_of(data[data["dense"]]).mark_point(size=230, strokeWidth=1.5, opacity=1.0)
    points = base.mark_point(filled=True, size=70, opacity=1.0).encode(color=colour, shape=shape)
    told = [
        "arm",
        "level",
        "engine",
        "value",
        "lower",
        "upper",
        "rate",
        "bytes",
        "sparsity_prunable",
    ]
    figures = {"value": METRICS["bleu"], "rate": rate, "engine": Told("engine")}
    return figure(
        [
            steps,
            *(bar.encode(x=x, y=alt.Y("lower:Q"), y2="upper:Q", color=colour) for bar in bars),
            rings.encode(x=x, y=y, color=alt.value(GREY)),
            pointed(points, cast, told, figures),
        ]
    )
