"""Similarity of heads that others published, beside that of this run."""

from collections.abc import Iterator
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.attention.figures import KINDS, in_order, layers_compared
from ticketscope.report.drawing.axes import GREY, LOOSE, arms_of
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import named, with_dense
from ticketscope.report.drawing.drawn_rows import drawn_at, pruned_rows
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.parts.part import Figure, Part
from ticketscope.report.parts.sample import replicates
from ticketscope.report.parts.wording import count
from ticketscope.report.published.beside import (
    DASH,
    OFFSET,
    STUDY,
    at_nearest_level,
    dots,
    each,
    level_in_words,
    reach_of_replicates,
)
from ticketscope.report.published.study_tables import published, with_labels
from ticketscope.report.reading.run_tables import RunTables

HEADS: Final = {"pearson": "correlation, best head", "matched": "heads that match themselves"}
"""Measures of attention.csv, likewise."""
_HEAD_LINE: Final = 7
"""Pixels between the layers of a kind of attention."""


def head_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, level, kind, layer and measure: its heads compared with those of the same
    layer of the dense model."""
    rows = drawn_at(with_dense(layers_compared(attention), cast), cast)
    rows = rows[rows["layer"] == rows["other_layer"]]
    rows = in_order(named(rows, HEADS))
    rows = rows.assign(kind=rows["kind"].map(KINDS))
    return reach_of_replicates(rows, ["measure", "arm", "level", "kind", "layer"])


def published_head_data() -> pd.DataFrame:
    """Two rows per kind, measure and range of `layers`: the lowest layer and the highest."""
    table = in_order(named(published("attention"), HEADS))
    first, last = table["first_layer"].astype(str), table["last_layer"].astype(str)
    layers = first.mask(first != last, first + " to " + last)
    ranges = with_labels(table.assign(layers=layers, kind=table["kind"].map(KINDS)))
    keys = ["whose", "level", "sparsity_prunable", "measure", "kind", "layers"]
    ends = ranges.melt(keys, ["lowest", "highest"], "end")
    return ends.drop_duplicates([*keys, "value"], ignore_index=True)


def head_chart(ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame) -> alt.LayerChart:
    """Dots of layers, from layer 1 down, by kind and arm, one measure at a time; published ranges
    lie above them."""
    choosers = row_choosers(ours, cast, "measure")
    value = Told("similarity with the dense layer's heads", SCORE)
    x = alt.X("value:Q", title=value.title, scale=LOOSE)
    y = alt.Y("kind:N", sort=list(dict.fromkeys(ours["kind"])), title=None)
    arms, num_layers = arms_of(ours, cast), ours["layer"].max()
    num_lines = 1 + len(arms) * (num_layers + 1)  # the first published, one free above each arm
    top = -_HEAD_LINE * num_lines / 2
    line = ours["arm"].map(arms.index) * (num_layers + 1) + ours["layer"] + 1
    ours = ours.assign(dodge=top + _HEAD_LINE * line)
    theirs = theirs.assign(dodge=top + _HEAD_LINE)
    ranges = chart_of(theirs, choosers).mark_line(color=GREY, strokeDash=DASH, yOffset=OFFSET)
    joined = ranges.encode(x=x, y=y, detail=each("whose", "kind", "layers"))
    layers = [joined, *dots(ours, theirs, (x, value), y, choosers, cast)]
    height = _HEAD_LINE * (num_lines + 2) * ours["kind"].nunique()
    return figure(layers, height=height, choosers=choosers)


def published_attention(run: RunTables, attention: pd.DataFrame) -> Iterator[Part]:
    """Similarity of heads with the dense model's by kind of attention."""
    theirs = published_head_data()
    compared = head_data(attention, run.cast)
    if pruned_rows(compared, run.cast).empty:
        return
    ours = at_nearest_level(compared, theirs)
    num_heads = count(int(attention["head"].max()) + 1)
    yield Figure(
        "How far heads left the dense model in the study",
        f"Each dot is a layer, layer 1 on top, at {level_in_words(ours)}. {STUDY}, at "
        f"{level_in_words(theirs)}: a dashed line reaches from the lowest layer to the highest, "
        "and layer 1 of the encoder stands apart. Both take the best of all heads of the layer: "
        f"16 in the study, {num_heads} here, and the best of more heads is better. The code of the "
        "study scores identical rows of L keys (L − 1)/L, weighs all rows alike, takes the masked "
        "zeros of decoder self-attention for agreement, and could score encoder-decoder heads "
        f"above 1. The mean over n = {replicates(run)}; "
        "bars reach over the 95 % jackknife intervals of correlation.",
        head_chart(ours, run.cast, theirs),
    )
