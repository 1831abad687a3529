"""What each network gets wrong that the base gets right."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.behaviour.always_broken import always_broken_parts
from ticketscope.report.behaviour.broken_sentences import broken_sentences, shown
from ticketscope.report.behaviour.figures import ALL, KINDS, METRICS, WORSE
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.given_networks import drawn, grouped_rows
from ticketscope.report.drawing.metrics import with_given, worse_of_given
from ticketscope.report.drawing.pointing import SHARE, Told
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
from ticketscope.report.parts.wording import count, plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import BehaviourView, BrokenView


def behaviour_parts(run: RunTables) -> Iterator[Part]:
    """Minimal pairs, slices of the test sets, and the sentences that broke."""
    yield Prose(
        "The score of a whole test set can hold while something in it breaks. So this section cuts "
        "the test sets into slices, asks about phenomena one by one, and shows translations."
    )
    cast, behaviour = run.cast, run.behaviour
    if isinstance(behaviour, NotMeasured):
        yield Gap(behaviour.reason)
    else:
        yield from _pairs(cast, behaviour)
        yield from _slices(cast, behaviour)
    yield from always_broken_parts(run)
    view = run.behaviour_view
    if isinstance(view, NotMeasured):
        yield Gap(view.reason)
        return
    yield changes_table(view, cast)
    how = shown(view, cast, run.translated)
    for place, broken in enumerate(how.beside):
        sentences = broken_sentences(broken, cast, run.translated)
        yield _side_by_side(broken, cast, sentences, folded=place > 0)
    if how.jumps:
        yield Jumps("All sentences that fell, among the examples", how.jumps)


def pair_data(behaviour: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network and phenomenon: the share of minimal pairs that it gets right."""
    asked = behaviour["bucket_kind"].eq("phenomenon") & behaviour["metric"].eq("accuracy")
    rows = behaviour[asked]
    rows = rows.assign(phenomenon=rows["bucket"].replace("", ALL), pairs=rows["test_set"])
    return drawn(rows, cast, "pairs", "phenomenon", "num_sentences")


def slice_data(behaviour: pd.DataFrame, cast: Cast, other: str) -> pd.DataFrame:
    """One row per network, slice and metric: the figure less that of the base or the control."""
    of = f"difference_{other}"
    rows = behaviour[behaviour[of].notna()]
    names = with_given(METRICS, rows)
    order = [(kind, metric) for kind in KINDS for metric in names]
    places = zip(rows["bucket_kind"], rows["metric"], strict=True)
    rows = rows.assign(place=[order.index(place) for place in places])
    rows = rows.sort_values("place", kind="stable")
    told = rows["metric"].map(names) + " by " + rows["bucket_kind"].map(KINDS)
    ends = {end: rows[f"{of}_{end}"] for end in ("lower", "upper")}
    shown = rows.assign(
        shown=rows["test_set"] + ": " + told,
        bucket=rows["bucket"].replace("", ALL),
        value=rows[of],
        **ends,
    )
    data = drawn(shown, cast, "shown", "bucket", "num_sentences")
    first = list(dict.fromkeys(shown["shown"]))
    return data.sort_values("shown", key=lambda of: of.map(first.index), kind="stable")


def _pairs(cast: Cast, behaviour: pd.DataFrame) -> Iterator[Part]:
    data = pair_data(behaviour, cast)
    if data.empty:
        yield Gap(
            "There are no minimal pairs: --contrasts FILE names a file with sources, right and "
            "wrong translations."
        )
        return
    yield Figure(
        "Which phenomena each network gets right",
        "A minimal pair is a source with its translation and another that is wrong in one respect "
        "(Sennrich 2017); a network gets it right when the right translation is the likelier one. "
        "Guessing gets 50 % right. Bars are 95 % Wilson intervals over pairs.",
        grouped_rows(
            data,
            cast,
            "phenomenon",
            Told("minimal pairs right", SHARE),
            row_choosers(data, cast, "pairs"),
        ),
    )


def _slices(cast: Cast, behaviour: pd.DataFrame) -> Iterator[Part]:
    for other, name in (("dense", "the base"), ("control", "the control")):
        data = slice_data(behaviour, cast, other)
        if data.empty:
            continue
        yield Figure(
            f"In which sentences networks differ from {name}",
            f"Each dot is a network on one slice of a test set: its figure less that of {name}. "
            f"{WORSE}{worse_of_given(behaviour)} Bars are paired 95 % "
            "intervals. Of 20 slices, about one bar misses 0 by chance; point at a dot to read "
            "how many sentences.",
            grouped_rows(
                data,
                cast,
                "bucket",
                Told("difference", "+.3f"),
                row_choosers(data, cast, "shown"),
                (0.0,),
            ),
        )


# ----------------------------------------------------------------------------- casualties


def changes_table(view: BehaviourView, cast: Cast) -> Table:
    """How many sentences fell and rose, network by network."""
    rows = []
    for broken in view.tickets:
        changes = broken.changes
        title, control = cast[broken.arm].title, cast.control.title if cast.control else ""
        for model, others, changed in (
            (title, f"{cast.dense.title}", changes.ticket_from_dense),
            (title, f"{cast.dense.title} and {control}", changes.ticket_from_both),
            (control, cast.dense.title, changes.control_from_dense),
        ):
            if changed:
                numbers = (changed.fell, changed.rose, broken.num_sentences)
                rows.append((broken.test_set, model, others, *map(count, numbers)))
    margin = (
        "exactly as the reference has it"
        if view.exact
        else f"by more than {view.margin:g} points of sentence-level chrF"
    )
    return Table(
        title=f"How many sentences fell and rose ({margin})",
        columns=("test set", "network", "compared with", "fell", "rose", "all"),
        rows=tuple(dict.fromkeys(rows)),
        num_text=3,
    )


def _side_by_side(
    broken: BrokenView, cast: Cast, sentences: tuple[TranslatedSentence, ...], *, folded: bool
) -> SideBySide:
    others = "the base and the control" if broken.casualties[0].control else "the base"
    num = plural(len(broken.casualties), "sentence")
    return SideBySide(
        f"Sentences of {broken.test_set} that {cast[broken.arm].title} broke",
        f"Examples, not a sample: the {num} that fell farthest below {others} by sentence-level "
        "chrF, each source once. Words of the network are marked where the base has others, and "
        "words of the other networks where this one has others.",
        sentences,
        folded,
    )
