"""Loops: the same words again and again."""

from collections.abc import Sequence
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.running_words import is_unspaced, tokens

_LONGEST: Final = 8
_MOST: Final = {1: 2}
"""A single word may come twice in a row: very very, had had. Longer stretches may come once."""
_MOST_CHARACTERS: Final = {1: 4, 2: 2, 3: 2}
"""Of characters where scripts have no blanks: words are doubled, as in 讨论讨论 or いろいろ."""


def _counter(_texts: Texts) -> Count | str:
    return _count


def _count(sentence: Sentence) -> Counts:
    said = tokens(sentence.translation.lower())
    if not said:
        return Counts(0, 0)
    found = loops(said)
    if found:
        given = [loops(tokens(side.lower())) for side in (sentence.reference, sentence.source)]
        found = {n: num for n, num in found.items() if num > max(one.get(n, 1) for one in given)}
    return Counts(1, int(bool(found)))


def loops(said: Sequence[str]) -> dict[int, int]:
    """By their length: how often stretches follow themselves at the most, where that is more often
    than language does by itself."""
    found = {}
    for length in range(1, min(_LONGEST, len(said) // 2) + 1):
        run = most = 0
        for place in range(length, len(said)):
            run = run + 1 if said[place] == said[place - length] else 0
            times = run // length + 1
            if times > most and times > _allowed(said[place - length + 1 : place + 1]):
                most = times
        if most:
            found[length] = most
    return found


def _allowed(stretch: Sequence[str]) -> int:
    """How often it may come in a row."""
    are_characters = all(is_unspaced(token[0]) for token in stretch)
    return (_MOST_CHARACTERS if are_characters else _MOST).get(len(stretch), 1)


REPETITIONS: Final = Kind(
    name="repetitions",
    metric="rate",
    says="So many translations repeat a word three times in a row, or several words twice, more "
    "often than source and reference do.",
    counter=_counter,
)
