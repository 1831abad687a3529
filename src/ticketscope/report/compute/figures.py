"""The figure that compares methods at equal retraining. Built as `report.quality.figures`."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, value_axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.pointing import Told
from ticketscope.report.drawing.sparsity_lines import series

_COLUMNS: Final = ("arm", "replicate", "level", "sparsity_prunable", "drawn_at", "metric")


def method_data(pooled: pd.DataFrame) -> pd.DataFrame:
    """One row per arm, level and metric: its mean difference from the first arm under study."""
    rows = pooled[pooled["reference"] == "first"]
    # BLEU is what methods are compared by: its list starts there.
    rows = rows.sort_values("metric", key=lambda metric: metric != "bleu", kind="stable")
    placed = rows.assign(drawn_at=rows["sparsity_prunable"], replicate=0)  # the mean of all
    return placed[[*_COLUMNS, "value", "lower", "upper"]].reset_index(drop=True)


def method_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Differences against sparsity, one line per arm; the line at 0 is the first arm itself."""
    value = Told(f"minus that of {cast.first_name}", "+.2f")
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4])
    told = ["arm", "level", "drawn_at", "value", "lower", "upper"]
    choosers = row_choosers(data, cast, "metric")
    lines = series(data, cast, value, True, choosers, told=told)
    zero = zero.encode(y=value_axis(value), color=alt.value(GREY))
    return figure([zero, *lines], choosers=choosers)
