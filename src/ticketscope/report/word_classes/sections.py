"""The section on word classes: which kinds of words does pruning move?"""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.compared_networks import beyond_control
from ticketscope.report.drawing.drawn_rows import pruned_rows
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.sample import replicates, states_in_words
from ticketscope.report.parts.wording import count, listed, percent
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.word_classes import figures
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import WordClassesView, WordKindView


def word_class_parts(run: RunTables) -> Iterator[Part]:
    """What moved beyond the control, class by class, and which classes have too few words."""
    rows, view = run.word_classes, run.word_classes_view
    if isinstance(rows, NotMeasured):
        yield Gap(rows.reason)
        return
    if isinstance(view, NotMeasured):
        yield Gap(view.reason)
        return
    yield Prose(
        "Similarity over all words is mostly about what sets nouns apart from verbs. Here it is "
        "measured on the words of one class at a time: are those that are alike in the dense model "
        f"alike in the {run.cast.nouns.ticket}? Compare a class with itself, since classes differ "
        "in how much there is to move. All figures are of debiased CKA, because few words make "
        "unrelated networks look alike under plain CKA; that is in word_classes.csv with its "
        "noise floor. "
        f"{states_in_words(run, run.study.representations.states)}"
    )
    yield from measured_on(view)
    if pruned_rows(rows, run.cast).empty:
        yield Gap("No pruned model was compared with the dense one on words of one class.")
        return
    yield from _found(rows, run.cast)
    yield _by_class(run, rows)
    yield from _beyond(run, rows)


def measured_on(view: WordClassesView) -> Iterator[Part]:
    """How many classes there are of each kind, and how many have too few words."""
    fewest = view.fewest_words
    yield Table(
        title="Which words the classes are of",
        columns=("kind", "words of", *("words", "classes measured", f"with fewer than {fewest}")),
        rows=tuple(
            (name, view.kinds[kind].origin, *_counts(view.kinds[kind]))
            for kind, name in figures.KINDS.items()
            if kind in view.kinds
        ),
        num_text=2,
    )
    absent = [name for kind, name in figures.KINDS.items() if kind not in view.kinds]
    if absent:
        yield Gap(f"Nothing annotates words by {listed(absent)}: give gold data for the probes.")


def _counts(kind: WordKindView) -> tuple[str, str, str]:
    """The words, the classes measured, and those left out with their words."""
    words_left_out = count(sum(kind.left_out.values()))
    left_out = f"{len(kind.left_out)} ({words_left_out} words)" if kind.left_out else "0"
    return count(kind.num_words), str(kind.num_measured), left_out


def _found(rows: pd.DataFrame, cast: Cast) -> Iterator[Part]:
    """How many classes every replicate shows to have moved beyond the control."""
    last = beyond_control(figures.of_last_layer(figures.debiased(rows, cast)))
    for arm in dict.fromkeys(last["arm"]):
        of_arm = last[last["arm"] == arm]
        of_arm = of_arm[of_arm["level"] == of_arm["level"].max()]
        classes = of_arm.groupby(["kind", "word_class"])
        farther = int((classes["upper"].max() < 0).sum())
        nearer = int((classes["lower"].min() > 0).sum())
        share = percent(of_arm["drawn_at"].mean())
        at = f"level {of_arm['level'].iloc[0]} ({cast.nouns.tickets} {share} zero)"
        yield Prose(
            f"{farther} of {len(classes)} classes of words left the dense model farther than the "
            f"control's did and {nearer} stayed nearer, in the last layer, with the whole interval "
            "of every replicate on that side. Kinds overlap: a word has a class of each.",
            lead=f"{cast[arm].title}, at {at}:",
        )


def _by_class(run: RunTables, rows: pd.DataFrame) -> Figure:
    data, seeds = figures.class_data(rows, run.cast), figures.seed_data(rows, run.cast)
    another = " Grey ticks are dense models of two replicates: another seed." if len(seeds) else ""
    return Figure(
        "Which kinds of words leave the dense model",
        "Similarity with the dense model in the last layer of the encoder, on the words of one "
        f"class.{another} Dots are the mean over {replicates(run)}; bars reach over all their 95 % "
        f"jackknife intervals over blocks of sentences; {_fewest(run)}. Classes are in order of "
        "their number of words, frequencies from rare to frequent.",
        figures.class_chart(data, run.cast, seeds),
    )


def _fewest(run: RunTables) -> str:
    """How many words a class has at the least; word_classes.csv has the number of each."""
    return f"n = {count(run.study.word_classes.fewest_words)} words per class or more"


def _beyond(run: RunTables, rows: pd.DataFrame) -> Iterator[Part]:
    levels = figures.beyond_levels_data(rows, run.cast)
    if levels.empty:
        yield Gap(f"What moved beyond the control needs the arm {run.cast.control_name}.")
        return
    reading = (
        "Where a cell is below 0 (orange), pruning moved the words of the class farther from the "
        "dense model than training on did. A cell is the similarity with the dense model minus "
        f"that of the control of the replicate and level, the mean over {replicates(run)}. The "
        f"interval of each replicate is in word_classes.csv; {_fewest(run)}."
    )
    yield Figure(
        "Which kinds of words leave the dense model farther than the control does, by level",
        f"The last layer of the encoder. {reading}",
        figures.beyond_levels_chart(levels, run.cast),
    )
    yield Figure(
        "In which layers they do so",
        f"Every layer of the encoder at one level; layer 0 is the embeddings. {reading}",
        figures.beyond_layers_chart(figures.beyond_layers_data(rows, run.cast), run.cast),
    )
