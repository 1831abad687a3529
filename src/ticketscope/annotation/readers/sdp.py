"""Semantic dependency graphs of SemEval 2014 and 2015 (Oepen et al. 2015): DM, PAS, PSD."""

from collections.abc import Iterable, Iterator, Sequence

from ticketscope.annotation.readers.blocks import Block, Layers, at, blocks, not_empty, refused
from ticketscope.annotation.sentence import NO_ENTRY, AnnotatedSentence, Arc

_HEADER_2015 = "#SDP 2015"
_COLUMNS_2014 = ("id", "form", "lemma", "pos", "top", "pred")
_COLUMNS_2015 = (*_COLUMNS_2014, "frame")
_FORM, _LEMMA, _POS, _PRED = 1, 2, 3, 5


def read(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a file with lemmas, tags and arcs from predicates to arguments.

    Files of 2015 begin with ``#SDP 2015`` and have a column of frames; those of 2014 have neither.
    The other comment of a sentence (``#20001001``) is its name. Which words are tops is not kept.
    Arguments that are malformed are None, and the sentence says so (`malformed`).

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    return not_empty(place, _sentences(lines, place))


def _sentences(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    columns: Sequence[str] = _COLUMNS_2014
    for block in blocks(lines):
        if block.lines[0].strip() == _HEADER_2015:
            columns = _COLUMNS_2015
            if len(block.lines) == 1:
                continue
        yield _sentence(block, place, columns)


def _sentence(block: Block, place: str, columns: Sequence[str]) -> AnnotatedSentence:
    comments = [line.strip() for line in block.lines if line.startswith("#")]
    names = [line[1:].strip() for line in comments if line != _HEADER_2015]
    rows = list(_rows(block, place, columns))
    layers = Layers()
    arguments = layers.take("arguments", lambda: _arguments(rows, place, columns))
    with at(place, block.first_line):
        return AnnotatedSentence(
            words=tuple(row[_FORM] for _, row in rows),
            name=names[-1] if names else "",
            lemmas=tuple(row[_LEMMA] for _, row in rows),
            xpos=tuple(row[_POS] for _, row in rows),
            arguments=arguments,
            malformed=tuple(layers.malformed),
        )


Row = tuple[int, Sequence[str]]
"""The number of a line and its cells."""


def _rows(block: Block, place: str, columns: Sequence[str]) -> list[Row]:
    """The rows of words, each with these columns at least."""
    rows = [
        (number, line.split("\t")) for number, line in block.numbered() if not line.startswith("#")
    ]
    for index, (number, row) in enumerate(rows, start=1):
        if len(row) < len(columns) or not all(row):
            problem = f"fewer than {len(columns)} columns, or an empty one"
            mend = f"give {', '.join(columns)} and arguments, separated by one tab; _ for nothing"
            raise refused(place, number, problem, mend)
        if row[0] != str(index):
            raise refused(place, number, f"id {row[0]!r} instead of {index}", "number words from 1")
    return list(rows)


def _arguments(rows: Sequence[Row], place: str, columns: Sequence[str]) -> tuple[Arc, ...]:
    """The arcs of a sentence; each predicate has a column after the others."""
    for number, row in rows:
        if row[_PRED] not in ("+", "-"):
            problem = f"pred is {row[_PRED]!r}"
            raise refused(place, number, problem, "write + for a predicate, else -")
    predicates = [word for word, (_, row) in enumerate(rows) if row[_PRED] == "+"]
    for number, row in rows:
        if len(row) != len(columns) + len(predicates):
            problem = (
                f"{len(row) - len(columns)} columns of arguments after {columns[-1]!r} "
                f"for {len(predicates)} predicates"
            )
            mend = f"give each predicate one; files of 2015 begin with {_HEADER_2015}"
            raise refused(place, number, problem, mend)
    arcs = [
        Arc(predicate, word, label)
        for word, (_, row) in enumerate(rows)
        for predicate, label in zip(predicates, row[len(columns) :], strict=True)
        if label != NO_ENTRY
    ]
    return tuple(sorted(arcs, key=lambda arc: (arc.source, arc.target)))
