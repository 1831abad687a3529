"""Similarity of layers that others published, beside that of this run."""

from collections.abc import Iterator
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, LOOSE, arms_of, axis, by_arm, value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import named, with_dense
from ticketscope.report.drawing.drawn_rows import drawn_at, pruned_rows
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.parts.part import Figure, Part, Prose
from ticketscope.report.parts.sample import neurons_of, replicates, with_control
from ticketscope.report.published.beside import (
    DASH,
    OTHER_MODEL,
    STUDY,
    at_nearest_level,
    hollow,
    level_in_words,
    reach_of_replicates,
)
from ticketscope.report.published.study_tables import published, with_labels
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.representations.published_maps import published_maps
from ticketscope.report.representations.published_singles import (
    components,
    neurons_in_place,
    singles_table,
)
from ticketscope.tables.table import NotMeasured

SIMILARITIES: Final = {"cka": "CKA", "maxcorr": "best correlation of a neuron"}
"""Measures of similarity.csv that are published too, as the page names them."""


def layer_data(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, level, layer of the encoder and measure: its similarity with the same layer
    of the dense model. `depth` is the layer as a share of the last."""
    rows = drawn_at(with_dense(similarity[similarity["module"] == "encoder"], cast), cast)
    rows = rows[(rows["layer"] == rows["other_layer"]) & (rows["layer"] > 0)]
    rows = named(rows.assign(depth=rows["layer"] / rows["layer"].max()), SIMILARITIES)
    return reach_of_replicates(rows, ["measure", "arm", "level", "layer", "depth"])


def published_layer_data() -> pd.DataFrame:
    """The same of the study, which has one level."""
    table = published("similarity")
    table = named(table.assign(depth=table["layer"] / table["layer"].max()), SIMILARITIES)
    return with_labels(table)[
        ["whose", "level", "sparsity_prunable", "measure", "layer", "depth", "value"]
    ]


def layer_chart(ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame) -> alt.LayerChart:
    """Similarity against depth, one line per arm at the one level of `ours`, one measure at a
    time."""
    choosers = row_choosers(ours, cast, "measure")
    x = alt.X("depth:Q", title="depth: layer as a share of the last", axis=axis(".0%"), scale=LOOSE)
    value = Told("similarity with the dense layer", SCORE)
    y = value_axis(value)
    line = chart_of(theirs, choosers).mark_line(color=GREY, strokeDash=DASH).encode(x=x, y=y)
    base = chart_of(ours, choosers).encode(x=x, y=y, color=by_arm(arms_of(ours, cast), cast))
    bars = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("lower:Q"), y2="upper:Q")
    points = base.mark_point(filled=True, size=45, opacity=1.0)
    points = pointed(points, cast, ours.columns, {"value": value})
    marks = hollow(chart_of(theirs, choosers).encode(x=x, y=y), cast, theirs, value)
    return figure([line, base.mark_line(), bars, points, marks], choosers=choosers)


def published_representations(run: RunTables) -> Iterator[Part]:
    """Similarity of layers with layers, with the dense model layer by layer, and single figures."""
    if not isinstance(run.similarity, NotMeasured):
        for module in dict.fromkeys(run.similarity["module"]):
            yield from published_maps(run, run.similarity, module)
        theirs = published_layer_data()
        compared = layer_data(run.similarity, run.cast)
        if not pruned_rows(compared, run.cast).empty:
            ours = at_nearest_level(compared, theirs)
            yield Figure(
                "How far layers left the dense model in the study",
                "Similarity with the same layer of the dense model: this run at "
                f"{level_in_words(ours)}, the study at {level_in_words(theirs)}. {STUDY}, over "
                "10,000 words, 6 layers of 1,024 neurons and without a control"
                + with_control(ours, run.cast, "; this run has the control beside it")
                + f". CKA is linear and not debiased, as in the study. {OTHER_MODEL} The mean "
                f"over n = {replicates(run)}; bars reach over their 95 % jackknife intervals.",
                layer_chart(ours, run.cast, theirs),
            )
    if not isinstance(run.neurons, NotMeasured) and not pruned_rows(run.neurons, run.cast).empty:
        found = neurons_in_place(run.neurons, run.cast, neurons_of(run))
        if found:
            yield singles_table(
                "Encoder neurons found in their place, in the study and here", "match with", found
            )


def published_complexity(run: RunTables, complexity: pd.DataFrame) -> Iterator[Part]:
    """How many components the last encoder layer needs."""
    found = components(complexity, run.cast, neurons_of(run))
    if found and not pruned_rows(complexity, run.cast).empty:
        yield singles_table(
            "Components of the last encoder layer, in the study (read off a plot) and here",
            "needed for",
            found,
        )
        yield Prose(
            "Components of this run are those of centred vectors, the study's of vectors as they "
            "are. An offset that all words share is then a component by itself: in the study the "
            "share of the first one rises from .10 to .245, and without it some 338 become 256, "
            "so over half of the published fall may be the offset."
        )
