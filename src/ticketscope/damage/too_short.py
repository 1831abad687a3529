"""Translations that are far too short for what they should say."""

from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts

_SHARE: Final = 0.5
_FEWEST: Final = 10
"""Characters of a reference; of shorter ones one word makes half."""


def _counter(_texts: Texts) -> Count | str:
    return _count


def _count(sentence: Sentence) -> Counts | None:
    expected = _length(sentence.reference)
    if not expected:
        return None
    if expected < _FEWEST:
        return Counts(0, 0)
    return Counts(1, int(_length(sentence.translation) < _SHARE * expected))


def _length(text: str) -> int:
    """Its visible characters."""
    return len("".join(text.split()))


TOO_SHORT: Final = Kind(
    name="too_short",
    metric="rate",
    says="So many translations have less than half the characters of the reference.",
    counter=_counter,
)
