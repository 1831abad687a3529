"""Loss of BLEU that others published, beside that of this run."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, sparsity_axis, value_axis
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import Chooser, row_chooser, row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, TICKET, drawn_at, pruned_rows
from ticketscope.report.drawing.pointing import Told
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.report.parts.part import Figure, Part
from ticketscope.report.parts.sample import replicates
from ticketscope.report.published.beside import DASH, NEAR, each, hollow
from ticketscope.report.published.study_tables import published, with_labels
from ticketscope.report.reading.run_tables import RunTables

_SPREAD: Final = 12
"""Pixels that the lines of a level take at most: published marks stand at their own sparsity."""
_DENSE: Final = "dense"
"""What the tables of published figures call the model that nothing was pruned of."""


def quality_data(quality: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per test set and ticket: its BLEU less that of the dense model of its replicate."""
    rows = quality[quality["metric"] == "bleu"]
    dense = rows["arm"] == cast.dense.name
    rows = rows[dense | rows["difference_dense"].notna()]
    ends = {end: rows[f"difference_dense_{end}"] for end in ("lower", "upper")}
    rows = drawn_at(rows.assign(value=rows["difference_dense"].mask(dense, 0.0), **ends), cast)
    columns = ["test_set", *TICKET, "drawn_at", "value", "lower", "upper"]
    return rows[columns].round(DIGITS)


def published_quality_data(reach: float) -> pd.DataFrame:
    """One row per source, method and sparsity up to the `reach`: BLEU less that of its dense model,
    at which every method starts."""
    table = pd.concat([_of_the_study(), published("quality")])
    dense = table[table["method"] == _DENSE]
    rows = table[table["method"] != _DENSE]
    methods = rows[["source", "method"]].drop_duplicates()
    starts = methods.merge(dense.drop(columns="method"), on="source")
    rows = pd.concat([starts, rows])
    rows = rows.merge(dense[["source", "bleu"]], on="source", suffixes=("", "_dense"))
    rows = rows[rows["sparsity"] <= reach].rename(columns={"sparsity": "drawn_at"})
    # A method with nothing but its start has no figure here.
    rows = rows[rows.groupby(["source", "method"])["drawn_at"].transform("max") > 0]
    rows = with_labels(rows.assign(value=rows["bleu"] - rows["bleu_dense"]))
    columns = ["whose", "method", "drawn_at", "bleu", "value"]
    return rows[columns].round(DIGITS).reset_index(drop=True)


def _of_the_study() -> pd.DataFrame:
    """BLEU of Movva and Zhao in the columns of the others, at the sparsity of the prunable
    weights."""
    rounds = published("bleu").rename(columns={"sparsity_prunable": "sparsity"})
    method = rounds["level"].map(lambda level: "learning-rate rewinding" if level else _DENSE)
    return rounds.assign(method=method)[["source", "method", "sparsity", "bleu"]]


def quality_chart(ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame) -> alt.LayerChart:
    """Loss of BLEU against sparsity, on one test set at a time, beside all published ones."""
    choosers = [*row_choosers(ours, cast, "test_set"), *_arm_choosers(ours, cast)]
    value = Told("BLEU minus the dense model's", "+.2f")
    base = alt.Chart(theirs).encode(
        x=sparsity_axis(cast), y=value_axis(value), detail=each("whose", "method")
    )
    lines = base.mark_line(color=GREY, strokeDash=DASH, strokeWidth=1, opacity=0.7)
    (study,) = set(with_labels(published("bleu"))["whose"])
    thick = base.mark_line(color=GREY, strokeDash=DASH, strokeWidth=3)
    thick = thick.transform_filter(f"datum.whose === '{study}'")
    layers = [
        lines,
        hollow(base, cast, theirs, value),
        thick,
        *series(ours, cast, value, True, choosers, spread=_SPREAD),
    ]
    chart = figure(layers, height=340, choosers=choosers)
    chart.resolve = alt.Resolve(scale=alt.ScaleResolveMap(shape="independent"))
    return chart


def _arm_choosers(ours: pd.DataFrame, cast: Cast) -> Iterator[Chooser]:
    """One arm that prunes beside the dense model and the control; at first all under study, where
    these are several."""
    arms = list(dict.fromkeys(pruned_rows(ours, cast)["arm"]))
    if len(arms) < 2:
        return
    studied = [arm.name for arm in cast.studied if arm.name in arms]
    together = {"": "all under study"} if len(studied) > 1 else {}
    labels = together | {arm: cast[arm].title for arm in arms}
    shown = f"indexof(arm === '' ? {json.dumps(studied)} : [arm], datum.arm) >= 0"
    others = json.dumps([cast.dense.name, cast.control_name])
    chooser = row_chooser("arm", list(labels), list(labels.values()), next(iter(labels)))
    drawn = f"{shown} || indexof({others}, datum.arm) >= 0"
    yield replace(chooser, transform=alt.FilterTransform(filter=drawn))


def published_quality(run: RunTables, quality: pd.DataFrame) -> Iterator[Part]:
    """Loss of BLEU against sparsity, in the run and in five studies."""
    ours = quality_data(quality, run.cast)
    if pruned_rows(ours, run.cast).empty:
        return
    theirs = published_quality_data(ours["drawn_at"].max() + NEAR)
    if theirs.empty:
        return
    yield Figure(
        "How much BLEU other studies lost at the same sparsity",
        "Each mark is BLEU minus the dense model's BLEU, since corpora, models and ways to compute "
        "BLEU differ. Hollow and grey marks are published, one line per method (point at a mark to "
        "read which). The thick line is Movva and Zhao 2020: learning-rate rewinding, one run, "
        "BLEU on newstest2014 after compound splitting, 27.77 when dense. It stands at the zeros "
        "of prunable weights, as this run does; its source counts all weights (70 % where 83 % of "
        "the prunable ones are zero). The others stand at the sparsity that each study counts, "
        "which need not be over the same weights as here. None has intervals, and all end at the "
        "highest sparsity of this run. Bars of this run are 95 % bootstrap intervals of the paired "
        "difference; "
        f"n = {replicates(run)}.",
        quality_chart(ours, run.cast, theirs),
    )
