"""What readers of CoNLL columns share: cells of a line, and spans in brackets around `*`."""

import re
from collections.abc import Iterable, Iterator

from ticketscope.annotation.readers.blocks import refused
from ticketscope.annotation.sentence import Span

_BLANKS = re.compile(" +")
_BRACKETS = re.compile(r"((?:\([^\s()*]*)*)\*(\)*)")


def cells(line: str) -> list[str]:
    """The cells of a line: separated by tabs if there is one, else by any number of blanks."""
    return line.split("\t") if "\t" in line else _BLANKS.split(line.strip(" "))


def is_bracketed(cell: str) -> bool:
    """Whether the cell is a star with opening brackets before it or closing ones after it."""
    return bool(_BRACKETS.fullmatch(cell))


def spans(column: Iterable[tuple[int, str]], place: str) -> Iterator[Span]:
    """The labelled spans of a column, in the order in which they end.

    `column` gives for each word the number of its line and its cell, such as ``(A1*``, ``*)``.
    """
    opened: list[tuple[int, str]] = []
    line = 0
    for word, (line, cell) in enumerate(column):
        if cell == "*":  # nearly all are
            continue
        match = _BRACKETS.fullmatch(cell)
        labels = match[1].split("(")[1:] if match else []
        if match is None or not all(labels):
            raise refused(place, line, f"{cell!r} is no piece of a span", "write as in (A1*, *, *)")
        opened += [(word, label) for label in labels]
        for _ in match[2]:
            if not opened:
                raise refused(place, line, f"{cell!r} closes no span", "open it on a line above")
            start, label = opened.pop()
            yield Span(start, word + 1, label)
    if opened:
        raise refused(
            place, line, f"the span {opened[-1][1]} of the sentence is not closed", "close it by *)"
        )
