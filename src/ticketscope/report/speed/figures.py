"""The figure of speed. Built as `report.quality.figures`."""

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, value_axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.drawn_rows import TICKET, drawn_at
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.drawing.sparsity_lines import series


def speed_data(
    speed: pd.DataFrame, cast: Cast, engine: str, threads: int, batch: int
) -> pd.DataFrame:
    """One row per ticket: decoding speed in shares of the dense model's in float32."""
    chosen = (speed["engine"] == engine) & (speed["threads"] == threads) & (speed["batch"] == batch)
    rows = drawn_at(speed[chosen & speed["against_dense"].notna()], cast)
    rows = rows.assign(value=rows["against_dense"])
    return rows[[*TICKET, "drawn_at", "value", "tokens_per_second", "bytes"]]


def speed_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Speed against sparsity, with a line at the speed of the dense model in float32."""
    value = Told("decoding speed, dense float32 = 1", SCORE)
    y = value_axis(value, alt.Scale())
    line = alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(strokeDash=[4, 4])
    return figure([line.encode(y=y, color=alt.value(GREY)), *series(data, cast, value, False, y=y)])
