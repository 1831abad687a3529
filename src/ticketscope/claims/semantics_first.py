"""C1: pruning degrades what layers hold of semantics before morphology and syntax.

What an arm loses of a task is taken as a share of what the dense model knows of it:

    (score(T) - score(D)) / mean over replicates of (score(dense) - score(untrained encoder))

where T is the arm and D its control, each at the layer that validation chose. Tasks that the dense
model is not shown to know are left out: their shares would be noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim import Claim, Writer, percent
from ticketscope.claims.claim_tables import ClaimTables, Studied, best_layers, gap, matrix, where
from ticketscope.claims.decision import decided
from ticketscope.claims.dose import EIGHT, Curve, Measured
from ticketscope.claims.grids import Array, grids, missing
from ticketscope.claims.looks import levels_of
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import NORMAL, Found, Statistic, pooled, quantile, spread
from ticketscope.measures.estimate import Estimate

LEAST_KNOWN = 4
"""Tasks that a group needs: fewer say something of these tasks, and little of the group."""
_SHARE = (
    "probe scores of {arm} minus those of {reference}, as a share of what {dense} has "
    "above an untrained encoder"
)
DIFFERENCE = Statistic(
    "morphology and syntax minus semantics",
    "above",
    f"Mean over the known tasks of morphology and syntax, minus that over those of semantics, of "
    f"the {_SHARE}",
    per_round=True,
)
FORM, SEMANTICS = (
    Statistic(
        group, "below", f"Mean over the known tasks of {group} of the {_SHARE}", per_round=True
    )
    for group in ("morphology and syntax", "semantics")
)
IN_GENERAL = replace(
    DIFFERENCE,
    name="morphology and syntax minus semantics, of tasks in general",
    computes=f"{DIFFERENCE.computes}, its interval over tasks as well as replicates",
)
RULE = (
    "Supported where {arm} loses more of semantics than of morphology and syntax, as a share of "
    "what {dense} knows of each task, compared with {control}"
)
_SEMANTICS = "semantics"


@dataclass(frozen=True)
class Known:
    """The tasks that the dense model is shown to know something of, in the order of their names.

    Args:
        tasks: their names.
        groups: of each.
        knowledge: score of the dense model less that of an untrained encoder, the mean over
            replicates, ``[tasks]``.
    """

    tasks: tuple[str, ...]
    groups: tuple[str, ...]
    knowledge: Array

    @property
    def is_semantic(self) -> NDArray[np.bool_]:
        """``[tasks]``"""
        return np.array([group == _SEMANTICS for group in self.groups], dtype=bool)

    def difference(self, by_task: Array) -> Array:
        """Mean of morphology and syntax minus that of semantics, ``[..., tasks]`` to ``[...]``."""
        return self.form(by_task) - self.semantics(by_task)

    def form(self, by_task: Array) -> Array:
        """Mean share over the tasks of morphology and syntax."""
        found: Array = (by_task / self.knowledge)[..., ~self.is_semantic].mean(axis=-1)
        return found

    def semantics(self, by_task: Array) -> Array:
        """Mean share over the tasks of semantics."""
        found: Array = (by_task / self.knowledge)[..., self.is_semantic].mean(axis=-1)
        return found


def measure(tables: ClaimTables, studied: Studied) -> Measured:
    """The statistics of C1 on an arm; the difference of the groups against the control decides."""
    deciding = DIFFERENCE.with_margin(tables.registered.c1 / EIGHT)
    best = None if tables.probes is None else best_layers(tables.probes)
    pair = [studied.arm, studied.dense]
    # Of networks that show no states, no probes can be had.
    reason = gap(tables.complexity, "complexity", studied, pair, []) if studied.is_given else ""
    reason = reason or gap(best, "probes", studied, pair, [])
    if reason:
        return missing((deciding, FORM, SEMANTICS), reason)
    assert best is not None
    known = known_tasks(best, studied)
    reason = _lacking(known, studied)
    found = grids(best[best["task"].isin(known.tasks)], "probes", studied, "task")
    if reason or isinstance(found, str):
        return missing((deciding, FORM, SEMANTICS), reason or str(found))
    unknown = sorted(set(best["task"]) - set(known.tasks))
    note = f"left out, not shown to be known: {', '.join(unknown)}" if unknown else ""
    curves = (
        *found.curves(deciding, known.difference),
        *found.curves(FORM, known.form),
        *found.curves(SEMANTICS, known.semantics),
        *(found.to_control(*_of_task(known, index)) for index in range(len(known.tasks))),
    )
    return tuple(
        replace(curve, note=note) if isinstance(curve, Curve) else curve for curve in curves
    )


def decide(writer: Writer, measured: Measured, held: LastHeld) -> tuple[Claim, ...]:
    """The rows of C1: those of every claim, then tasks in general, and where a loss begins."""
    curves = {
        each.statistic.name: each
        for each in measured
        if isinstance(each, Curve) and each.reference == "control"
    }
    rows = decided(writer, measured, held)
    if DIFFERENCE.name not in curves or rows[0].verdict == "not measured":
        return rows
    onsets = (_onset(writer, curves[group.name]) for group in (FORM, SEMANTICS))
    return (*rows, _in_general(writer, curves), *onsets)


# ----------------------------------------------------------------------------- tasks


def known_tasks(best: pd.DataFrame, studied: Studied) -> Known:
    """Tasks at which the dense models are above untrained encoders, over replicates and sentences.

    The choice favours neither an arm nor its control. The sentences' error is taken as shared by
    all replicates; of one replicate its interval over sentences alone tells.
    """
    dense = where(best, {"arm": studied.dense})
    above = dense.assign(value=dense["value"] - dense["random_encoder"])
    values = matrix(above, ["task"], "probes")
    errors = (values - matrix(above, ["task"], "probes", "difference_random_lower")) / NORMAL
    kept = [
        task
        for task in values.columns
        if (
            values[task].item() > NORMAL * errors[task].item()
            if len(values) == 1
            else pooled(values[task].to_numpy(), float(errors[task].mean())).lies_above(0)
        )
    ]
    groups = dict(zip(best["task"], best["group"], strict=True))
    return Known(
        tasks=tuple(kept),
        groups=tuple(groups[task] for task in kept),
        knowledge=values[kept].mean().to_numpy(),
    )


def _lacking(known: Known, studied: Studied) -> str:
    num_semantic = int(known.is_semantic.sum())
    counts = {"semantics": num_semantic, FORM.name: len(known.tasks) - num_semantic}
    few = [f"{count} of {group}" for group, count in counts.items() if count < LEAST_KNOWN]
    if not few:
        return ""
    dense = studied.cast.nouns.dense
    return (
        f"tables/probes.csv has {' and '.join(few)} that {dense} is shown to know more of "
        f"than an untrained encoder, and {LEAST_KNOWN} of a group are needed: probe more tasks "
        "(probing.tasks) on more targets (probing.max_train, probing.max_held_out)"
        + ("" if studied.is_given else ", or with more replicates")
    )


def _of_task(known: Known, index: int) -> tuple[Statistic, Callable[[Array], Array]]:
    """A task alone, and how it is made of the differences of all."""
    name = f"{known.groups[index]}: {known.tasks[index]}"
    statistic = Statistic(name, "below", f"In {known.tasks[index]}, the {_SHARE}", per_round=True)
    return statistic, lambda by_task: by_task[..., index] / known.knowledge[index]


# ----------------------------------------------------------------------------- beside the claim


def _in_general(writer: Writer, curves: Mapping[str, Curve]) -> Claim:
    """The deciding figure with an interval over tasks, too, as if each group were a sample.

    Three variances add, each with the quantile of its own degrees of freedom (Banerjee 1961):
    over replicates, over the tasks of either group. What a task and a replicate have to themselves
    is in two of them, so the interval is rather too wide.
    """
    up_to, looks = writer.registered.up_to, writer.registered.looks
    numbers = curves[DIFFERENCE.name].up_to(up_to).per_replicate()
    by_task = {
        name: float(curve.up_to(up_to).per_replicate().mean())
        for name, curve in curves.items()
        if ": " in name
    }
    groups = [
        np.array([value for name, value in by_task.items() if _is_semantic(name) == semantic])
        for semantic in (False, True)
    ]
    levels = levels_of(looks, len(numbers))

    def over_tasks(one_sided: float) -> Estimate:
        value, samples = float(numbers.mean()), (numbers, *groups)
        if len(numbers) == 1:
            return Estimate(value)
        halves = [
            quantile(1 - 2 * one_sided, len(each)) * spread(each) / np.sqrt(len(each))
            for each in samples
        ]
        half = float(np.sqrt(np.square(halves).sum()))
        return Estimate(value, value - half, value + half)

    found = Found(over_tasks(levels.direction), over_tasks(levels.equivalence))
    margin = curves[DIFFERENCE.name].statistic.margin
    return writer.estimated(
        replace(IN_GENERAL, margin=margin),
        found,
        len(numbers),
        f"over {len(groups[0])} and {len(groups[1])} tasks",
        over="registered",
    )


def _is_semantic(name: str) -> bool:
    return name.startswith(f"{_SEMANTICS}: ")


def _onset(writer: Writer, curve: Curve) -> Claim:
    """The first level at which a group is below the control.

    Levels are asked from the last registered one down, as long as each is shown to be below, so
    the chance of any false one is that of a single test.
    """
    used, onset = curve.up_to(writer.registered.up_to), None
    for index in reversed(range(len(used.levels))):
        if writer.at_level(used, index).verdict != "supported":
            break
        onset = index
    below = "no level is shown to be below the control, asked from the last one down"
    if onset is not None:
        below = f"from level {used.levels[onset]} ({percent(used.sparsities[onset])} pruned) on"
    return writer.figure(
        f"onset of {curve.statistic.name}",
        None if onset is None else float(used.levels[onset]),
        "undecided" if onset is None else "supported",
        below,
        f"First level from which on {writer.studied.arm} is below {writer.studied.control}: "
        + writer.studied.in_words(curve.statistic.computes, "control"),
    )
