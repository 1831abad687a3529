"""Translations without a word."""

from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts


def _counter(_texts: Texts) -> Count | str:
    return _count


def _count(sentence: Sentence) -> Counts:
    has_text = bool(sentence.source.strip())
    return Counts(int(has_text), int(has_text and not sentence.translation.strip()))


EMPTY: Final = Kind(
    name="empty",
    metric="rate",
    says="So many sentences that have text are translated with nothing.",
    counter=_counter,
)
