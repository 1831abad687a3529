"""What became of the weights of the base, in networks of the same shape."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.drawn_rows import with_role
from ticketscope.report.drawing.given_networks import drawn, grouped_rows, network_rows
from ticketscope.report.drawing.pointing import SCORE, SHARE, Told
from ticketscope.report.parts.part import Figure, Gap, Part, Table
from ticketscope.report.parts.wording import percent
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured


def weight_parts(run: RunTables) -> Iterator[Part]:
    """Where zeros are, how far weights are from the base's, and what is left of their rank."""
    cast = run.cast
    if not isinstance(run.sparsity, NotMeasured):
        yield from _zeros(run.sparsity, cast)
    weights = run.weights
    if isinstance(weights, NotMeasured):
        yield Gap(weights.reason)
        return
    distances = weights[(weights["module"] == "") & (weights["measure"] == "l2_distance")]
    if distances.empty:
        yield Gap("No network has the shape of the base, so no weights were compared.")
    else:
        data = drawn(distances, cast)
        yield Figure(
            "How far the weights are from those of the base",
            "The root of the sum of squared changes over all weights; no interval, since all "
            "weights are counted.",
            network_rows(data, cast, Told("L2 distance from the weights of the base", SCORE)),
        )
    overlaps = overlap_table(weights, cast)
    if overlaps.rows:
        yield overlaps


def overlap_table(weights: pd.DataFrame, cast: Cast) -> Table:
    """One row per two networks with zeros: how many of the weights that either keeps both keep."""
    share = weights.groupby("arm")["sparsity_prunable"].first()
    pruned = set(share.index[share > 0])
    whole = weights[
        (weights["module"] == "") & weights["arm"].isin(pruned) & weights["other_arm"].isin(pruned)
    ]
    by_chance = {
        (row["arm"], row["other_arm"]): row["value"]
        for row in whole[whole["measure"] == "mask_jaccard_chance"].to_dict("records")
    }
    return Table(
        title="Do networks keep the same weights: those that both keep, of those that either keeps",
        columns=("network", "with", "both", "by chance"),
        rows=tuple(
            (
                cast[row["arm"]].title,
                cast[row["other_arm"]].title,
                percent(row["value"]),
                percent(by_chance[row["arm"], row["other_arm"]]),
            )
            for row in whole[whole["measure"] == "mask_jaccard"].to_dict("records")
        ),
        num_text=2,
    )


def zero_data(sparsity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network that has zeros and kind of weight matrix: the share that is zero."""
    tensors = sparsity[sparsity["head"].isna() & (sparsity["kind"] == "weight")]
    roles = with_role(tensors)
    keys = ["arm", "replicate", "role"]
    sums = roles.groupby(keys, sort=False)[["num_pruned", "num_weights"]].sum().reset_index()
    with_zeros = sums.groupby("arm")["num_pruned"].transform("sum") > 0
    shares = sums.assign(value=sums["num_pruned"] / sums["num_weights"])[with_zeros]
    return drawn(shares, cast, "role", "num_pruned", "num_weights")


def _zeros(sparsity: pd.DataFrame, cast: Cast) -> Iterator[Part]:
    data = zero_data(sparsity, cast)
    if data.empty:
        yield Gap("No network has weights that are zero.")
        return
    yield Figure(
        "Which kinds of weight are zero",
        "Each row is a kind of weight matrix over all layers; networks without zeros are left out. "
        "No interval, since zeros are counted.",
        grouped_rows(
            data,
            cast,
            "role",
            Told("share of these weights that is zero", SHARE),
        ),
    )
