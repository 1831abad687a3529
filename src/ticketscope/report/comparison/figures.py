"""The figures that show several runs: one colour per run.

Every `…_data` takes the rows of one run; `together` puts those of all runs below each other, and
the charts draw what comes out.
"""

from collections.abc import Callable, Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.measures.bounds import BOUNDS, SHARE, Bounds
from ticketscope.report.attention import figures as attention_figures
from ticketscope.report.behaviour.figures import apart
from ticketscope.report.comparison.compared_runs import over_replicates
from ticketscope.report.drawing.axes import (
    GREY,
    SHAPES,
    arm_dashes,
    arms_of,
    sparsity_axis,
    titles_of,
    value_axis,
)
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import with_dense
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at, pruned_rows
from ticketscope.report.drawing.metrics import with_given
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.drawing.pointing import SHARE as IN_PER_CENT
from ticketscope.report.drawing.sparsity_lines import dodged
from ticketscope.report.representations import figures as representation_figures

RUN_COLOURS: Final = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7F7F7F",
)
"""By Okabe and Ito (2008); from the start again after the last."""
GROUPS: Final = {
    "all": "all tasks",
    "morphology": "morphology",
    "syntax": "syntax",
    "semantics": "semantics",
    "syntax_without_dependencies": "syntax without dependencies",
}
QUALITY_OF: Final = ("measure", "against", "arm")
PROBES_OF: Final = ("group", "against", "arm")
PAIRS_OF: Final = ("phenomenon", "against", "arm")
LAYERS_OF: Final = ("shown", "module")
MATCHED_OF: Final = ("kind",)
"""What a figure can show, one at a time, and two runs must have for it to be compared."""
_AGAINST: Final = {"difference_control": "the control", "difference_dense": "the dense model"}
_CHANGES: Final = {
    "relative_change_control": "the control",
    "relative_change_dense": "the dense model",
}
WITH_DENSE: Final = "similarity with the dense model"
BEYOND: Final = "that minus the similarity of the control"
_CKA: Final = representation_figures.SIMILARITIES["cka_debiased"]
_POINTS: Final = 60
_BLEU: Final = Bounds(0.0, 100.0)

# ----------------------------------------------------------------------------- against sparsity


def quality_data(quality: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per pruned arm, level, test set and model compared with (`against`): the difference
    in BLEU, the mean over replicates with its interval; likewise in each metric that others
    gave."""
    parts = []
    for metric, name in with_given({"bleu": "BLEU"}, quality).items():
        rows = pruned_rows(quality[quality["metric"] == metric], cast).assign(measure=name)
        within = _BLEU.of_differences if metric == "bleu" else None
        found = _at_levels(_differences(rows, cast), [*QUALITY_OF, "test_set", "level"], within)
        if not found.empty:
            parts.append(found)
    return pd.concat(parts) if parts else quality.iloc[:0]


def probe_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per pruned arm, level, group of tasks and model compared with: the mean relative
    change of the score of its tasks in per cent."""
    rows = pruned_rows(probes[(probes["task"] == "") & probes["metric"].isin(_CHANGES)], cast)
    order = list(GROUPS)
    rows = drawn_at(rows, cast).sort_values("group", key=lambda names: names.map(order.index))
    rows = rows.assign(against=rows["metric"].map(_CHANGES), group=rows["group"].map(GROUPS))
    rows[["value", "lower", "upper"]] *= 100
    return _at_levels(rows, [*PROBES_OF, "level"])


def pairs_data(behaviour: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per pruned arm, level, phenomenon and model compared with: the difference in accuracy
    on minimal pairs."""
    of_pairs = (behaviour["bucket_kind"] == "phenomenon") & (behaviour["metric"] == "accuracy")
    pairs = pruned_rows(behaviour[of_pairs], cast)
    pairs = pairs.assign(phenomenon=apart(pairs["bucket"].replace("", "all"), cast))
    by = [*PAIRS_OF, "test_set", "level"]
    return _at_levels(_differences(pairs, cast), by, SHARE.of_differences)


def quality_chart(data: pd.DataFrame, cast: Cast, runs: Sequence[str]) -> alt.LayerChart:
    """BLEU of tickets, or a metric that others gave, minus that of what they are compared with, one
    line per run and test set."""
    measures = set(data["measure"])
    name, form = ("BLEU", "+.2f") if measures == {"BLEU"} else ("score", f"+{SCORE}")
    value = Told(f"{name} of the {cast.nouns.tickets} minus that", form)
    return _sparsity_chart(data, cast, runs, value, QUALITY_OF, "test_set")


def probe_chart(data: pd.DataFrame, cast: Cast, runs: Sequence[str]) -> alt.LayerChart:
    """Relative change of scores of probes, one line per run."""
    return _sparsity_chart(
        data, cast, runs, Told("change of the score, %", "+.2f"), PROBES_OF, "run"
    )


def pairs_chart(data: pd.DataFrame, cast: Cast, runs: Sequence[str]) -> alt.LayerChart:
    """Accuracy of tickets minus that of what they are compared with, one line per run and set."""
    value = Told(f"accuracy of the {cast.nouns.tickets} minus that", "+.3f")
    return _sparsity_chart(data, cast, runs, value, PAIRS_OF, "test_set")


def _sparsity_chart(
    data: pd.DataFrame, cast: Cast, runs: Sequence[str], value: Told, of: Sequence[str], shape: str
) -> alt.LayerChart:
    choosers = row_choosers(data, cast, *of)
    y = value_axis(value)
    lines = list(zip(data["run"], data[shape], strict=True))
    points, offset = dodged(data, lines, list(dict.fromkeys(lines)))

    def layer(rows: pd.DataFrame) -> alt.Chart:
        chart = chart_of(rows, choosers)
        return chart.encode(
            x=sparsity_axis(cast), y=y, color=_colours(data, runs), detail=alt.Detail(f"{shape}:N")
        )

    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    dots = layer(points).mark_point(xOffset=offset, filled=True, size=_POINTS, opacity=1.0)
    layers = [
        zero.encode(y=y),
        layer(points).mark_line(xOffset=offset),
        *_bars(points, lambda rows: layer(rows).mark_rule(xOffset=offset, strokeWidth=1.5)),
        pointed(dots.encode(shape=_shapes(data, shape)), cast, data.columns, {"value": value}),
    ]
    return figure(layers, choosers=choosers)


def _differences(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Each row once for each model that it is compared with, with the difference as its value."""
    parts = []
    for column, against in _AGAINST.items():
        known = drawn_at(rows[rows[column].notna()], cast)
        ends = {end: known[f"{column}_{end}"] for end in ("lower", "upper")}
        parts.append(known.assign(against=against, value=known[column], **ends))
    return pd.concat(parts)


def _at_levels(rows: pd.DataFrame, by: list[str], within: Bounds | None = None) -> pd.DataFrame:
    """The means over replicates, those of one level at its mean sparsity."""
    if rows.empty:
        return rows
    places = rows.groupby(["arm", "level"])["drawn_at"].mean().round(DIGITS)
    return over_replicates(rows, by, within).round(DIGITS).join(places, on=["arm", "level"])


# ----------------------------------------------------------------------------- at k*


def layer_data(
    similarity: pd.DataFrame, cast: Cast, arms: Sequence[str], level: int
) -> pd.DataFrame:
    """One row per module, layer, `shown` and arm: debiased CKA with the same layer of the dense
    model at the level; and of tickets, how far that is from the control's."""
    parts = []
    for module in dict.fromkeys(similarity["module"]):
        same = representation_figures.same_layer_data(similarity, cast, module)
        beyond = representation_figures.beyond_control_data(similarity, cast, module)
        of_cka = BOUNDS["cka_debiased"]
        for shown, rows, within in (
            (WITH_DENSE, same, of_cka),
            (BEYOND, beyond, of_cka.of_differences),
        ):
            at_level = (rows["measure"] == _CKA) & (rows["level"] == level)
            rows = rows[at_level & rows["arm"].isin(arms)].assign(module=module, shown=shown)
            parts.append(over_replicates(rows, [*LAYERS_OF, "arm", "layer"], within))
    return pd.concat(parts, ignore_index=True)


def matched_data(
    attention: pd.DataFrame, cast: Cast, arms: Sequence[str], level: int
) -> pd.DataFrame:
    """One row per kind of attention, layer and arm: the share of its heads that match
    themselves in the dense model at the level."""
    rows = with_dense(attention_figures.layers_compared(attention), cast)
    rows = rows[
        (rows["measure"] == "matched")
        & (rows["layer"] == rows["other_layer"])
        & (rows["level"] == level)
        & rows["arm"].isin(arms)
    ]
    rows = rows.assign(kind=rows["kind"].map(attention_figures.KINDS))
    return over_replicates(rows, [*MATCHED_OF, "arm", "layer"], SHARE)


def layer_chart(data: pd.DataFrame, cast: Cast, runs: Sequence[str]) -> alt.LayerChart:
    """Similarity against the layer, one line per run and arm."""
    return _layer_chart(data, cast, runs, Told("debiased CKA", SCORE), LAYERS_OF)


def matched_chart(data: pd.DataFrame, cast: Cast, runs: Sequence[str]) -> alt.LayerChart:
    """Heads kept against the layer, one line per run and arm."""
    return _layer_chart(
        data, cast, runs, Told("heads that match themselves", IN_PER_CENT), MATCHED_OF
    )


def _layer_chart(
    data: pd.DataFrame, cast: Cast, runs: Sequence[str], value: Told, of: Sequence[str]
) -> alt.LayerChart:
    """Solid for tickets and dashed for controls; runs beside each other."""
    y = value_axis(value)
    choosers = row_choosers(data, cast, *of)
    arms = arms_of(data, cast)
    legend = alt.Legend(symbolType="stroke", symbolSize=300, labelExpr=titles_of(arms, cast))

    def layer(rows: pd.DataFrame) -> alt.Chart:
        return chart_of(rows, choosers).encode(
            x=alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("run:N", sort=None),
            y=y,
            color=_colours(data, runs),
            detail=alt.Detail("arm:N"),
        )

    lines = layer(data).mark_line()
    points = layer(data).mark_point(filled=True, size=_POINTS, opacity=1.0)
    layers = [
        lines.encode(
            strokeDash=alt.StrokeDash("arm:N", scale=arm_dashes(arms, cast), legend=legend)
        ),
        *_bars(data, lambda rows: layer(rows).mark_rule(strokeWidth=1.5)),
        pointed(points, cast, data.columns, {"value": value}),
    ]
    return figure(layers, choosers=choosers)


# ----------------------------------------------------------------------------- shared parts


def _bars(data: pd.DataFrame, draw: Callable[[pd.DataFrame], alt.Chart]) -> list[alt.Chart]:
    """Intervals, where there are any."""
    known = data[data["lower"].notna()]
    return [] if known.empty else [draw(known).encode(y=alt.Y("lower:Q"), y2="upper:Q")]


def _colours(data: pd.DataFrame, runs: Sequence[str]) -> alt.Color:
    """A run has one colour in all figures, those that lack other runs among them."""
    present = [run for run in runs if data["run"].eq(run).any()]
    colours = [RUN_COLOURS[runs.index(run) % len(RUN_COLOURS)] for run in present]
    legend = alt.Legend(symbolType="stroke", symbolSize=300, symbolStrokeWidth=2.5)
    return alt.Color("run:N", scale=alt.Scale(domain=present, range=colours), legend=legend)


def _shapes(data: pd.DataFrame, column: str) -> alt.Shape:
    names = list(dict.fromkeys(data[column]))
    shapes = [SHAPES[place % len(SHAPES)] for place in range(len(names))]
    return alt.Shape(
        f"{column}:N",
        scale=alt.Scale(domain=names, range=shapes),
        legend=None if column == "run" else alt.Legend(),
    )
