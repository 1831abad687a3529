"""The figures of robustness: what noise of each kind costs."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.given_networks import grouped_rows
from ticketscope.report.drawing.network_lines import differences, named, one_at_a_time
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.parts.wording import about
from ticketscope.text.noise import KINDS

MEASURES: Final = {
    "chrf": "chrF lost",
    "bleu": "BLEU lost",
    "chrf_share": "share of chrF lost",
    "bleu_share": "share of BLEU lost",
}
"""Metrics of robustness.csv as the page names them, the first one shown first."""


def loss_data(robustness: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, measure, strength and kind of noise."""
    return named(_measured(robustness), cast, "measure", "strength", "noise", "num_changed")


def difference_data(robustness: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Likewise of differences, once per network that they are `against`."""
    rows = differences(_measured(robustness), cast)
    return named(rows, cast, "against", "measure", "strength", "noise", "num_changed")


def noise_chart(data: pd.DataFrame, cast: Cast, title: str) -> alt.LayerChart:
    """A row per kind of noise, in it the networks; differences around 0."""
    is_difference = "against" in data
    columns = ["measure", "strength"]
    choosers = one_at_a_time(data, cast, *(["against", *columns] if is_difference else columns))
    value = Told(title, "+.3f" if is_difference else SCORE)
    return grouped_rows(data, cast, "noise", value, choosers, (0.0,))


def _measured(robustness: pd.DataFrame) -> pd.DataFrame:
    """The strongest noise first, which all kinds have most of."""
    order = list(MEASURES)
    rows = robustness.sort_values("strength", ascending=False, kind="stable")
    rows = rows.sort_values("metric", key=lambda of: of.map(order.index), kind="stable")
    return rows.assign(
        measure=rows["metric"].map(MEASURES),
        strength=[f"{about(share)} of the words" for share in rows["strength"]],
        noise=[title_of_noise(kind) for kind in rows["kind"]],
    )


def title_of_noise(kind: str) -> str:
    """What a kind of noise is called; another version may have others."""
    return KINDS[kind].title if kind in KINDS else kind
