"""The section on behaviour: which phenomena, which sentences and which words a ticket breaks."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.behaviour import figures
from ticketscope.report.behaviour.always_broken import always_broken_parts
from ticketscope.report.behaviour.broken_sentences import broken_sentences, shown
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.drawn_rows import without_control
from ticketscope.report.drawing.metrics import worse_of_given
from ticketscope.report.parts.part import (
    Figure,
    Gap,
    Jumps,
    Part,
    Prose,
    SideBySide,
    Table,
    TranslatedSentence,
)
from ticketscope.report.parts.sample import replicates, with_control
from ticketscope.report.parts.wording import count, listed, percent, plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.reading.translated import Translated
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import (
    BehaviourView,
    BrokenView,
)


def behaviour_parts(run: RunTables) -> Iterator[Part]:
    """Minimal pairs, slices of the test sets, and the sentences that broke."""
    yield Prose(
        "The score of a whole test set can hold while something in it breaks. So this section asks "
        "about phenomena one by one, cuts the test sets into slices, and shows translations."
    )
    behaviour = run.behaviour
    if isinstance(behaviour, NotMeasured):
        yield Gap(behaviour.reason)
    else:
        yield from _minimal_pairs(run, behaviour)
        yield from _slices(run, behaviour)
    view = run.behaviour_view
    if isinstance(view, NotMeasured):
        yield Gap(view.reason)
    else:
        yield from _casualties(view, run.cast, run.translated)
    yield from always_broken_parts(run)


# ----------------------------------------------------------------------------- minimal pairs


def _minimal_pairs(run: RunTables, behaviour: pd.DataFrame) -> Iterator[Part]:
    rows = figures.pair_rows(behaviour, run.cast)
    if rows.empty:
        yield Gap(
            "There are no minimal pairs. A corpus of the grammar has them; for other text, "
            "behaviour.contrasts names a file of your own."
        )
        return
    yield Prose(
        "A minimal pair is a source with its translation and another that is wrong in one respect "
        "(Sennrich 2017). A model gets the pair right when the right translation has the higher "
        f"probability, summed over pieces. Guessing gets 50 % right. {_ties(behaviour)}"
    )
    of_phenomena = rows[rows["bucket"] != ""]
    numbers = sorted(set(of_phenomena["num_sentences"]))
    sizes = " to ".join(dict.fromkeys(count(size) for size in (numbers[0], numbers[-1])))
    sample = f"n = {sizes} pairs per phenomenon, {replicates(run)}"
    choose = with_control(rows, run.cast, "Choose the control to see what training on alone does. ")
    cells = figures.accuracy_map_data(behaviour, run.cast)
    if cells.empty:
        yield Gap(
            f"There is no {run.cast.nouns.ticket} whose minimal pairs could be set beside the "
            "dense model's."
        )
        return
    yield Figure(
        "Which phenomena break at which level",
        "Each row is a phenomenon, each column a level (0 is the dense model). A cell is the share "
        f"of minimal pairs that are right. {choose}The mean over replicates; "
        f"{sample}. The intervals are in the next figure.",
        figures.accuracy_map(cells, run.cast),
    )
    beyond = figures.beyond_map_data(behaviour, run.cast)
    if not beyond.empty:
        yield Figure(
            "Which phenomena break beyond the control",
            f"Where a cell is below 0 (orange), {run.cast.nouns.tickets} get fewer pairs right "
            "than the control. A cell is the share of pairs that are right, less that of the "
            f"control of the replicate and level, in points. The mean over replicates; {sample}. "
            f"The intervals of these differences are in “{_where_lost(run.cast)}”.",
            figures.beyond_map(beyond, run.cast),
        )
    band = (
        "The band is the control at the same levels: all replicates with their intervals. "
        if rows["arm"].eq(run.cast.control_name).any()
        else ""
    )
    accuracies = figures.accuracy_data(behaviour, run.cast)
    but_control = without_control(accuracies, run.cast)
    yield Figure(
        "How a phenomenon fares as pruning goes on",
        f"The share of minimal pairs that are right, of one phenomenon. {band}Bars are 95 % Wilson "
        f"intervals over pairs; {sample}.{coinciding(but_control, run.cast)}",
        figures.accuracy_chart(accuracies, run.cast),
    )


def _ties(behaviour: pd.DataFrame) -> str:
    tied = behaviour[behaviour["metric"].eq("tied") & behaviour["bucket"].eq("")]
    answers = int(tied["num_sentences"].sum())
    num = round(float((tied["value"] * tied["num_sentences"]).sum()))
    return f"Ties count as wrong: {count(num)} of {count(answers)} answers of all models."


# ----------------------------------------------------------------------------- slices


def _slices(run: RunTables, behaviour: pd.DataFrame) -> Iterator[Part]:
    data = figures.beyond_data(behaviour, run.cast)
    if data.empty:
        yield Gap(
            f"What pruning alone did to slices needs the arm {run.cast.control_name} beside a "
            "pruned one."
        )
    else:
        yield Figure(
            _where_lost(run.cast),
            "Where a bar does not reach 0, pruning changed the figure of the slice. Each point is "
            f"a {run.cast.nouns.ticket} on one slice: its figure minus that of the control of its "
            f"level. {figures.WORSE}{worse_of_given(behaviour)} Slices are cut "
            "by the number of words of the source, by how often its rarest piece is in the "
            "training sources (quartiles of the test set), and in the grammar by the phenomena of "
            "a sentence. Bars are paired 95 % intervals: Newcombe's (1998) for accuracy, else from "
            f"{count(run.study.quality.resamples)} bootstrap resamples of the slice. Of 20 "
            f"slices, about one bar misses 0 by chance. n = {replicates(run)}; point at a "
            f"{run.cast.nouns.ticket} to read how many sentences.",
            figures.beyond_chart(data, run.cast),
            wide=True,
        )
    small = behaviour[behaviour["value"].isna()]
    small = small.drop_duplicates(["test_set", "bucket_kind", "bucket"])
    if not small.empty:
        named = [
            f"{row['bucket']} ({figures.KINDS[row['bucket_kind']]}, {row['test_set']}: "
            f"{row['num_sentences']})"
            for row in small.to_dict("records")
        ]
        yield Prose(
            "These slices have too few sentences and are counted, not scored: "
            + listed(named)
            + "."
        )
    is_synthetic = run.study.grammar is not None
    if is_synthetic and not behaviour["bucket_kind"].eq("tag").any():
        yield Gap(
            "There are no slices by phenomenon: the version of ticketscope that measured the run "
            "has another grammar than the version that made its corpus."
        )


def _where_lost(cast: Cast) -> str:
    """The title of the figure, to which another one points."""
    return f"Where {cast.nouns.tickets} lose to the control"


# ----------------------------------------------------------------------------- casualties


def _casualties(
    view: BehaviourView, cast: Cast, examples: Translated | NotMeasured
) -> Iterator[Part]:
    if not view.tickets:
        yield Gap(f"No sentence can have broken: that takes a {cast.nouns.ticket}.")
        return
    told = (
        "A sentence falls where this model does not translate it exactly as the reference does "
        "and all models compared with do. It rises in the opposite case."
        if view.exact
        else "A sentence falls where the sentence-level chrF of its translation is more than "
        f"{view.margin:g} points below that of all models compared with. It rises where it is more "
        f"than {view.margin:g} points above."
    )
    if any(broken.changes.control_from_dense for broken in view.tickets):
        told += (
            " Training on alone makes sentences fall and rise too: the rows of the control say how "
            "many."
        )
    yield Prose(told)
    yield _changes(view, cast)
    for broken in view.tickets:
        if not broken.casualties:
            yield Prose(f"No sentence of {broken.test_set} fell at level {broken.level}.")
    how = shown(view, cast, examples)
    for place, broken in enumerate(how.beside):
        sentences = broken_sentences(broken, cast, examples)
        yield _side_by_side(broken, cast, sentences, folded=place > 0)
    if how.jumps:
        yield Jumps("All sentences that fell, among the examples", how.jumps)


def _changes(view: BehaviourView, cast: Cast) -> Table:
    rows = []
    dense, control = cast.dense.title, cast.control.title if cast.control else ""
    for broken in view.tickets:
        changes, ticket = broken.changes, cast[broken.arm].title
        for model, others, changed in (
            (ticket, f"{dense} and control", changes.ticket_from_both),
            (ticket, dense, changes.ticket_from_dense),
            (control, dense, changes.control_from_dense),
        ):
            if changed:
                rows.append(
                    (
                        broken.test_set,
                        model,
                        others,
                        str(broken.level),
                        percent(broken.sparsity_prunable),
                        count(changed.fell),
                        count(changed.rose),
                        count(broken.num_sentences),
                    )
                )
    return Table(
        title="How many sentences fell and rose",
        columns=(
            "test set",
            "model",
            "compared with",
            "level",
            "zeros, prunable",
            "fell",
            "rose",
            "all",
        ),
        rows=tuple(rows),
        num_text=3,
    )


def _side_by_side(
    broken: BrokenView, cast: Cast, sentences: tuple[TranslatedSentence, ...], *, folded: bool
) -> SideBySide:
    others = (
        "the dense model and the control" if broken.casualties[0].control else "the dense model"
    )
    num, ticket = plural(len(broken.casualties), "sentence"), cast.nouns.ticket
    return SideBySide(
        f"Sentences of {broken.test_set} that {cast[broken.arm].title} broke by level "
        f"{broken.level} ({percent(broken.sparsity_prunable)} zero)",
        f"Examples, not a sample: the {num} that fell farthest below {others} by sentence-level "
        f"chrF, each source once. Words of the {ticket} are marked where the dense model has "
        f"others, and words of the other models where the {ticket} has others. Replicate "
        f"{broken.replicate}.",
        sentences,
        folded,
    )
