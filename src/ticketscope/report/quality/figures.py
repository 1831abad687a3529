"""The figures of quality against sparsity."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, value_axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.drawn_rows import TICKET, drawn_at, pruned_rows
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.drawing.sparsity_lines import series

METRICS: Final = {
    "bleu": Told("BLEU (0 to 100, higher is better)", ".2f"),
    "chrf": Told("chrF (0 to 100, higher is better)", ".2f"),
    "ter": Told("TER (edits per 100 words, lower is better)", ".2f"),
    "loss": Told("loss (nats per target piece, lower is better)", SCORE),
    "loss_word": Told("loss (nats per target word, lower is better)", SCORE),
}


def quality_data(quality: pd.DataFrame, cast: Cast, test_set: str, metric: str) -> pd.DataFrame:
    """One row per ticket: its value with its interval, and the sparsity it is `drawn_at`."""
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    return drawn_at(rows, cast)[[*TICKET, "drawn_at", "value", "lower", "upper"]]


def quality_chart(data: pd.DataFrame, cast: Cast, value: Told) -> alt.LayerChart:
    """Quality against sparsity, one line per arm and replicate, all starting at the dense model."""
    return figure(series(data, cast, value, with_intervals=True))


def difference_data(
    quality: pd.DataFrame, cast: Cast, test_set: str, metric: str = "bleu"
) -> pd.DataFrame:
    """One row per pruned ticket compared with the control: the paired difference."""
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    rows = pruned_rows(rows[rows["difference_control"].notna()], cast)
    values = {
        "value": rows["difference_control"],
        "lower": rows["difference_control_lower"],
        "upper": rows["difference_control_upper"],
    }
    return drawn_at(rows.assign(**values), cast)[[*TICKET, "drawn_at", "value", "lower", "upper"]]


def difference_chart(
    data: pd.DataFrame, cast: Cast, rules: Sequence[float], metric: Told
) -> alt.LayerChart:
    """Differences against sparsity, with lines at the `rules`; the metric's title is its name."""
    value = Told(f"{metric.title} of the {cast.nouns.ticket} minus its control's", metric.format)
    lines = alt.Chart(pd.DataFrame({"value": [*rules]})).mark_rule(strokeDash=[4, 4])
    lines = lines.encode(y=value_axis(value), color=alt.value(GREY))
    return figure([lines, *series(data, cast, value, True)])
