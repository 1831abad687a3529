"""The figures of search: scores, lengths and likelihoods by beam."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.network_lines import (
    differences,
    lines_of_networks,
    named,
    one_at_a_time,
)
from ticketscope.report.drawing.pointing import SCORE, Told

MEASURES: Final = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "bleu_gain": "BLEU above greedy search",
    "chrf_gain": "chrF above greedy search",
    "length_ratio": "length by that of the references",
    "empty": "share of empty translations",
    "empty_likelier": "share in which the empty translation is likelier",
    "reference_likelier": "share in which the reference is likelier",
    "log_probability": "log-probability of a translation (nats)",
    "length_correlation": "length with log-probability per piece (correlation)",
}
"""Metrics of search.csv as the page names them, the first one shown first."""
_BEAM: Final = alt.X("beam:O", title="beam (1: greedy)", axis=alt.Axis(labelAngle=0))


def beam_data(search: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, beam and measure."""
    return named(_measured(search), cast, "measure", "beam")


def difference_data(search: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Likewise of differences, once per network that they are `against`."""
    return named(differences(_measured(search), cast), cast, "against", "measure", "beam")


def beam_chart(data: pd.DataFrame, cast: Cast, title: str) -> alt.LayerChart:
    """A measure by beam, a line per network."""
    is_difference = "against" in data
    columns = ["against", "measure"] if is_difference else ["measure"]
    value = Told(title, "+.3f" if is_difference else SCORE)
    return lines_of_networks(data, cast, _BEAM, value, one_at_a_time(data, cast, *columns))


def _measured(search: pd.DataFrame) -> pd.DataFrame:
    order = list(MEASURES)
    rows = search.sort_values("metric", key=lambda of: of.map(order.index), kind="stable")
    return rows.assign(measure=rows["metric"].map(MEASURES))
