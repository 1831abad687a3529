"""Gold word alignments of a sentence and its translation, and their Pharaoh form.

A line holds the links of one pair: ``0-0 1-2 3p2`` for the source words 0 and 1, surely translated
by the target words 0 and 2, and the source word 3, possibly by 2. Words count from 0.
"""

import re
from dataclasses import dataclass

from ticketscope.errors import InputError

Link = tuple[int, int]
"""A source word and a target word, from 0."""

_LINK = re.compile(r"([0-9]+)([-p])([0-9]+)")


@dataclass(frozen=True, slots=True)
class Alignment:
    """Links of two sentences, ascending (Och and Ney 2003).

    Args:
        sure: pairs of words that translate each other.
        possible: pairs that may be linked or not; all sure ones among them.
    """

    sure: tuple[Link, ...]
    possible: tuple[Link, ...]

    def __post_init__(self) -> None:
        assert set(self.sure) <= set(self.possible), "a sure link is a possible one"
        assert list(self.sure) == sorted(set(self.sure))
        assert list(self.possible) == sorted(set(self.possible))


def pharaoh(alignment: Alignment) -> str:
    """The alignment as a line."""
    sure = set(alignment.sure)
    return " ".join(
        f"{source}{'-' if (source, target) in sure else 'p'}{target}"
        for source, target in alignment.possible
    )


def from_pharaoh(line: str, num_source: int, num_target: int, place: str) -> Alignment:
    """The alignment of sentences of so many words.

    Raises `InputError`, naming `place`, for what is no link and for a word that is not there.
    """
    sure, possible = set(), set()
    for text in line.split():
        match = _LINK.fullmatch(text)
        if not match:
            raise InputError(f"{place}: {text!r} is no link; write 3-2, or 3p2 for a possible one")
        link = (int(match[1]), int(match[3]))
        if link[0] >= num_source or link[1] >= num_target:
            raise InputError(
                f"{place}: {text!r} links a word that is not there: {num_source} source and "
                f"{num_target} target words, counted from 0 and separated by blanks"
            )
        possible.add(link)
        if match[2] == "-":
            sure.add(link)
    return Alignment(tuple(sorted(sure)), tuple(sorted(possible)))
