"""Grammatical error detection: one word and its label per line, as in FCE and MultiGED-2023.

Rei and Yannakoudakis 2016; Volodina et al. 2023.
"""

from collections.abc import Iterable, Iterator

from ticketscope.annotation.readers.blocks import Block, at, blocks, not_empty, refused
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.annotation.tasks import CORRECT, ERROR


def read(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a file: word, tab, label c (correct) or i (incorrect).

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    return not_empty(place, (_sentence(block, place) for block in blocks(lines)))


def _sentence(block: Block, place: str) -> AnnotatedSentence:
    rows = [_row(line, number, place) for number, line in block.numbered()]
    with at(place, block.first_line):
        return AnnotatedSentence(
            words=tuple(word for word, _ in rows), errors=tuple(wrong for _, wrong in rows)
        )


def _row(line: str, number: int, place: str) -> tuple[str, bool]:
    word, _, label = line.partition("\t")
    if not word.strip() or label not in (CORRECT, ERROR):
        raise refused(
            place,
            number,
            f"{line!r} is not a word and a label",
            f"write the word, a tab, and {CORRECT} (correct) or {ERROR} (incorrect)",
        )
    return word, label == ERROR
