"""The section on what probes read off the layers: which knowledge did pruning take first?"""

from collections.abc import Iterator

import pandas as pd

from ticketscope.annotation.tasks import TASKS
from ticketscope.config import Probing
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.sample import replicates, states_in_words
from ticketscope.report.parts.wording import count, listed, plural
from ticketscope.report.probes import centres, figures
from ticketscope.report.probes.first_worse import (
    first_worse,
    first_worse_tables,
    not_above_baselines,
)
from ticketscope.report.probes.group_gain import published_gain
from ticketscope.report.probes.published_tasks import published_probes
from ticketscope.report.probes.stopped import how_probes_stopped
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import ProbingView
from ticketscope.text.languages import OF_GOLD_DATA, same_language

_NOT_ABOVE = (
    "a score that is not above the best of its baselines (an untrained encoder, the most frequent "
    "label of each word, the most frequent label)"
)
_BARS = "95 % bootstrap intervals over the sentences of the test split"


def probe_parts(run: RunTables) -> Iterator[Part]:
    """What was asked, which task fell when, and figures by task, layer and group."""
    settings = run.study.probing
    if not settings.is_asked:
        yield Gap(
            f"No probes were asked for. {_how_to_ask(run.study.languages.source)}. Nothing is "
            "trained again."
        )
        return
    yield from _asked(run, settings)
    probes = run.probes
    if isinstance(probes, NotMeasured):
        yield Gap(probes.reason)
        return
    yield from how_probes_stopped(run, probes)
    yield from not_above_baselines(probes, run.cast)
    yield from first_worse(run, probes)
    yield from _loss(run, probes)
    yield from published_probes(run, probes)
    yield from _groups(run, probes)
    yield from published_gain(run, probes)
    yield from _layers(run, probes)
    yield from _selectivity(run, probes)
    yield from _centres(run, probes)
    yield from first_worse_tables(run, probes)


# ----------------------------------------------------------------------------- what was asked


def _how_to_ask(source: str) -> str:
    """Only what a run of this source language would not be refused."""
    own = "gold data of your own as [[probing.own]] (docs/tasks.md)"
    if not same_language(source, OF_GOLD_DATA):
        return f"Run it again with {own}; the gold data that ticketscope knows are English"
    return (
        "Run the same command again with --probes grammar (sentences that ticketscope generates), "
        f"--probes real --probe-data DIR (gold data written by people), or {own}"
    )


def _asked(run: RunTables, settings: Probing) -> Iterator[Part]:
    yield Prose(
        "A probe is a small classifier trained on the frozen word vectors of one layer of the "
        "encoder. What it reads, the layer holds, whether or not the network uses it. "
        f"{states_in_words(run, settings.states)} "
        f"{_protocol(settings)} Validation chooses the best layer. Test is read once, and all "
        "figures are from test."
    )
    if settings.suite == "grammar":
        yield Prose(
            "The embedded grammar generates sentences and gold labels. It knows few words and "
            "constructions, so scores say nothing about tasks on real text.",
            lead="SYNTHETIC probes.",
        )
    elif settings.suite == "real":
        yield Prose(
            "The gold data are open substitutes for the study's corpora: trends over sparsity can "
            "be compared with published ones, scores cannot. A model reads badly what it was not "
            "trained on (captions teach captions), pruned or not."
        )
    if settings.own:
        tasks = listed([own.task for own in settings.own])
        yield Prose(f"The gold data of {tasks} are the user's own.")
    yield Prose(
        f"Intervals resample the sentences of test, {count(settings.resamples)} times, for all "
        f"models alike. {plural(settings.seeds, 'seed')} of every probe "
        f"{'are' if settings.seeds > 1 else 'is'} averaged, not resampled. Only replicates tell "
        f"what another training of the model would give (here {replicates(run)})."
    )
    view = run.probing
    if isinstance(view, NotMeasured):
        yield Gap(view.reason)
    else:
        yield from _read(view)


def _protocol(settings: Probing) -> str:
    kind = (
        f"Probes have one hidden layer of {count(settings.hidden)} ReLU units"
        if settings.hidden
        else "Probes are linear"
    )
    if settings.protocol == "lbfgs":
        return f"{kind}, at the optimum of the loss with an L2 penalty that validation chooses."
    return (
        f"{kind}, trained by Adam until the validation loss fell no further, "
        f"for {count(settings.max_updates)} updates at most, with an L2 penalty that validation "
        "chooses."
    )


def _read(view: ProbingView) -> Iterator[Part]:
    yield Prose(
        f"The probes read {plural(len(view.tasks), 'task')} on {count(view.num_sentences)} "
        f"sentences with {count(view.num_words)} words. Words without a piece in the vocabulary "
        f"get a zero vector: {count(view.num_without_piece)}."
    )
    left_out = [
        (_title(task), reason.replace("_", " "), count(number))
        for task, about in view.tasks.items()
        for reason, number in about.left_out.items()
    ]
    if left_out:
        yield Table(
            title="Left out of the gold data, because the annotation is missing or malformed",
            columns=("task", "what", "how many"),
            rows=tuple(left_out),
            num_text=2,
        )
    if view.absent:
        yield Table(
            title=f"Absent: {plural(len(view.absent), 'task')} without data",
            columns=("task", "why"),
            rows=tuple((_title(task), reason) for task, reason in view.absent.items()),
            num_text=2,
        )


# ----------------------------------------------------------------------------- figures


def _loss(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    data = figures.loss_data(probes, run.cast)
    if data.empty:
        return
    control = (
        "A dot marks what is significantly below the control in every replicate (p at most 0.05 "
        "after Holm's correction over all tasks and levels of the arm and replicate), whichever "
        "comparison is chosen. "
        if data["worse"].any()
        else "No cell is significantly below the control. "
        if _has_control(run)
        else f"Significance needs the arm {run.cast.control_name}. "
    )
    num_levels = data.groupby(["arm", "against"])["level"].nunique()
    full = len(set(probes["task"]) - {""}) * int(num_levels.sum())
    rings = f"A ring marks {_NOT_ABOVE}. " if data["not_above"].any() else ""
    undefined = "A cell is empty where the other score is 0 or below. " if len(data) < full else ""
    yield Figure(
        "What each task lost",
        "Each cell is the score of the best layer relative to the other model's best layer, in per "
        f"cent. {control}{rings}{undefined}The mean over {replicates(run)}. Point at a cell to "
        "read both scores and the interval of their difference: from the lowest to the highest "
        f"end of {_BARS}.",
        figures.loss_chart(data, run.cast),
    )


def _groups(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    data = figures.group_data(probes, run.cast)
    if data.empty:
        return
    band = (
        " In comparisons with the dense model, the band is the control, over all tasks."
        if _has_control(run)
        else ""
    )
    yield Figure(
        "Which kind of knowledge goes first",
        "How the mean score of the tasks of a group changed, each task at its best layer. Syntax "
        "without dependencies is the study's group. The dashed line at 0 is the model compared "
        f"with.{band} The mean over {replicates(run)}; bars and band reach over their {_BARS}.",
        figures.group_chart(data, run.cast),
    )


def _layers(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    yield Figure(
        "What each layer holds",
        "Each cell is the score of a probe on one layer. Below the levels are the baselines, which "
        "need no trained network: the same probe on an untrained encoder, the most frequent label "
        "of each word, the most frequent label. Colours reach from the lowest to the highest score "
        "of the task, without the baselines. A ring marks a score that is not above the best "
        f"baseline. The mean over {replicates(run)} and their seeds; intervals are in "
        "tables/probes.csv.",
        figures.layer_chart(figures.layer_data(probes, run.cast), run.cast),
    )


def _selectivity(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    data = figures.selectivity_data(probes, run.cast)
    if data.empty:
        yield Gap(
            "Selectivity needs a task that labels every word, and control_task = true in [probing]."
        )
        return
    bars = _over_seeds("lower" in data, run)
    yield Figure(
        "How much is read and not learnt by heart",
        "The lower, the more of the score the probe itself may have memorised: accuracy minus the "
        "accuracy on random labels, one fixed for each word form (Hewitt and Liang 2019). Only "
        f"tasks that label every word; the mean over {replicates(run)}. {bars}",
        figures.selectivity_chart(data, run.cast),
    )


def _centres(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    if not run.study.probing.mix:
        yield Gap("The centre of gravity of layers needs mix = true in [probing].")
        return
    data = centres.centre_data(probes, run.cast)
    if data.empty:
        return
    bars = _over_seeds("lower" in data, run)
    hollow = f"Hollow dots are centres of {_NOT_ABOVE}. " if data["not_above"].any() else ""
    yield Figure(
        "Whether tasks move to other layers",
        "Left of 0, a task is read from earlier layers: the centre of gravity of the weights with "
        "which a probe mixes all layers, minus that of the model compared with. "
        f"{hollow}The mean over {replicates(run)} and their seeds. {bars}",
        centres.centre_chart(data, run.cast),
    )


# ----------------------------------------------------------------------------- shared parts


def _over_seeds(are_there: bool, run: RunTables) -> str:
    """What the bars of a figure are whose intervals are over the seeds of a probe."""
    if not are_there:
        return "There is no interval: it takes two seeds of every probe."
    num_seeds = run.study.probing.seeds
    return (
        f"Bars are 95 % t intervals over the {num_seeds} seeds of a probe on the same sentences, "
        "from the lowest to the highest end of the replicates."
    )


def _has_control(run: RunTables) -> bool:
    return run.cast.control is not None


def _title(task: str) -> str:
    return TASKS[task].title if task in TASKS else task
