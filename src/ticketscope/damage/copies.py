"""Translations that copy the source (Ott et al. 2018)."""

from collections.abc import Collection, Sequence
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.running_words import words

_SHARE: Final = 0.5


def _counter(_texts: Texts) -> Count | str:
    return _count


def _count(sentence: Sentence) -> Counts:
    source = set(_of_letters(sentence.source))
    if not source or _share(_of_letters(sentence.reference), source) >= _SHARE:
        return Counts(0, 0)
    said = _of_letters(sentence.translation)
    # Names that source and reference share are copied by right: the other words must be, too.
    known = set(_of_letters(sentence.reference))
    own = [word for word in said if word not in known]
    return Counts(1, int(min(_share(said, source), _share(own, source)) >= _SHARE))


def _share(found: Sequence[str], source: Collection[str]) -> float:
    """The share of words that the source has, too; 0 where there are none."""
    return sum(word in source for word in found) / len(found) if found else 0.0


def _of_letters(text: str) -> list[str]:
    return [word for word in map(str.lower, words(text)) if word[0].isalpha()]


COPIES: Final = Kind(
    name="copies",
    metric="rate",
    says="So many translations have half of their words from the source as they are, and half of "
    "those that the reference lacks, where the reference has not.",
    counter=_counter,
)
