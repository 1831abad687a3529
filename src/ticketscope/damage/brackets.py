"""Brackets and quotation marks, whatever their form."""

import re
import unicodedata
from collections import Counter
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts

_SINGLE: Final = re.compile(r"(?<!\w)(?:''|``|[‚‘'])(?=\S)([^‚‘’'`]+)(?<=\S)(?:''|[‘’'])(?!\w)")
"""What stands between single quotation marks, or two of them that are typed for one double one."""
_QUOTES: Final = frozenset('"“”„«»‹›「」『』')


def _counter(_texts: Texts) -> Count | str:
    return _count


def _count(sentence: Sentence) -> Counts:
    expected = _signs(sentence.source) & _signs(sentence.reference)
    return Counts(expected.total(), (expected - _signs(sentence.translation)).total())


def _signs(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for character in _SINGLE.sub(r'"\1"', text):
        if character in _QUOTES:
            found["quotation mark"] += 1
        elif unicodedata.category(character) in ("Ps", "Pe"):
            found[unicodedata.normalize("NFKC", character)] += 1
    return found


BRACKETS: Final = Kind(
    name="brackets",
    metric="recall",
    says="Of the brackets and quotation marks that source and reference share, the translation has "
    "so many.",
    counter=_counter,
)
