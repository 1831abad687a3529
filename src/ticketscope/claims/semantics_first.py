"""C1: pruning degrades what layers hold of semantics before morphology and syntax."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.arms.dense import DENSE
from ticketscope.claims.claim import ONE, Claim, Writer, unless_unmoved
from ticketscope.claims.claim_tables import (
    NO_PROBED_LEVEL,
    ClaimTables,
    Studied,
    alike,
    gap,
    levels,
    matrix,
    num_replicates,
    where,
)
from ticketscope.claims.grids import missing
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import Numbers, Statistic, Verdict

SIGNIFICANT = 0.05
FORM, SEMANTICS = (
    Statistic(
        f"retained {group}",
        "below",
        f"Information retained of {shortly}: sum over its tasks of the probes' scores above an "
        "untrained encoder, {arm} over {control}, the mean over the probed levels up to which "
        "quality holds",
        null=1.0,
    )
    for group, shortly in (("morphology and syntax", "both"), ("semantics", "semantics"))
)
DIFFERENCE = Statistic(
    "retained morphology and syntax minus semantics",
    "above",
    "Information of morphology and syntax that {arm} retains, as a share of what {control} "
    "holds above an untrained encoder, minus the same for semantics, the mean over the probed "
    "levels up to which quality holds",
)
STATISTICS = (DIFFERENCE, FORM, SEMANTICS)
RULE = (
    "Supported where {arm} retains less of semantics than of morphology and syntax, each as "
    "a share of what {control} holds (95 % interval above 0), and what it retains of semantics is "
    "shown to be below 1"
)


@dataclass(frozen=True)
class Scores:
    """Scores of the best layer of tasks that the dense model is shown to know something of."""

    ticket: NDArray[np.float64]
    """``[replicates, levels, tasks]``"""
    control: NDArray[np.float64]
    """``[replicates, levels, tasks]``"""
    floor: NDArray[np.float64]
    """Of an untrained encoder, ``[replicates, tasks]``."""
    is_semantic: NDArray[np.bool_]
    """``[tasks]``"""


def retained(scores: Scores, *, semantic: bool) -> Numbers:
    """Retained information of a group of tasks, the mean over levels, ``[replicates]``."""
    above = held(scores.ticket, scores, semantic=semantic)
    found: Numbers = (above / held(scores.control, scores, semantic=semantic)).mean(axis=1)
    return found


def held(of: NDArray[np.float64], scores: Scores, *, semantic: bool) -> NDArray[np.float64]:
    """Scores above the untrained encoder, summed over the tasks, ``[replicates, levels]``."""
    tasks = scores.is_semantic == semantic
    found: NDArray[np.float64] = (of - scores.floor[:, None, :])[..., tasks].sum(axis=-1)
    return found


def decide(writer: Writer, scores: Scores, note: str) -> tuple[Claim, ...]:
    """The claim and its statistics."""
    form, semantics = (retained(scores, semantic=semantic) for semantic in (False, True))
    decided = writer.measured(DIFFERENCE, form - semantics, note)
    of_form = writer.measured(FORM, form, note)
    of_semantics = writer.measured(SEMANTICS, semantics, note)
    moved: Mapping[Verdict, Claim] = {"supported": of_semantics, "contradicted": of_form}
    verdict, unmoved = unless_unmoved(decided, moved)
    reason = "; ".join(filter(None, (unmoved, decided.reason)))
    return (writer.verdict(verdict, reason), decided, of_form, of_semantics)


def rows(tables: ClaimTables, studied: Studied, last: LastHeld) -> tuple[Claim, ...]:
    """The rows of C1 on an arm."""
    writer = Writer("C1", studied, tables.registered, RULE, num_replicates(tables.probes))
    best = None if tables.probes is None else _best_layers(tables.probes)
    probed = [] if best is None else levels(best, studied.arm)
    upto = [level for level in probed if level <= last.level]
    reason = gap(best, "probes", studied, upto)
    if reason:
        return writer.not_measured(missing(STATISTICS, reason), reason)
    assert best is not None
    known = _known(best)
    reason = _lacking(best, known, upto, last)
    if reason:
        return writer.not_measured(missing(STATISTICS, reason), reason)
    scores = _scores(best, studied, known, upto)
    divisors = best[best["task"].isin(known) & best["level"].isin(upto)]
    reason = _degenerate(where(divisors, {"arm": studied.control}))
    if reason:
        return writer.not_measured(missing(STATISTICS, reason), reason)
    note = f"over levels {', '.join(map(str, upto))}; {last.note}"
    others = sorted(set(best["task"]) - set(known))
    if others:
        note += f"; left out, not above an untrained encoder: {', '.join(others)}"
    tasks = (_first_below(writer, best, task) for task in sorted(set(best["task"])))
    return (*decide(writer, scores, note), *tasks)


# ----------------------------------------------------------------------------- the table


def _best_layers(probes: pd.DataFrame) -> pd.DataFrame:
    """The rows of tasks, each at the layer that validation chose."""
    rows = where(probes, {"probe": "best", "split": "test"})
    return rows[rows["task"].fillna("") != ""]


def _known(best: pd.DataFrame) -> list[str]:
    """Tasks at which the dense model is above an untrained encoder in every replicate.

    Above: the lower end of the interval over sentences. The rest would add noise to the sums, and
    the choice favours neither the ticket nor its control.
    """
    dense = where(best, {"arm": DENSE})
    above = (dense["difference_random_lower"] > 0).groupby(dense["task"]).all()
    return sorted(above.index[above])


def _lacking(best: pd.DataFrame, known: list[str], upto: list[int], last: LastHeld) -> str:
    if not upto:
        return NO_PROBED_LEVEL.format(last.level)
    groups = set(best.loc[best["task"].isin(known), "group"])
    if "semantics" not in groups or len(groups) == 1:
        lacking = "morphology or syntax" if "semantics" in groups else "semantics"
        return (
            f"tables/probes.csv has no task of {lacking} at which the dense model is above an "
            "untrained encoder in every replicate: probe more tasks (probing.tasks) on more "
            "targets (probing.max_train, probing.max_held_out)"
        )
    return ""


def _scores(best: pd.DataFrame, studied: Studied, known: list[str], upto: list[int]) -> Scores:
    of_known = best[best["task"].isin(known)]
    dense = where(of_known, {"arm": DENSE})
    at_levels = {
        arm: matrix(
            of_known[(of_known["arm"] == arm) & of_known["level"].isin(upto)],
            ["level", "task"],
            "probes",
        )
        for arm in studied
    }
    floor = matrix(dense.assign(value=dense["random_encoder"]), ["task"], "probes")
    alike(at_levels, "probes")
    semantic = set(of_known.loc[of_known["group"] == "semantics", "task"])
    shape = (len(floor), len(upto), len(known))
    return Scores(
        ticket=at_levels[studied.arm].to_numpy().reshape(shape),
        control=at_levels[studied.control].to_numpy().reshape(shape),
        floor=floor.to_numpy(),
        is_semantic=np.array([task in semantic for task in floor.columns]),
    )


def _degenerate(control: pd.DataFrame) -> str:
    """Why nothing can be divided by what the control holds, if so; from its rows.

    What it holds of a group must be above the untrained encoder in each replicate, at each level:
    the sum over tasks of the lower ends of the intervals over sentences.
    """
    for group, is_semantic in (("semantics", True), ("morphology and syntax", False)):
        of_group = control[control["group"].eq("semantics") == is_semantic]
        by = of_group.groupby(["arm", "replicate", "level"], as_index=False)
        for row in by["difference_random_lower"].sum().itertuples():
            if not row.difference_random_lower > 0:
                return (
                    f"what {row.arm} of replicate {row.replicate} holds of {group} at level "
                    f"{row.level} is not shown to be above an untrained encoder (95 % intervals "
                    "over sentences): larger probing.max_train and probing.max_held_out might show "
                    "it"
                )
    return ""


def _first_below(writer: Writer, best: pd.DataFrame, task: str) -> Claim:
    """The first level at which a task is significantly below the control in every replicate."""
    of_task = where(best, {"arm": writer.studied.arm, "task": task})
    in_all = (of_task["p_below_control_holm"] <= SIGNIFICANT).groupby(of_task["level"]).all()
    below = [int(level) for level in in_all.index[in_all]]
    verdict: Verdict = "supported" if below and writer.num_replicates > 1 else "undecided"
    return writer.figure(
        f"first level below control: {task}",
        float(below[0]) if below else None,
        verdict,
        ONE
        if writer.num_replicates == 1
        else "so in every replicate"
        if below
        else "at no level in every replicate",
        f"First level at which {writer.studied.arm} is below {writer.studied.control} in {task} in "
        f"every replicate, one-sided at {SIGNIFICANT:g} over sentences, corrected (Holm) for all "
        "tasks and levels",
    )
