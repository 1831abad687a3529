"""The section on controls: what each is, where its figures are, and how alike it leaves networks.

Divergence from the dense model means nothing by itself: training on moves a network too, and so
does another seed. These are the yardsticks.
"""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from ticketscope.arms import Arm
from ticketscope.report.attention import figures as attention_figures
from ticketscope.report.parts.part import Part, Prose, Table
from ticketscope.report.parts.wording import number, plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.representations import figures as representation_figures
from ticketscope.tables.table import NotMeasured

SEED: Final = "another seed"


def control_parts(run: RunTables) -> Iterator[Part]:
    """Which controls the run has, and what they show beside the tickets."""
    yield Prose(
        "This page says nothing about pruning without a control beside it: a network that differs "
        "in pruning alone, or a figure that shows what no effect at all looks like."
    )
    yield Table(
        title="What each control is, and where it is seen",
        columns=("control", "what it is", "what it tells", "where it is seen"),
        rows=tuple(_controls(run)),
        num_text=1,
        num_sentences=3,
    )
    if not isinstance(run.similarity, NotMeasured):
        yield from _likeness(
            run,
            "Debiased CKA of the encoder's layers with the same layer of the dense model",
            representation_figures.same_layer_data(run.similarity, run.cast, "encoder"),
            representation_figures.reference_data(run.similarity, run.cast, "encoder"),
            measure=representation_figures.SIMILARITIES["cka_debiased"],
            place="layer",
        )
    if not isinstance(run.attention, NotMeasured):
        yield from _likeness(
            run,
            "Correlation of heads, matched one to one, with the same layer of the dense model",
            attention_figures.same_layer_data(run.attention, run.cast),
            attention_figures.reference_data(run.attention, run.cast),
            measure=attention_figures.SIMILARITIES["pearson_assigned"],
            place="attention",
        )


def _controls(run: RunTables) -> Iterator[tuple[str, ...]]:
    tickets = run.cast.nouns.tickets
    beside = f"In every figure against sparsity, at the sparsity of the {tickets} of its level"
    for control in (arm for arm in run.cast.arms if arm.is_control):
        if control.prunes:
            tells = _of_pruning(control)
            seen = "In every figure against sparsity."
        elif control.draws_own_seeds:
            tells = "What batches and dropout change by themselves: the floor of every difference."
            seen = f"{beside}."
        else:
            tells = "What training on does without pruning; every verdict is a difference to it."
            seen = f"{beside}; as a band where layers and heads leave the dense model."
        yield (control.title, control.sentence, tells, seen)
    if run.study.replicates > 1 and run.cast.dense_differ:
        yield (
            SEED,
            "The dense models of other replicates: the same data, but every seed differs.",
            "How little two networks that do the same can have in common; the unit of claim C2.",
            "Dashed where layers and heads leave the dense model.",
        )
    yield (
        "noise floor",
        "The similarity that unrelated networks with these spectra would show.",
        "Where a measure of similarity starts.",
        "Dashed where layers leave the dense model.",
    )
    if run.study.probing.is_asked:
        yield (
            "untrained encoder",
            "An encoder of the same shape with the weights that training starts from.",
            "What probes read from the words alone.",
            "In the figures and tables of probes.",
        )
    yield (
        "chance",
        "Independent masks of the same sparsities; for heads, what the distance of words gives.",
        "How much agrees without any cause.",
        "Dashed where masks are compared; grey ticks where heads are described.",
    )


def _of_pruning(control: Arm) -> str:
    """What a control tells that prunes, too."""
    if control.mask_of:
        return "What a mask is worth without the weights that it was found on."
    if control.counts_of:
        return "Whether it matters which weights of a tensor go, or only how many."
    return "Whether it matters which weights go."


def _likeness(
    run: RunTables,
    title: str,
    same: pd.DataFrame,
    references: pd.DataFrame,
    *,
    measure: str,
    place: str,
) -> Iterator[Table]:
    """Of every arm at its last level and of another seed, the means over replicates."""
    same = same[(same["measure"] == measure) & (same["arm"] != run.cast.dense.name)]
    seeds = references[(references["measure"] == measure) & (references["reference"] == SEED)]
    columns = {}
    for arm in dict.fromkeys(same["arm"]):
        of_arm = same[same["arm"] == arm]
        last = of_arm[of_arm["level"] == of_arm["level"].max()]
        columns[f"{run.cast[arm].title}, level {last['level'].iloc[0]}"] = last.groupby(place)[
            "value"
        ].mean()
    if not seeds.empty:
        columns[SEED] = seeds.set_index(place)["value"]
    if same.empty:
        return
    means = pd.DataFrame(columns).reindex(same[place].unique())
    replicates = plural(run.study.replicates, "replicate")
    yield Table(
        title=f"{title}; the means over {replicates}, no interval",
        columns=(place, *columns),
        rows=tuple(
            (str(at), *("" if pd.isna(mean) else number(mean, 3) for mean in row))
            for at, *row in means.itertuples(name=None)
        ),
        num_text=1,
    )
