"""The figures of what pruning did to weights."""

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.measures.connectivity import CONNECTED
from ticketscope.report.drawing.axes import GREY, axis, sparsity_axis, value_axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, TICKET, drawn_at, with_role
from ticketscope.report.drawing.heat_maps import Cell, heat_map
from ticketscope.report.drawing.pointing import SCORE, SHARE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import series

_OVERLAP: Final = Told("overlap of masks (Jaccard)", SHARE)
_PAIR_COLOURS: Final = (
    *("#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#D55E00"),
    *("#AA4499", "#44AA99", "#999933", "#CC6677"),
)
_MANY: Final = 6
"""More pairs than are told apart in one figure."""


def overlap_data(weights: pd.DataFrame) -> pd.DataFrame:
    """Overlap of whole masks, one row per pair of tickets of one level and `kind`: measured, or by
    chance. `pair` is which arms are compared, `replicates` in which replicates."""
    whole = weights[(weights["module"] == "") & (weights["level"] == weights["other_level"])]
    rows = [
        {
            **_pair(row),
            "level": row["level"],
            "drawn_at": row["sparsity_prunable"],
            "kind": kind,
            "value": round(row["value"], DIGITS),
        }
        for measure, kind in (("mask_jaccard", "measured"), ("mask_jaccard_chance", "by chance"))
        for row in whole[whole["measure"] == measure].to_dict("records")
    ]
    data = pd.DataFrame(rows, columns=["pair", "replicates", "level", "drawn_at", "kind", "value"])
    return data.drop_duplicates(["pair", "replicates", "level", "kind"], ignore_index=True)


def without_far_pairs(overlaps: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of all pairs, or where these are many, of those with the first arm under study."""
    if overlaps["pair"].nunique() <= _MANY or cast.first is None:
        return overlaps
    has_first = [cast.first_name in pair.split(", ") for pair in overlaps["pair"]]
    return overlaps[has_first].reset_index(drop=True)


def _pair(row: Mapping[Any, Any]) -> dict[str, str]:
    """Whichever of two masks comes first, their overlap is the same."""
    masks = [(row["arm"], row["replicate"]), (row["other_arm"], row["other_replicate"])]
    (arm, replicate), (other_arm, other_replicate) = sorted(masks)
    if arm == other_arm:
        pair, replicates = f"{arm}, between replicates", f"{replicate} and {other_replicate}"
    else:
        pair, replicates = f"{arm}, {other_arm}", str(replicate)
    return {"pair": pair, "replicates": replicates}


def overlap_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Overlap against sparsity, one line per pair of networks, and a dashed one for chance."""
    pairs = list(dict.fromkeys(data["pair"]))
    colours = alt.Scale(domain=pairs, range=[*_PAIR_COLOURS[: len(pairs)]])
    dashes = alt.Scale(domain=["measured", "by chance"], range=[[1, 0], [4, 4]])
    base = alt.Chart(data).encode(
        x=sparsity_axis(cast),
        y=alt.Y("value:Q", title=_OVERLAP.title, axis=axis(".0%")),
        color=alt.Color("pair:N", scale=colours, legend=alt.Legend(columns=1, symbolType="stroke")),
        detail=["replicates:N", "kind:N"],
    )
    lines = base.mark_line().encode(strokeDash=alt.StrokeDash("kind:N", scale=dashes, legend=None))
    points = base.transform_filter("datum.kind === 'measured'").mark_point(
        filled=True, size=40, opacity=1.0
    )
    told = [column for column in data.columns if column != "kind"]
    return figure([lines, pointed(points, cast, told, {"value": _OVERLAP})])


def distance_data(weights: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per level: how far all its weights lie from the dense model's of its replicate."""
    rows = weights[(weights["module"] == "") & (weights["measure"] == "l2_distance")]
    return drawn_at(rows, cast)[[*TICKET, "drawn_at", "value"]]


def distance_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Distance against sparsity."""
    return figure(series(data, cast, Told("L2 distance from the dense weights", SCORE), False))


_BARRIER: Final = Told("barrier, of the mean loss of the two ends", SHARE)


def barrier_data(weights: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per level and network at the other end of the line, which `to` names."""
    rows = drawn_at(weights[weights["measure"] == "barrier_share"], cast)
    to_dense = rows["other_arm"] == cast.dense.name
    before = rows["other_level"] == rows["level"] - 1
    dense, above = (f"to {cast.nouns.dense}", "to the level before")
    parts = [rows[to_dense].assign(to=dense)]
    if not cast.is_given:
        parts.append(rows[before].assign(to=above))
    columns = [*TICKET, "drawn_at", "to", "value", "lower", "upper"]
    return pd.concat(parts)[columns].round(DIGITS).reset_index(drop=True)


def barrier_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Barriers against sparsity, and the line below which two networks count as connected."""
    limit = alt.Chart(pd.DataFrame({"value": [CONNECTED]})).mark_rule(strokeDash=[4, 4], color=GREY)
    told = [column for column in data.columns if column != "to"]
    choosers = row_choosers(data, cast, "to")
    lines = series(data, cast, _BARRIER, True, choosers, told=told)
    return figure([limit.encode(y=value_axis(_BARRIER)), *lines], choosers=choosers)


_RANK: Final = {"value": Told("effective rank, of the dense model's", SHARE)}


def rank_data(weights: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Effective rank of each kind of weight matrix and layer in shares of the dense model's.

    One row per arm, level, role and layer: the mean over replicates.
    """
    rows = weights[(weights["measure"] == "effective_rank") & weights["head"].isna()]
    rows = with_role(drawn_at(rows[rows["layer"].notna() & (rows["projection"] != "")], cast))
    keys = ["replicate", "role", "layer"]
    dense = rows.loc[rows["arm"] == cast.dense.name, [*keys, "value"]].rename(
        columns={"value": "dense"}
    )
    others = rows[rows["arm"] != cast.dense.name].merge(dense, on=keys)
    shares = others.assign(value=others["value"] / others["dense"])
    cells = shares.groupby(["arm", "level", "role", "layer"], sort=False)
    means = cells.agg(value=("value", "mean"), sparsity_prunable=("drawn_at", "mean"))
    return means.round(DIGITS).reset_index()


def rank_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of roles by layers, one arm and level at a time."""
    return heat_map(
        data,
        cast,
        alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0)),
        alt.Y("role:N", sort=None, title=None),
        Cell("value", "of the dense model's", ".0%", _RANK, highest=2.0),
        row_choosers(data, cast, "arm", "level"),
    )
