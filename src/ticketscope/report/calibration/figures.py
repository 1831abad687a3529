"""The figures of calibration: what is said and what is right, and figures of the whole."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, TICKET, drawn_at
from ticketscope.report.drawing.given_networks import drawn, network_rows
from ticketscope.report.drawing.network_lines import (
    differences,
    lines_of_networks,
    named,
    one_at_a_time,
)
from ticketscope.report.drawing.pointing import SCORE, SHARE, Told
from ticketscope.report.drawing.sparsity_lines import series

MEASURES: Final = {
    "overconfidence": "confidence minus accuracy",
    "ece": "expected calibration error",
    "rms_error": "root mean squared error, debiased",
    "accuracy": "accuracy",
    "confidence": "confidence",
    "entropy": "entropy (nats)",
    "loss_beyond_entropy": "loss minus entropy (nats)",
}
"""Metrics of calibration.csv as the page names them, the first one shown first."""
_ACCURACY: Final = Told("accuracy: pieces that are right", SHARE)
_UNIT: Final = alt.Scale(domain=[0, 1])


def of_bins(calibration: pd.DataFrame) -> pd.DataFrame:
    """The rows of bins of confidence."""
    return calibration[calibration["bin"].notna()]


def of_all(calibration: pd.DataFrame) -> pd.DataFrame:
    """The rows of all pieces together that the page names, each with its `measure`."""
    order = list(MEASURES)
    rows = calibration[calibration["bin"].isna() & calibration["metric"].isin(order)]
    rows = rows.sort_values("metric", key=lambda of: of.map(order.index), kind="stable")
    return rows.assign(measure=rows["metric"].map(MEASURES))


def reliability_data(calibration: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network and bin: accuracy and mean confidence."""
    return named(of_bins(calibration), cast, "mean_confidence", "num_events")


def reliability_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Accuracy against confidence; the dashed line is where both are equal."""
    x = alt.X(
        "mean_confidence:Q",
        title="confidence: probability of the likeliest piece",
        axis=axis(".0%"),
        scale=_UNIT,
    )
    y = alt.Y("value:Q", title=_ACCURACY.title, axis=axis(".0%"), scale=_UNIT)
    ends = pd.DataFrame({"mean_confidence": [0.0, 1.0], "value": [0.0, 1.0]})
    equal = alt.Chart(ends).mark_line(strokeDash=[4, 4], color=GREY).encode(x=x, y=y)
    return lines_of_networks(data, cast, x, _ACCURACY, one_at_a_time(data, cast), [equal], y)


def whole_data(calibration: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network and measure."""
    rows = of_all(calibration)
    if cast.is_given:
        return drawn(rows, cast, "measure")
    return drawn_at(rows, cast)[[*TICKET, "drawn_at", "measure", "value", "lower", "upper"]].round(
        DIGITS
    )


def difference_data(calibration: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, measure and what it is compared with."""
    rows = differences(of_all(calibration), cast)
    if cast.is_given:
        return drawn(rows, cast, "measure", "against")
    columns = [*TICKET, "drawn_at", "measure", "against", "value", "lower", "upper"]
    return drawn_at(rows, cast)[columns].round(DIGITS)


def whole_chart(data: pd.DataFrame, cast: Cast, title: str) -> alt.LayerChart:
    """One measure at a time: against sparsity, or by network; differences around 0."""
    is_difference = "against" in data
    value = Told(title, "+.4f" if is_difference else SCORE)
    choosers = row_choosers(data, cast, *(["against"] if is_difference else []), "measure")
    if cast.is_given:
        return network_rows(data, cast, value, choosers, (0.0,) if is_difference else ())
    return figure(series(data, cast, value, True, choosers), choosers=choosers)
