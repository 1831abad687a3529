"""Zeros by kind of weight matrix that others published, beside those of this run."""

from collections.abc import Iterator

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import LOOSE, axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, pruned_rows, with_role
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT
from ticketscope.report.drawing.pointing import SHARE, Told
from ticketscope.report.parts.part import Figure, Part
from ticketscope.report.parts.sample import replicates
from ticketscope.report.published.beside import OTHER_MODEL, STUDY, around, at_like_levels, dots
from ticketscope.report.published.study_tables import published, with_labels
from ticketscope.report.reading.run_tables import RunTables


def role_data(sparsity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, level and kind of weight matrix (`role`): the zeros among its weights,
    pooled over layers and replicates."""
    tensors = sparsity[sparsity["head"].isna() & (sparsity["kind"] == "weight")]
    rows = with_role(pruned_rows(tensors[tensors["layer"].notna()], cast))
    cells = rows.groupby(["arm", "level", "role"], sort=False).agg(
        drawn_at=("sparsity_prunable", "mean"),
        num_pruned=("num_pruned", "sum"),
        num_weights=("num_weights", "sum"),
    )
    shares = cells.assign(value=cells["num_pruned"] / cells["num_weights"])
    return shares.drop(columns=["num_pruned", "num_weights"]).round(DIGITS).reset_index()


def published_role_data() -> pd.DataFrame:
    """One row per level and kind of weight matrix, the mean over layers of one size."""
    table = published("sparsity")
    rows = with_role(table[table["kind"] == "weight"].assign(layer=0))
    return with_labels(rows.rename(columns={"sparsity": "value"}))[
        ["whose", "level", "sparsity_prunable", "role", "value"]
    ]


def role_chart(ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame) -> alt.LayerChart:
    """Dots by kind of weight matrix, one level at a time."""
    choosers = row_choosers(ours, cast, "level")
    value = Told("zeros among its weights", SHARE)
    x = alt.X("value:Q", title=value.title, axis=axis(".0%"), scale=LOOSE), value
    y = alt.Y("role:N", sort=list(dict.fromkeys(ours["role"])), title=None)
    height = CELL_HEIGHT * ours["role"].nunique()
    return figure(
        dots(*around(ours, cast, theirs), x, y, choosers, cast), height=height, choosers=choosers
    )


def published_sparsity(run: RunTables, sparsity: pd.DataFrame) -> Iterator[Part]:
    """Zeros by kind of weight matrix at like sparsity."""
    if pruned_rows(sparsity, run.cast).empty:
        return
    ours, theirs = at_like_levels(role_data(sparsity, run.cast), published_role_data(), "role")
    if theirs.empty:
        return
    yield Figure(
        "Which kinds of weight the study pruned first",
        f"{STUDY}; the mean over 6 layers at the round nearest in sparsity (at most 5 points "
        "away; published up to 67 %). The study prunes by magnitude over all attention and "
        f"feed-forward blocks at once, biases too. {OTHER_MODEL} This run is pooled over layers "
        f"and n = {replicates(run)}; no interval, since zeros are counted.",
        role_chart(ours, run.cast, theirs),
    )
