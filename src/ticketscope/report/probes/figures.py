"""The figures of what probes read off the layers.

A mark is the mean over replicates. Where it has an interval, that reaches from the lowest to the
highest end of the intervals of the replicates.
"""

import json
from dataclasses import replace
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import (
    GREY,
    arms_of,
    by_arm,
    rung_title,
    sparsity_axis,
    value_axis,
)
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import column_chooser, row_chooser, row_choosers
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at, level_shares, rung_names
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT, around_zero, cell_figures, ink
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import DODGE
from ticketscope.report.probes.task_rows import (
    BASELINES,
    CELL,
    GROUP_OF,
    MARK_OFFSET,
    against_others,
    arms_to_choose,
    best_data,
    comparisons,
    not_above,
    of_layers,
    ring,
    tasks_axis,
    titled,
    with_headings,
)

GROUPS: Final = {
    "morphology": "#56B4E9",
    "syntax": "#009E73",
    "syntax without dependencies": "#009E73",
    "semantics": "#CC79A7",
    "all": GREY,
}
"""Groups of tasks as the page names them, with their colours."""
_DENSE_RUNG: Final = "0: dense"
_LOSS: Final = {
    "value": Told("change of the score, %", "+.1f"),
    "lower": Told("95 % interval of the difference in score", "+.3f"),
}

# ----------------------------------------------------------------------------- what each task lost


def loss_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, what it is compared with (`against`), task and level: the score of the best
    layer, the other's, and the difference of the two in per cent of the other's (`value`).

    `lower` and `upper` are the interval of the difference in points. `worse`: significantly below
    the control in every replicate. `not_above`: see there. A row whose other score is not above 0
    has no relative change, and is left out.
    """
    rows = against_others(best_data(probes, cast), cast)
    rows = rows.assign(other_score=rows["score"] - rows["difference"])
    rows = rows[rows["other_score"] > 0]
    rows = rows.assign(value=100 * rows["difference"] / rows["other_score"])
    kept = rows.groupby(CELL, sort=False)
    cells = kept.agg(
        drawn_at=("drawn_at", "mean"),
        value=("value", "mean"),
        score=("score", "mean"),
        other_score=("other_score", "mean"),
        lower=("lower", "min"),
        upper=("upper", "max"),
        worse=("worse", "all"),
        random_encoder=("random_encoder", "mean"),
        majority_by_word=("majority_by_word", "mean"),
        majority=("majority", "mean"),
        num_test=("num_test", "max"),
    )
    return not_above(cells, "score").round(DIGITS).reset_index()


def loss_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of tasks by levels, one arm and what it is compared with at a time.

    A dot marks what is `worse`, a ring what is `not_above` a baseline. Colours are centred on 0 and
    reach as far as the comparison does.
    """
    cells, chooser = comparisons(data.assign(rung=rung_names(data)), cast)
    strongest = cells["value"].abs().groupby(cells["compared"]).max().clip(lower=0.1)
    reach = f"{json.dumps(strongest.to_list())}[compared]"
    shown = cells.drop(columns=["arm", "against", "level", "drawn_at"])
    base = chart_of(shown, [chooser]).encode(
        x=alt.X("rung:N", sort=None, title=rung_title(cast)), y=tasks_axis(cells)
    )
    tooltip = [column for column in shown.columns if column != "compared"]
    legend = alt.Legend(title="change, %", format="+.1f", gradientLength=100)
    colour = around_zero((alt.ExprRef(f"-{reach}"), alt.ExprRef(reach)), legend)
    colour_on_cell = ink(f"abs(datum.value) > 0.6 * {reach}")
    marks = base.transform_filter("datum.worse").mark_point(
        filled=True,
        size=16,
        opacity=1.0,
        xOffset=alt.ExprRef(f"bandwidth('x') / 2 - {MARK_OFFSET}"),
        yOffset=MARK_OFFSET - CELL_HEIGHT / 2,
    )
    rings = ring(base.transform_filter("datum.not_above !== ''"))
    return figure(
        [
            pointed(base.mark_rect().encode(color=colour), cast, tooltip, _LOSS),
            cell_figures(
                base, alt.Text("value:Q", format="+.1f"), colour_on_cell, cells["rung"].nunique()
            ),
            marks.encode(color=colour_on_cell),
            rings.encode(color=colour_on_cell),
        ],
        height=CELL_HEIGHT * len(with_headings(cells)),
        choosers=[chooser],
    )


# ----------------------------------------------------------------------------- layer by layer


def layer_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per task, rung (a level, or a baseline below them) and layer; one column per arm.

    The dense model and the baselines are the same in every column. `floor` is the highest
    of the baselines' scores of the task and layer.
    """
    rows = titled(drawn_at(of_layers(probes), cast))
    arms = arms_to_choose(rows, cast)
    keys = ["task", "rung", "layer"]
    levels = rows[rows["arm"] != cast.dense.name]
    shares = level_shares(levels, "drawn_at")
    names = {level: f"{level}: {share}" for level, share in shares.items()}
    rungs = rows.assign(rung=rows["level"].map({0: _DENSE_RUNG} | names)).sort_values(
        "level", kind="stable"
    )
    scores = rungs.pivot_table(index=keys, columns="arm", values="value", sort=False)
    if cast.dense.name in scores and arms != [cast.dense.name]:
        scores = scores.assign(**{arm: scores[arm].fillna(scores[cast.dense.name]) for arm in arms})
    # The baselines are of the data and of an untrained encoder, not of a level.
    dense = rows[rows["arm"] == cast.dense.name].groupby(["task", "layer"], sort=False)
    below = [
        dense[column].mean().reset_index(name="value").assign(rung=name)
        for column, name in BASELINES.items()
    ]
    known = pd.concat(below).dropna(subset="value").set_index(keys)["value"]
    baselines = pd.DataFrame(dict.fromkeys(arms, known))
    rows = pd.concat([scores[arms], baselines])
    best = known.groupby(["task", "layer"]).max().rename("floor").reset_index()
    return rows.reset_index().merge(best, on=["task", "layer"]).round(DIGITS)


def layer_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of levels and baselines by layers, one task and arm at a time.

    Colours reach from the lowest to the highest score of the task, baselines apart. A ring marks
    what is not above the best baseline.
    """
    arms = [str(column) for column in data if column in cast]
    tasks = list(dict.fromkeys(data["task"]))
    choosers = [
        row_chooser("task", tasks, [f"{GROUP_OF[task]}: {task}" for task in tasks], tasks[0]),
        column_chooser("arm", {arm: cast[arm].title for arm in arms}),
    ]
    levels = data[~data["rung"].isin(BASELINES.values())]
    scores = levels[[*arms, "task"]].groupby("task", sort=False)
    ends = pd.DataFrame({"lowest": scores.min().min(axis=1), "highest": scores.max().max(axis=1)})
    lowest, highest = (f"{ends[end].to_json()}[task]" for end in ends)
    rungs = list(dict.fromkeys(data["rung"]))
    base = (
        chart_of(data, choosers)
        .transform_filter("isValid(datum.value)")
        .encode(
            x=alt.X("layer:O", title="layer (0: embeddings)", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("rung:N", sort=None, title=None, scale=alt.Scale(domain=rungs)),
        )
    )
    colour = alt.Color(
        "value:Q",
        scale=alt.Scale(
            scheme="cividis",
            domainMin=alt.ExprRef(lowest),
            domainMax=alt.ExprRef(highest),
            clamp=True,
        ),
        legend=alt.Legend(title="score", format=".2f", gradientLength=100),
    )
    cells = base.mark_rect().encode(color=colour)
    cells = pointed(cells, cast, ["rung", "layer", "value"], {"value": Told("score", SCORE)})
    colour_on_cell = ink(f"datum.value < ({lowest} + {highest}) / 2")
    figures = cell_figures(
        base,
        alt.Text("value:Q", format=".3f"),
        colour_on_cell,
        num_columns=data["layer"].nunique(),
    )
    is_level = f"indexof({json.dumps(list(BASELINES.values()))}, datum.rung) < 0"
    below = base.transform_filter(f"{is_level} && datum.value <= datum.floor")
    rings = ring(below).encode(color=colour_on_cell)
    return figure([cells, figures, rings], height=CELL_HEIGHT * len(rungs), choosers=choosers)


# ----------------------------------------------------------------------------- groups of tasks


def group_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, what it is compared with, group and level: the mean relative change of its
    tasks in per cent, with its interval."""
    against = {
        "relative_change_dense": cast.dense.name,
        "relative_change_control": cast.control_name,
    }
    rows = drawn_at(probes[(probes["task"] == "") & probes["metric"].isin(against)], cast)
    rows = rows.assign(
        against=rows["metric"].map(against), group=rows["group"].str.replace("_", " ")
    )
    rows[["value", "lower", "upper"]] *= 100
    cells = rows.groupby(["arm", "against", "group", "level"], sort=False).agg(
        drawn_at=("drawn_at", "mean"),
        value=("value", "mean"),
        lower=("lower", "min"),
        upper=("upper", "max"),
    )
    return cells.round(DIGITS).reset_index()


def group_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Relative change against sparsity, one line per group; where it is against the dense model,
    all tasks of the control as a band."""
    cells, chooser = comparisons(data, cast)
    present = set(cells["group"])
    groups = [group for group in GROUPS if group in present]
    offsets = {group: DODGE * (place - len(groups) / 2) for place, group in enumerate(groups)}
    value = Told("change of the score, %", "+.2f")
    y, told = value_axis(value), {"value": value}
    base = chart_of(cells.assign(dodge=cells["group"].map(offsets)), [chooser]).encode(
        x=sparsity_axis(cast),
        y=y,
        color=alt.Color(
            "group:N",
            scale=alt.Scale(domain=groups, range=[GROUPS[group] for group in groups]),
            legend=alt.Legend(symbolType="stroke", symbolSize=300, symbolStrokeWidth=2.5),
        ),
    )
    dashes = alt.Scale(domain=groups, range=[[4, 3] if "without" in g else [1, 0] for g in groups])
    offset = alt.ExprRef("datum.dodge")
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 4], color=GREY)
    lines = base.mark_line(xOffset=offset).encode(
        strokeDash=alt.StrokeDash("group:N", scale=dashes)
    )
    bars = base.mark_rule(xOffset=offset, strokeWidth=1.5).encode(y=alt.Y("lower:Q"), y2="upper:Q")
    points = base.mark_point(xOffset=offset, filled=True, size=45, opacity=1.0)
    layers = [
        zero.encode(y=y),
        lines,
        bars,
        pointed(points, cast, ["group", "level", "drawn_at", "value", "lower", "upper"], told),
    ]
    band = _control_band(cells, cast)
    if not band.empty:
        colour = cast[cast.control_name].colour
        area = chart_of(band, [chooser]).mark_area(opacity=0.25, color=colour, stroke=colour)
        layers.insert(0, area.encode(x=sparsity_axis(cast), y=alt.Y("lower:Q"), y2="upper:Q"))
    return figure(layers, choosers=[chooser])


def _control_band(cells: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """All tasks of the control, compared with what each arm is: with itself it changes nothing."""
    rows = cells[(cells["arm"] == cast.control_name) & (cells["group"] == "all")]
    under = cells[["compared", "against"]].drop_duplicates()
    band = under.merge(rows[["level", "drawn_at", "lower", "upper"]], how="cross")
    itself = band["against"] == cast.control_name
    band[["lower", "upper"]] = band[["lower", "upper"]].mask(itself, 0.0)
    return band.drop(columns="against")


# ----------------------------------------------------------------------------- selectivity


def selectivity_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per token task, arm, level and layer: accuracy minus that of the control task.

    `lower` and `upper`: from the lowest to the highest end of the replicates' intervals over seeds;
    absent where there is one seed.
    """
    rows = of_layers(probes)
    rows = titled(drawn_at(rows[rows["selectivity"].notna()], cast))
    cells = rows.groupby(["task", "arm", "level", "layer"], sort=False).agg(
        sparsity_prunable=("drawn_at", "mean"),
        value=("selectivity", "mean"),
        lower=("selectivity_lower", "min"),
        upper=("selectivity_upper", "max"),
    )
    return cells.dropna(axis=1, how="all").round(DIGITS).reset_index()


def selectivity_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Selectivity against the layer, one line per arm, one task and level at a time.

    The dense model is drawn beside every level.
    """
    pruned = data[data["arm"] != cast.dense.name]
    tasks = list(dict.fromkeys(data["task"]))
    choosers = [row_chooser("task", tasks, tasks, tasks[0])]
    if not pruned.empty:
        (level,) = row_choosers(pruned, cast, "level")
        with_dense = alt.FilterTransform(filter="datum.level === level || datum.level === 0")
        choosers.append(replace(level, transform=with_dense))
    arms, value = arms_of(data, cast), Told("selectivity (accuracies)", SCORE)
    base = chart_of(data.drop(columns="sparsity_prunable"), choosers).encode(
        x=alt.X("layer:O", title="layer (0: embeddings)", axis=alt.Axis(labelAngle=0)),
        y=value_axis(value),
        color=by_arm(arms, cast),
    )
    ends = [column for column in ("lower", "upper") if column in data]
    bars = [base.mark_rule(opacity=0.6).encode(y=alt.Y("lower:Q"), y2="upper:Q")] if ends else []
    points = base.mark_point(filled=True, size=45, opacity=1.0)
    points = pointed(points, cast, ["arm", "level", "layer", "value", *ends], {"value": value})
    return figure([base.mark_line(), *bars, points], choosers=choosers)
