"""The figures of where the zeros are. Built as `report.quality.figures`."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import rung_title
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.drawn_rows import from_one, pruned_rows, with_role
from ticketscope.report.drawing.heat_maps import Cell, heat_map
from ticketscope.report.drawing.pointing import SHARE, Told
from ticketscope.report.parts.wording import percent

_ROLES: Final = alt.Y("role:N", sort=None, title=None)
_ZERO: Final = Cell("sparsity", "zero", ".0%", {"sparsity": Told("zeros among them", SHARE)})


def role_data(sparsity: pd.DataFrame, cast: Cast, kind: str) -> pd.DataFrame:
    """Zeros of the `kind` by module, block and projection, pooled over layers and replicates."""
    tensors = with_role(sparsity[sparsity["head"].isna() & (sparsity["kind"] == kind)])
    data = _pooled(tensors, cast, ["role"])
    rungs = zip(data["level"], data["sparsity_prunable"], strict=True)
    return data.assign(rung=[f"{level}: {percent(share)}" for level, share in rungs])


def role_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of roles by levels, one arm at a time."""
    x = alt.X("rung:N", sort=None, title=rung_title(cast))
    return heat_map(data, cast, x, _ROLES, _ZERO, row_choosers(data, cast, "arm"))


def layer_data(sparsity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Zeros among the weights (not biases) by role and layer, pooled over replicates."""
    tensors = sparsity[sparsity["head"].isna() & (sparsity["kind"] == "weight")]
    return _pooled(with_role(tensors[tensors["layer"].notna()]), cast, ["role", "layer"])


def layer_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of roles by layers, one level at a time."""
    x = alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0))
    return heat_map(data, cast, x, _ROLES, _ZERO, row_choosers(data, cast, "arm", "level"))


def head_data(sparsity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Zeros of an attention head, over its q, k, v and out weights, pooled over replicates."""
    heads = from_one(sparsity[sparsity["head"].notna() & (sparsity["kind"] == "weight")])
    return _pooled(with_role(heads, "layer"), cast, ["role", "head"])


def head_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of the attentions of every layer by heads, one level at a time."""
    x = alt.X("head:O", title="head", axis=alt.Axis(labelAngle=0))
    return heat_map(data, cast, x, _ROLES, _ZERO, row_choosers(data, cast, "arm", "level"))


def _pooled(rows: pd.DataFrame, cast: Cast, by: list[str]) -> pd.DataFrame:
    """Zeros and weights of the pruned arms added up over replicates and whatever `by` leaves out.

    `sparsity_prunable` is that of the level, the mean over replicates (they hardly differ).
    """
    pruned = pruned_rows(rows, cast)
    keys = ["arm", "level", *by]
    levels = pruned.groupby(["arm", "level"])["sparsity_prunable"].mean()
    sums = pruned.groupby(keys, sort=False)[["num_pruned", "num_weights"]].sum().reset_index()
    return sums.assign(sparsity=sums["num_pruned"] / sums["num_weights"]).join(
        levels, on=["arm", "level"]
    )
