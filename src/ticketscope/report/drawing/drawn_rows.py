"""Rows of tables made ready to be drawn: their place on an axis, their order, their names."""

from typing import Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.parts.wording import percent
from ticketscope.tables.table import SPARSITIES

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
DIGITS: Final = 4
"""Decimals of figures of which there are thousands on a page."""
_POINT: Final = 0.01
TICKET: Final = ("arm", "replicate", "level", *SPARSITIES)


def drawn_at(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Give each ticket its place on the sparsity axis: its own sparsity over prunable weights.

    An arm that prunes nothing stands at the sparsity of the tickets of its replicate and level,
    with which it shares the number of updates.
    """
    pruned = pruned_rows(rows, cast)
    keys = ["replicate", "level"]
    tickets = pruned.groupby(keys)["sparsity_prunable"].max().rename("drawn_at")
    own = rows["sparsity_prunable"]
    beside = rows[keys].join(tickets, on=keys)["drawn_at"]
    unpruned = {arm.name for arm in cast.arms} - _compressed(cast)
    return rows.assign(drawn_at=beside.where(rows["arm"].isin(unpruned)).fillna(own))


def pruned_rows(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of arms that prune."""
    return rows[rows["arm"].isin(_compressed(cast))]


def without_control(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of all networks but the control's."""
    return rows[rows["arm"] != cast.control_name]


def _compressed(cast: Cast) -> set[str]:
    return {arm.name for arm in cast.compressed}


def level_shares(rows: pd.DataFrame, column: str) -> dict[int, str]:
    """The share of zeros of each level in words; from the least to the most where arms differ by
    more than a point, as those do that remove whole units."""
    found = {}
    for level, shares in rows.groupby("level")[column]:
        least, most = shares.min(), shares.max()
        alike = most - least <= _POINT
        found[int(str(level))] = (
            percent(shares.mean()) if alike else f"{percent(least)} to {percent(most)}"
        )
    return found


def rung_names(data: pd.DataFrame) -> list[str]:
    """The level of each row, and the share of zeros that it is drawn at."""
    places = zip(data["level"], data["drawn_at"], strict=True)
    return [f"{level}: {percent(share)}" for level, share in places]


def from_one(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with heads counted from 1, as layers are: tables count them from 0."""
    return rows.assign(head=rows["head"] + 1)


def dense_as_level_0(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of every arm, with those of the dense model as its level 0."""
    dense = rows[rows["arm"] == cast.dense.name]
    arms = [arm for arm in dict.fromkeys(rows["arm"]) if arm != cast.dense.name]
    lines = [part for arm in arms for part in (dense.assign(arm=arm), rows[rows["arm"] == arm])]
    joined: pd.DataFrame = pd.concat([rows.head(0), *lines])
    return joined


def with_role(tensors: pd.DataFrame, last: str = "projection") -> pd.DataFrame:
    """Name the rows of a heat map, shortly: "decoder · cross · out"; order them as data flows."""
    by = ["module", "block", last, "layer"]
    ordered = tensors.sort_values(by, key=lambda column: column.replace(FLOW), kind="stable")
    parts = ordered[["module", "block", last]].astype(str).to_numpy()
    names = [" · ".join(filter(None, row)) for row in parts]
    short = [name.replace("_attention", "").replace("_", " ") for name in names]
    return ordered.assign(role=short)
