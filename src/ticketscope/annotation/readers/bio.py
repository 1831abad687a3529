"""Columns with spans as BIO tags: CoNLL-2000 and 2003, WNUT, Universal NER (Mayhew et al. 2024)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ticketscope.annotation.readers.blocks import (
    Block,
    at,
    blocks,
    comment,
    not_empty,
    refused,
    spaces_of_text,
)
from ticketscope.annotation.sentence import NO_ENTRY, AnnotatedSentence, Span

# A word may be a lone # (CoNLL-2000) or a hashtag (WNUT).
_COMMENT = re.compile(r"# (newdoc|newpar|\w+( \w+)* =)")
_DOCUMENT_START = "-DOCSTART-"
_OUTSIDE = "O"
_GIVEN_UP_IN_UNER = frozenset({_OUTSIDE, "OTH"})
"""Labels in the pre-release of Universal NER, for names of other kinds; given up since. They say
nothing of a name, so that it counts as one without a label."""

_FIRST_TAG_IN_UNER = 3
_WIDTH_OF_2003, _CHUNK_OF_2003 = 4, 3
"""Word, part of speech, chunk and name: all other files have one layer of spans."""

_TAG = re.compile(r"O|[BIELSU]-.+")
_NO_TAG = ("-", NO_ENTRY)
"""What some files write for O."""
_BEGINNING, _ENDING = frozenset("BSU"), frozenset("ELSU")


def read(lines: Iterable[str], place: str, *, chunks: bool = False) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a file in columns, their spans as `entities`.

    Columns are separated by tabs, in lines without tabs by blanks. The word is the first, the tag
    the last; but where `chunks` are wanted, of four columns (CoNLL-2003) the third. Comments
    (`# name = value`) and -DOCSTART- lines are no words. A sentence with the comment `sent_id` is
    read as in Universal NER: an id stands before the word, the tag is the third column (of five, or
    of three for an O), or where that says nothing the first after it with tags; the labels O and
    OTH of the pre-release are empty ones. Spaces are those of the comment `text` where the words
    spell it.

    Tags are IOB1, IOB2, IOBES (BIOES) or BILOU, with O, a hyphen or _ outside; as in conlleval an
    I-, E- or L- that continues no span of its label begins one.

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    found = (_sentence(block, place, chunks=chunks) for block in blocks(lines))
    return not_empty(place, (sentence for sentence in found if sentence))


@dataclass(frozen=True, slots=True)
class _Row:
    """The columns of a line."""

    line: int
    cells: tuple[str, ...]


def _sentence(block: Block, place: str, *, chunks: bool) -> AnnotatedSentence | None:
    """None for a block that only marks the start of a document."""
    rows = [_row(number, line) for number, line in block.numbered() if not _COMMENT.match(line)]
    of_words = [row for row in rows if row.cells[0] != _DOCUMENT_START]
    if rows and not of_words:
        return None
    name = comment(block, "sent_id")
    if name:
        return _uner_sentence(block, name, of_words, place)
    _check_widths(of_words, place)
    spans = _spans(_tag(row, _column(row, chunks=chunks), place) for row in of_words)
    with at(place, block.first_line):
        return AnnotatedSentence(
            words=tuple(row.cells[0] for row in of_words), entities=tuple(spans)
        )


def _uner_sentence(block: Block, name: str, rows: Sequence[_Row], place: str) -> AnnotatedSentence:
    _check_ids(rows, place)
    column = _column_in_uner(rows)
    spans = _spans(_tag(row, column, place) for row in rows)
    words = tuple(row.cells[1] for row in rows)
    with at(place, block.first_line):
        return AnnotatedSentence(
            words=words,
            name=name,
            space_after=spaces_of_text(words, comment(block, "text")),
            entities=tuple(map(_without_given_up, spans)),
        )


def _without_given_up(span: Span) -> Span:
    return replace(span, label=NO_ENTRY) if span.label in _GIVEN_UP_IN_UNER else span


def _row(number: int, line: str) -> _Row:
    cells = line.split("\t") if "\t" in line else filter(None, line.split(" "))
    return _Row(number, tuple(cells))


def _check_widths(rows: Sequence[_Row], place: str) -> None:
    for row in rows:
        width = len(row.cells)
        if width < 2 or width != len(rows[0].cells):
            raise refused(
                place,
                row.line,
                f"a row of {width} columns where the sentence begins with {len(rows[0].cells)}",
                "give word and tag, and as many columns in all rows of a sentence",
            )


def _check_ids(rows: Sequence[_Row], place: str) -> None:
    for number, row in enumerate(rows, start=1):
        if row.cells[0] != str(number) or len(row.cells) < 3:
            raise refused(
                place,
                row.line,
                f"the row of {row.cells[0]!r} is not id {number}, a word and a tag",
                "in a sentence with a sent_id number the words from 1 on, tabs between columns",
            )


def _column(row: _Row, *, chunks: bool) -> int:
    """Where the tag stands, from 1."""
    width = len(row.cells)
    return _CHUNK_OF_2003 if chunks and width == _WIDTH_OF_2003 else width


def _column_in_uner(rows: Sequence[_Row]) -> int:
    """Where the tags of a sentence stand, from 1.

    Some files have a hyphen all through in the third column, and the tags in the next.
    """
    width = min((len(row.cells) for row in rows), default=0)
    for column in range(_FIRST_TAG_IN_UNER, width + 1):
        said = [row.cells[column - 1] for row in rows if row.cells[column - 1] not in _NO_TAG]
        if said and (column == _FIRST_TAG_IN_UNER or all(map(_TAG.fullmatch, said))):
            return column
    return _FIRST_TAG_IN_UNER


def _tag(row: _Row, column: int, place: str) -> str:
    tag = row.cells[column - 1]
    if tag in _NO_TAG:
        return _OUTSIDE
    if not _TAG.fullmatch(tag):
        raise refused(
            place,
            row.line,
            f"{tag!r} in column {column} is no BIO tag",
            "write O, or B- and I- with a label, in the last column (chunks: in the third of four)",
        )
    return tag


def _spans(tags: Iterable[str]) -> list[Span]:
    """The spans of tags in any of the schemes."""
    spans: list[Span] = []
    open_label = ""
    for word, tag in enumerate(tags):
        position, _, label = tag.partition("-")
        if not label:
            open_label = ""
            continue
        if position in _BEGINNING or label != open_label:
            spans.append(Span(word, word + 1, label))
        else:
            spans[-1] = Span(spans[-1].start, word + 1, label)
        open_label = "" if position in _ENDING else label
    return spans
