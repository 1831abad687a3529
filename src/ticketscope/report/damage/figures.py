"""The figure of damage: how much more of each kind broke than in the network all others come from.

A recall and a rate are drawn alike, as the share of events that broke: further to the right is
worse.
"""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.damage import KINDS
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at
from ticketscope.report.drawing.given_networks import grouped_rows, title_of
from ticketscope.report.drawing.pointing import Told
from ticketscope.report.published.beside import reach_of_replicates

TITLES: Final = {kind.name: kind.title for kind in KINDS}
_KEYS: Final = ["test_set", "kind", "arm", "level"]


def broken(rows: pd.DataFrame) -> pd.DataFrame:
    """All shares and differences as those of what broke, each kind in the order of the list."""
    is_recall = rows["metric"] == "recall"
    turned = rows.copy()
    turned["value"] = rows["value"].where(~is_recall, 1 - rows["value"])
    for column in ("difference_dense", "difference_control"):
        lower, upper = rows[f"{column}_lower"], rows[f"{column}_upper"]
        turned[column] = rows[column].where(~is_recall, -rows[column])
        turned[f"{column}_lower"] = lower.where(~is_recall, -upper)
        turned[f"{column}_upper"] = upper.where(~is_recall, -lower)
    order = list(TITLES)
    return turned.sort_values("kind", key=lambda kinds: kinds.map(order.index), kind="stable")


def changes(rows: pd.DataFrame, cast: Cast, other: str = "dense") -> pd.DataFrame:
    """One row per test set, kind, arm and level: how much more broke than in the dense model or the
    base (or in the control), the mean over replicates, and how far their intervals reach."""
    of = f"difference_{other}"
    known = broken(rows[rows[of].notna()])
    ends = {end: known[f"{of}_{end}"] for end in ("lower", "upper")}
    known = drawn_at(known.assign(value=known[of], **ends), cast)
    return reach_of_replicates(known, _KEYS).rename(columns={"drawn_at": "sparsity_prunable"})


def worst_change(changed: pd.DataFrame) -> "pd.Series | None":
    """The change for the worse that is certain to be the largest; None where none is certain."""
    worse = changed[changed["lower"] > 0]
    return None if worse.empty else worse.loc[[worse["lower"].idxmax()]].iloc[0]


def change_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The same for the figure, kinds and networks in words; at each level the arms under study and
    the control."""
    shown = {*(arm.name for arm in cast.studied), cast.control_name}
    found = changes(rows[rows["arm"].isin(shown)], cast)
    order = {name: place for place, name in enumerate(cast)}
    found = found.sort_values("arm", key=lambda arms: arms.map(order), kind="stable")
    kinds = list(TITLES)
    found = found.sort_values("kind", key=lambda of: of.map(kinds.index), kind="stable")
    columns = ["network", "arm", *_KEYS[:2], "level", "sparsity_prunable"]
    return (
        found.assign(
            network=[title_of(arm, 0, cast) for arm in found["arm"]],
            kind=found["kind"].map(TITLES),
        )[[*columns, "value", "lower", "upper"]]
        .round(DIGITS)
        .reset_index(drop=True)
    )


def change_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """A row per kind with a dot and an interval per network; one test set and level at a time."""
    choosers = row_choosers(data, cast, "test_set", "level")
    value = Told("share of events that broke, less that of " + cast.nouns.dense, "+.1%")
    shown = data.drop(columns="sparsity_prunable")
    if cast.is_given:
        shown = shown.drop(columns="level")
    return grouped_rows(shown, cast, "kind", value, choosers, (0.0,))
