"""What lacks in what was measured: a table where something does, a sentence where nothing does."""

from collections.abc import Iterator, Sequence

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.given_networks import title_of
from ticketscope.report.parts.part import Part, Prose, Table
from ticketscope.report.parts.wording import count
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import EmptyView, QualityView, RepresentationsView, UnreadView


def empty_parts(view: QualityView | NotMeasured, cast: Cast) -> Iterator[Part]:
    """Translations without a word; nothing of runs from before they were counted."""
    if isinstance(view, NotMeasured):
        return
    if not view.empty:
        yield Prose("No network translates a sentence with nothing.")
        return
    yield Table(
        title="Empty translations, which all scores count",
        columns=(*_columns(cast), "test set", "empty", "of"),
        rows=tuple(
            (*_named(one, cast), one.test_set, count(one.num_empty), count(one.num_sentences))
            for one in view.empty
        ),
        num_text=len(_columns(cast)) + 1,
    )


def unread_parts(view: RepresentationsView | NotMeasured, cast: Cast) -> Iterator[Part]:
    """Words that a network has no piece of, and sentences that it cannot read at once."""
    if isinstance(view, NotMeasured) or not view.unread:
        return
    yield Table(
        title="Words without a piece, which are left out, and sentences read in windows",
        columns=(*_columns(cast), "words without a piece", "sentences in windows"),
        rows=tuple(
            (*_named(one, cast), count(one.num_without_piece), count(one.num_windowed))
            for one in view.unread
        ),
        num_text=len(_columns(cast)),
        folded=True,
    )


def _columns(cast: Cast) -> Sequence[str]:
    return ("network",) if cast.is_given else ("arm", "replicate", "level")


def _named(one: EmptyView | UnreadView, cast: Cast) -> Sequence[str]:
    if cast.is_given:
        return (title_of(one.arm, one.replicate, cast),)
    return (one.arm, str(one.replicate), str(one.level))
