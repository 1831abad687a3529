"""What the figures of probes share: their rows, tasks on an axis, what is compared with what."""

import json
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from ticketscope.annotation.tasks import TASKS
from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.choosers import Chooser, row_chooser
from ticketscope.report.drawing.drawn_rows import drawn_at
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT
from ticketscope.tables.probes import BEST

GROUP_OF: Final = {task.title: task.group for task in TASKS.values()}
"""By the title of a task."""
BASELINES: Final = {
    "random_encoder": "random encoder",
    "majority_by_word": "majority by word",
    "majority": "majority",
}
"""What a probe must beat to have found anything, by the columns of the table."""
CELL: Final = ["arm", "against", "task", "level"]
MARK_OFFSET: Final = 5
"""Pixels between a mark and the edges of its cell."""
ALPHA: Final = 0.05
"""Of an error in any of the tasks and levels of an arm and replicate."""
_ONE_LAYER: Final = ("linear", "mlp")
_TASK_WIDTH: Final = 200
"""Pixels that the longest title of a task needs."""

# ----------------------------------------------------------------------------- rows


def best_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of best layers, with their place on the sparsity axis and whether they are `worse`:
    significantly below the control."""
    rows = titled(drawn_at(probes[(probes["probe"] == BEST) & (probes["task"] != "")], cast))
    return rows.assign(score=rows["value"], worse=rows["p_below_control_holm"] <= ALPHA)


def of_layers(probes: pd.DataFrame) -> pd.DataFrame:
    """The test scores of single layers, the mean over seeds."""
    rows = probes[probes["probe"].isin(_ONE_LAYER) & (probes["split"] == "test")]
    return rows[rows["seed"].isna()]


def arms_to_choose(rows: pd.DataFrame, cast: Cast) -> list[str]:
    """The arms to choose from: all but the dense model, or that alone."""
    present = set(rows["arm"])
    return [arm.name for arm in cast.arms if arm.name in present] or [cast.dense.name]


def against_others(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Each row once for each model that it is compared with: `against`, `difference`, its ends."""
    parts = []
    for against, column in (
        (cast.dense.name, "difference_dense"),
        (cast.control_name, "difference_control"),
    ):
        part = rows[rows[column].notna()]
        ends = {"lower": part[f"{column}_lower"], "upper": part[f"{column}_upper"]}
        parts.append(part.assign(against=against, difference=part[column], **ends))
    return pd.concat(parts)


def comparisons(data: pd.DataFrame, cast: Cast) -> tuple[pd.DataFrame, Chooser]:
    """Number what is `compared`, arm by arm, and let it be chosen; its words are told once."""
    present = set(zip(data["arm"], data["against"], strict=True))
    pairs = [
        (a, b) for a in cast for b in (cast.dense.name, cast.control_name) if (a, b) in present
    ]
    numbers = pd.Series(zip(data["arm"], data["against"], strict=True), index=data.index)
    words = {cast.dense.name: "the dense model", cast.control_name: "the control"}
    labels = [f"{cast[arm].title} against {words[against]}" for arm, against in pairs]
    chooser = row_chooser("compared", range(len(pairs)), labels, 0)
    places = {pair: place for place, pair in enumerate(pairs)}
    return data.assign(compared=numbers.map(places)), chooser


def not_above(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """With a column of that name: the best of the baselines where the score is not above it, else
    "". Such a probe was not shown to find more than words alone tell."""
    baselines = rows[list(BASELINES)].astype(float).fillna(-np.inf).to_numpy()
    best = np.array([*BASELINES.values()])[baselines.argmax(axis=1)]
    below = rows[score].to_numpy(dtype=float) <= baselines.max(axis=1)
    return rows.assign(not_above=np.where(below, best, ""))


def titled(rows: pd.DataFrame) -> pd.DataFrame:
    """Tasks in the order of the study, under their titles (`task_id` is what the table has)."""
    order = list(TASKS)
    in_order = rows.sort_values("task", key=lambda ids: ids.map(order.index), kind="stable")
    titles = [TASKS[name].title for name in in_order["task"]]
    return in_order.assign(task_id=in_order["task"], task=titles)


def with_headings(data: pd.DataFrame) -> list[str]:
    """The tasks of the figure, each group of them under its name."""
    tasks = list(dict.fromkeys(data["task"]))
    groups = dict.fromkeys(GROUP_OF[task] for task in tasks)
    return [
        line
        for group in groups
        for line in (group.upper(), *(task for task in tasks if GROUP_OF[task] == group))
    ]


# ----------------------------------------------------------------------------- drawing


def tasks_axis(data: pd.DataFrame) -> alt.Y:
    """One line per task, with those of `with_headings` in bold."""
    lines = with_headings(data)
    headings = json.dumps([line for line in lines if line not in GROUP_OF])
    bold = alt.ExprRef(f"indexof({headings}, datum.value) < 0 ? 'normal' : 'bold'")
    labels = alt.Axis(labelLimit=_TASK_WIDTH, labelFontWeight=bold, grid=False)
    return alt.Y("task:N", title=None, scale=alt.Scale(domain=lines), axis=labels)


def ring(chart: alt.Chart) -> alt.Chart:
    """A small hollow mark in the upper left corner of a cell."""
    marked: alt.Chart = chart.mark_point(
        filled=False,
        size=16,
        strokeWidth=1.2,
        opacity=1.0,
        xOffset=alt.ExprRef(f"{MARK_OFFSET} - bandwidth('x') / 2"),
        yOffset=MARK_OFFSET - CELL_HEIGHT / 2,
    )
    return marked
