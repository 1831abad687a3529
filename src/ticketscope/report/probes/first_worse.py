"""Which task fell when: the first level at which it is significantly below the control."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.probing.statistics import enough_resamples
from ticketscope.report.parts.part import Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count, listed, number, percent, plural
from ticketscope.report.probes.task_rows import BASELINES, best_data, not_above
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

NEVER = "—"


def not_above_baselines(probes: pd.DataFrame, cast: Cast) -> Iterator[Part]:
    """In a sentence what the dense model was not shown to know."""
    dense = _dense(best_data(probes, cast), cast)
    doubtful = dense[dense["not_above"] != ""]
    if doubtful.empty:
        return
    tasks = [f"{task} ({baseline})" for task, baseline in doubtful["not_above"].items()]
    yield Prose(
        f"In {len(doubtful)} of {plural(len(dense), 'task')} the dense model does not score above "
        f"the best baseline: {listed(tasks)}. What happens there after pruning says little about "
        "what a network knows.",
        lead="Not above a baseline.",
    )


def _dense(best: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """By task the dense model's score and baselines, the means over replicates, and `not_above`."""
    dense = best[best["arm"] == cast.dense.name].groupby("task", sort=False)
    return not_above(dense[["score", *BASELINES]].mean(), "score")


def first_worse(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    """In one sentence per arm which tasks fell, and whether that could have been found at all."""
    best = best_data(probes, run.cast)
    tested = best[best["p_below_control_holm"].notna()]
    if tested.empty:
        yield Gap(_untested(run))
        return
    num_tests = int(tested.groupby(["arm", "replicate"]).size().max())
    needed, resamples = enough_resamples(num_tests), run.study.probing.resamples
    if resamples < needed:
        yield Prose(
            f"No loss can be significant: with {count(resamples)} resamples no p-value is small "
            f"enough to survive Holm's correction for {count(num_tests)} tests. Set "
            f"probing.resamples to {count(needed)} or more; that trains no probe again.",
            lead="Too few resamples.",
        )
    each = " in every replicate" if run.study.replicates > 1 else ""
    for arm, of_arm in tested.groupby("arm", sort=False):
        found = {task: _first(rows) for task, rows in of_arm.groupby("task", sort=False)}
        fallen = {str(task): first for task, first in found.items() if first is not None}
        if not fallen:
            yield Prose(
                f"None of {plural(len(found), 'task')} falls significantly below the control"
                f"{each}, at any level. This does not prove that none fell.",
                lead=f"{run.cast[str(arm)].title}:",
            )
            continue
        lowest = min(first["drawn_at"] for first in fallen.values())
        earliest = [task for task, first in fallen.items() if first["drawn_at"] == lowest]
        fall = "falls" if len(fallen) == 1 else "fall"
        yield Prose(
            f"{len(fallen)} of {plural(len(found), 'task')} {fall} significantly below the control "
            f"at some level{each}; first, at {percent(lowest)} zero, {listed(earliest)}.",
            lead=f"{run.cast[str(arm)].title}:",
        )


def _first(rows: pd.DataFrame) -> "pd.Series[float] | None":
    """The means over replicates at the first level where a task is worse in all of them."""
    levels = rows.groupby("level").agg(
        worse=("worse", "all"), drawn_at=("drawn_at", "mean"), score=("score", "mean")
    )
    worse = levels[levels["worse"]]
    return None if worse.empty else worse[["drawn_at", "score"]].iloc[0]


def first_worse_tables(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    """For each arm where each task fell, beside what the dense model and the baselines score."""
    best = best_data(probes, run.cast)
    tested = best[best["p_below_control_holm"].notna()]
    for place, arm in enumerate(dict.fromkeys(tested["arm"])):
        tasks = dict.fromkeys(tested.loc[tested["arm"] == arm, "task"])
        yield Table(
            title=f"{run.cast[arm].title}: where each task is first significantly below the "
            "control",
            columns=(
                "task",
                "metric",
                "zeros, prunable",
                "score there",
                "dense",
                "majority",
                "by word",
                "random encoder",
                "dense not above",
                "train targets",
                "test targets",
            ),
            rows=tuple(_first_row(run, best[best["task"] == task], arm) for task in tasks),
            num_text=2,
            folded=place > 0,
        )


def _first_row(run: RunTables, of_task: pd.DataFrame, arm: str) -> tuple[str, ...]:
    dense = of_task[of_task["arm"] == run.cast.dense.name]
    about, scores = dense.to_dict("records")[0], dense.mean(numeric_only=True)
    (doubt,) = _dense(of_task, run.cast)["not_above"]
    first = _first(of_task[of_task["arm"] == arm])
    there = (NEVER, "") if first is None else (percent(first["drawn_at"]), _score(first["score"]))
    return (
        about["task"],
        about["metric"],
        *there,
        *(
            _score(scores[column])
            for column in ("score", "majority", "majority_by_word", "random_encoder")
        ),
        doubt,
        *_targets(run, about),
    )


def _targets(run: RunTables, about: Mapping[Any, Any]) -> tuple[str, str]:
    """How many targets of train and of test were taken, and of how many."""
    train, test = about["num_train"], about["num_test"]
    if isinstance(run.probing, NotMeasured) or about["task_id"] not in run.probing.tasks:
        return count(train), count(test)
    available = run.probing.tasks[about["task_id"]].num_available
    return _of(train, available.train), _of(test, available.test)


def _of(taken: int, available: int) -> str:
    return count(taken) if taken == available else f"{count(taken)} of {count(available)}"


def _score(value: float) -> str:
    """A score, or nothing where there is none."""
    return "" if pd.isna(value) else number(value, 3)


def _untested(run: RunTables) -> str:
    if run.cast.control:
        return "No pruned model was probed beside the control."
    control = run.cast.control_name
    return f"What pruning took from a task needs the arm {control}, which trains as long."
