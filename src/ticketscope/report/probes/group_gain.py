"""How much of each kind of knowledge each layer holds at each sparsity, beside the study's map."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.annotation.tasks import TASKS
from ticketscope.arms.cast import Cast
from ticketscope.claims.verdicts import t_interval
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_chooser
from ticketscope.report.drawing.drawn_rows import drawn_at, level_shares, pruned_rows
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT, around_zero, cell_figures, ink
from ticketscope.report.drawing.pointing import Told, pointed
from ticketscope.report.parts.part import Figure, Part
from ticketscope.report.parts.sample import replicates
from ticketscope.report.parts.wording import listed, percent
from ticketscope.report.probes.task_rows import arms_to_choose, of_layers
from ticketscope.report.published.beside import OTHER_MODEL
from ticketscope.report.published.study_tables import published
from ticketscope.report.reading.run_tables import RunTables

_STUDIED: Final = ("morphology", "syntax", "semantics")
_DEPENDENCIES: Final = ("dependency_prediction", "dependency_labels")
"""Of syntax here, but not in the study's group."""
_CELL: Final = ["arm", "group", "level", "layer"]
_COLUMNS: Final = ["arm", "group", "rung", "layer", "drawn_at", "value", "lower", "upper"]
_GAP: Final = ""
"""A rung without cells, between those of the run and those of the study."""


def gain_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, group, rung (a level) and layer from 1 on: by how many per cent the scores
    of the group's tasks lie above each task's mean, the mean over tasks (`value`).

    The mean of a task is over the dense model and all levels of the arm, in these layers; tasks
    whose mean is not above 0 have none (`without_gain`). Groups are the study's. The mean over
    replicates; `lower` and `upper` are its 95 % t interval, absent where there is one replicate.
    """
    rows = _gains(probes, cast).dropna(subset="value")
    found = []
    of_replicates = rows.groupby([*_CELL, "replicate"], sort=False)[["drawn_at", "value"]].mean()
    for key, cell in of_replicates.reset_index().groupby(_CELL, sort=False):
        mean = t_interval(cell["value"].to_numpy(dtype=float))
        found.append((*key, cell["drawn_at"].mean(), mean.value, mean.lower, mean.upper))
    ends = {"lower": float, "upper": float}
    cells = pd.DataFrame(found, columns=[*_CELL, "drawn_at", "value", *ends]).astype(ends)
    shares = level_shares(cells, "drawn_at")
    cells = cells.assign(rung=[f"here, {level}: {shares[level]}" for level in cells["level"]])
    cells = cells.sort_values("level", kind="stable").reset_index(drop=True)
    return cells[_COLUMNS].round({"value": 2, "drawn_at": 4, "lower": 2, "upper": 2})


def without_gain(probes: pd.DataFrame, cast: Cast) -> list[str]:
    """The titles of the tasks that have no gain under some arm and replicate."""
    rows = _gains(probes, cast)
    lacking = set(rows.loc[rows["value"].isna(), "task"])
    return [task.title for name, task in TASKS.items() if name in lacking]


def _gains(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, replicate, task, level and layer: the gain of the task (`value`); the dense
    model is level 0 of every arm."""
    rows = drawn_at(of_layers(probes), cast)
    of_study = rows["task"].map(lambda task: TASKS[task].of_study and task not in _DEPENDENCIES)
    rows = rows[of_study & rows["group"].isin(_STUDIED) & (rows["layer"] > 0)]
    arms = arms_to_choose(rows, cast)
    parts = [rows[rows["arm"].isin((cast.dense.name, arm))].assign(arm=arm) for arm in arms]
    of_arms: pd.DataFrame = pd.concat(parts, ignore_index=True)
    mean = of_arms.groupby(["arm", "task", "replicate"])["value"].transform("mean")
    return of_arms.assign(value=100 * (of_arms["value"] / mean.where(mean > 0) - 1))


def published_gain_data() -> pd.DataFrame:
    """The same of the study, whose `arm` is empty: its mean of a task is over all of its models. It
    has no interval."""
    table = published("probe_groups").rename(columns={"gain_percent": "value"})
    share = table["sparsity_prunable"]
    places = zip(table["level"], share, strict=True)
    rungs = [f"study, {level}: {percent(at)}" for level, at in places]
    ends = {"lower": float("nan"), "upper": float("nan")}
    return table.assign(arm="", rung=rungs, drawn_at=share, **ends)[_COLUMNS]


def gain_chart(ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame) -> alt.LayerChart:
    """Heat map of levels by layers, the run's above the study's, one group and arm at a time.

    Colours are centred on 0 and reach as far as the group does, in the run or in the study.
    """
    groups = [group for group in _STUDIED if group in set(ours["group"])]
    arms = list(dict.fromkeys(ours["arm"]))
    titles = [cast[arm].title for arm in arms]
    of_arm = row_chooser("arm", arms, titles, arms[0])
    with_study = alt.FilterTransform(filter="datum.arm === arm || datum.arm === ''")
    choosers = [
        row_chooser("group", groups, groups, groups[0]),
        replace(of_arm, transform=with_study),
    ]
    data = pd.concat([ours, theirs[theirs["group"].isin(groups)]], ignore_index=True)
    strongest = data["value"].abs().groupby(data["group"]).max().clip(lower=0.1)
    reach = f"{json.dumps(strongest.to_dict())}[group]"
    rungs = [*dict.fromkeys(ours["rung"]), _GAP, *dict.fromkeys(theirs["rung"])]
    base = chart_of(data, choosers).encode(
        x=alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("rung:N", title="level or round: sparsity", scale=alt.Scale(domain=rungs)),
    )
    legend = alt.Legend(title="gain, %", format="+.0f", gradientLength=160)
    colour = around_zero((alt.ExprRef(f"-{reach}"), alt.ExprRef(reach)), legend)
    cells = pointed(
        base.mark_rect().encode(color=colour),
        cast,
        ["rung", "layer", "drawn_at", "value", "lower", "upper"],
        {"rung": Told("level, or round of the study"), "value": Told("gain, %", "+.1f")},
    )
    figures = cell_figures(
        base,
        alt.Text("value:Q", format="+.1f"),
        ink(f"abs(datum.value) > 0.6 * {reach}"),
        num_columns=data["layer"].nunique(),
    )
    return figure([cells, figures], height=CELL_HEIGHT * len(rungs), choosers=choosers)


def published_gain(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    """The run's map and the study's, with what differs."""
    if pruned_rows(probes, run.cast).empty:
        return
    ours = gain_data(probes, run.cast)
    if ours.empty:
        return
    lacking = without_gain(probes, run.cast)
    left_out = f"Left out, since the mean is not above 0: {listed(lacking)}. " if lacking else ""
    interval = (
        "point at a cell to read its 95 % t interval over the replicates."
        if ours["lower"].notna().any()
        else "there is no interval, which takes two replicates."
    )
    yield Figure(
        "How much of each kind of knowledge each layer holds, here and in the study",
        "Each cell is the gain: by how many per cent the score of a task lies above the mean of"
        " that task, the mean over the tasks of the group. Read from left to right where the "
        "knowledge is, and from top to bottom what pruning did to it. The lower rows are "
        "published: Movva and Zhao 2020, Transformer-big on WMT16 En-De, one run, layers 2 to "
        "6, no interval. What differs: here the mean of a task is over the dense model and all "
        "probed levels of the arm chosen, in the layers from 1 on; the study's is over all of "
        "its own models. The gold data of the study are its own, and so are its tasks: a task "
        "that this run lacks is missing from the group here. Syntax is without the two "
        "dependency tasks, as in the study. "
        f"{OTHER_MODEL} {left_out}The mean over {replicates(run)} and the seeds of each probe; "
        f"{interval}",
        gain_chart(ours, run.cast, published_gain_data()),
    )
