"""The figures of challenge sets: how far each network lies from the dense model or the control."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import levels_side_by_side
from ticketscope.report.drawing.drawn_rows import DIGITS
from ticketscope.report.drawing.given_networks import drawn, grouped_rows
from ticketscope.report.drawing.pointing import Told

ALL: Final = "all together"
"""What a figure over all phenomena is called."""
GAP: Final = "stereotype_gap"
OF_PERSONS: Final = {
    (GAP, ""): "stereotype gap (ΔS)",
    ("gender_gap", ""): "gender gap (ΔG)",
    ("accuracy", ""): "gender right",
    ("accuracy", "pro_stereotypical"): "right, as the stereotype",
    ("accuracy", "anti_stereotypical"): "right, against it",
    ("accuracy", "male"): "right, men",
    ("accuracy", "female"): "right, women",
    ("not_found", ""): "no noun found",
    ("unclear", ""): "no one gender said",
}
"""Figures of sentences about persons by metric and phenomenon, as the page names them."""


def of_persons(challenge: pd.DataFrame) -> pd.DataFrame:
    """The rows of sets of sentences about persons, each with its `figure`, in that order."""
    sets = list(challenge.loc[challenge["metric"].eq("not_found"), "set"].unique())
    rows = challenge[challenge["set"].isin(sets)]
    keys = list(zip(rows["metric"], rows["phenomenon"], strict=True))
    order = list(OF_PERSONS)
    rows = rows.assign(
        figure=[OF_PERSONS[key] for key in keys],
        place=[order.index(key) for key in keys],
        place_of_set=rows["set"].map(sets.index),
    )
    places = ["place_of_set", "place"]
    return rows.sort_values(places, kind="stable").drop(columns=places)


def of_choices(challenge: pd.DataFrame) -> pd.DataFrame:
    """The rows of accuracy on choices, each with its `figure`: the phenomenon."""
    persons = set(of_persons(challenge)["set"])
    rows = challenge[~challenge["set"].isin(persons) & challenge["metric"].eq("accuracy")]
    return rows.assign(figure=rows["phenomenon"].replace("", ALL))


def differences(rows: pd.DataFrame, other: str) -> pd.DataFrame:
    """Those that have a difference to the `dense` model or the `control`, with that as value."""
    of = f"difference_{other}"
    known = rows[rows[of].notna()]
    ends = {end: known[f"{of}_{end}"] for end in ("lower", "upper")}
    return known.assign(value=known[of], **ends)


def difference_data(rows: pd.DataFrame, cast: Cast, other: str) -> pd.DataFrame:
    """One row per network, set and figure, with the difference and its interval."""
    known = differences(rows, other)
    columns = ["set", "figure", "num_sentences"]
    if cast.is_given:
        return drawn(known, cast, *columns)
    kept = known[["arm", "replicate", "level", *columns, "value", "lower", "upper"]]
    return kept.round(DIGITS).reset_index(drop=True)


def difference_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Differences by figure, one set at a time: a row of networks each, or levels side by side."""
    value = Told("difference", "+.3f")
    if cast.is_given:
        choosers = row_choosers(data, cast, "set")
        return grouped_rows(data, cast, "figure", value, choosers, (0.0,))
    x = alt.X("figure:N", sort=None, title=None, axis=alt.Axis(labelAngle=-35, labelLimit=160))
    return levels_side_by_side(data, cast, x, value, row_choosers(data, cast, "set", "arm"))
