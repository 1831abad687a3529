"""What tasks lost as others published it, beside what they lost in this run."""

from collections.abc import Iterator
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, LOOSE, axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.drawn_rows import pruned_rows
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT
from ticketscope.report.drawing.pointing import Told
from ticketscope.report.parts.part import Figure, Part
from ticketscope.report.parts.sample import replicates
from ticketscope.report.probes.task_rows import (
    against_others,
    best_data,
    tasks_axis,
    titled,
    with_headings,
)
from ticketscope.report.published.beside import (
    STUDY,
    around,
    at_like_levels,
    dots,
    reach_of_replicates,
)
from ticketscope.report.published.study_tables import published, with_labels
from ticketscope.report.reading.run_tables import RunTables

_PERCENT: Final = dict.fromkeys(("value", "lower", "upper"), 2)
"""Decimals of changes in per cent."""


def task_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, level and task: by how many per cent of the dense model's score its own lies
    above it, each at its best layer. Where the dense model's is not above 0, there is no row."""
    rows = against_others(best_data(probes, cast), cast)
    rows = rows[rows["against"] == cast.dense.name]
    dense = rows["score"] - rows["difference"]
    rows = rows.assign(
        value=100 * rows["difference"] / dense,
        lower=100 * rows["lower"] / dense,
        upper=100 * rows["upper"] / dense,
    )[dense > 0]
    return reach_of_replicates(rows, ["arm", "level", "task"]).round(_PERCENT)


def published_task_data() -> pd.DataFrame:
    """One row per level and task that the study has a figure of, likewise."""
    table = titled(published("probes"))
    dense = table.loc[table["level"] == 0, ["source", "task", "value"]]
    rows = table[table["level"] > 0].merge(dense, on=["source", "task"], suffixes=("", "_dense"))
    rows = rows.assign(value=100 * (rows["value"] / rows["value_dense"] - 1))
    rows = with_labels(rows[rows["value"].notna()]).round(_PERCENT)
    return rows[["whose", "level", "sparsity_prunable", "task", "value"]]


def task_chart(ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame) -> alt.LayerChart:
    """Dots by task, one level at a time."""
    choosers = row_choosers(ours, cast, "level")
    value = Told("change from the dense model, %", "+.2f")
    x = alt.X("value:Q", title=value.title, axis=axis("+f"), scale=LOOSE)
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    layers = [
        zero.encode(x=x),
        *dots(*around(ours, cast, theirs), (x, value), tasks_axis(ours), choosers, cast),
    ]
    height = CELL_HEIGHT * len(with_headings(ours))
    return figure(layers, height=height, choosers=choosers)


def published_probes(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    """What tasks lost against the dense model at like sparsity."""
    if pruned_rows(probes, run.cast).empty:
        return
    ours, theirs = at_like_levels(task_data(probes, run.cast), published_task_data(), "task")
    if theirs.empty:
        return
    data = (
        "those of this run are SYNTHETIC, from the grammar"
        if run.study.probing.suite == "grammar"
        else "those of this run are open substitutes, or the user's own"
    )
    yield Figure(
        "What each task lost in the study",
        "The score of the best layer relative to the dense model's best layer, in per cent. "
        f"{STUDY}, at the round nearest in sparsity (at most 5 points away). The study chose the "
        "best layer on test, this run on validation. The gold data of the study are its own, "
        f"{data}. A task without a hollow mark has no published figure there. The mean over "
        f"n = {replicates(run)}; bars reach over their 95 % bootstrap intervals.",
        task_chart(ours, run.cast, theirs),
    )
