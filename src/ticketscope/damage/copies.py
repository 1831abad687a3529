"""Translations that copy the source (Ott et al. 2018)."""

from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.running_words import words

_SHARE: Final = 0.5


def _counter(_texts: Texts) -> Count | str:
    return _count


def _count(sentence: Sentence) -> Counts:
    source = set(_of_letters(sentence.source))
    if not source or _overlap(sentence.reference, source) >= _SHARE:
        return Counts(0, 0)
    return Counts(1, int(_overlap(sentence.translation, source) >= _SHARE))


def _overlap(text: str, source: set[str]) -> float:
    """The share of its words that the source has, too; 0 for a text without words."""
    found = _of_letters(text)
    return sum(word in source for word in found) / len(found) if found else 0.0


def _of_letters(text: str) -> list[str]:
    return [word for word in map(str.lower, words(text)) if word[0].isalpha()]


COPIES: Final = Kind(
    name="copies",
    metric="rate",
    says="So many translations have half of their words from the source as they are, where the "
    "reference has not.",
    counter=_counter,
)
