"""Coreference in the columns of CoNLL-2012 (Pradhan et al. 2012): OntoNotes, LitBank."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ticketscope.annotation.readers.blocks import at, not_empty, refused
from ticketscope.annotation.readers.columns import cells
from ticketscope.annotation.sentence import AnnotatedSentence, Span

_BEGIN, _END = "#begin document", "#end document"
_NAME = re.compile(r"\s*\((.*)\)(?:; part [0-9]+)?\s*")
_WORD = 3
_FEWEST_COLUMNS = 5
_NO_MENTION = ("", "-", "_", "*")
_PIECE = re.compile(r"(\()?([^()|\s]+)(\))?")


def read(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    """Stream the documents of a file, each part of one as an `AnnotatedSentence` of its own.

    The words are the fourth column, the mentions the last, their labels the entities. The parts of
    a document share its name, so that they stay together where documents are split by name.
    Columns are separated by tabs (LitBank; no mention is an empty cell) or by blanks (OntoNotes;
    no mention is a hyphen). Mentions may nest and cross; of one entity the last that was opened
    is closed first.

    Raises `InputError` with file and line for anything malformed, for a mention that crosses the
    end of its sentence, and for a file without documents.
    """
    return not_empty(place, _documents(lines, place))


@dataclass(slots=True)
class _Document:
    """What was read of a document that is not closed yet."""

    name: str
    line: int
    words: list[str] = field(default_factory=list)
    sentence_starts: list[int] = field(default_factory=list)
    mentions: list[Span] = field(default_factory=list)
    open_mentions: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """For each entity its open mentions: their first words, and their lines."""
    is_between_sentences: bool = True


def _documents(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    document: _Document | None = None
    for number, line in enumerate(lines, start=1):
        if line.startswith(_BEGIN):
            _check_closed(document, place)
            document = _Document(_name(line, number, place), number)
        elif document is None:
            if line.strip():
                problem = f"{line[:40]!r} stands outside of documents"
                raise refused(place, number, problem, f"begin one by {_BEGIN} (name); part 000")
        elif line.startswith(_END):
            _end_sentence(document, place)
            yield _finished(document, place)
            document = None
        elif line.strip():
            _add(document, line, number, place)
        else:
            _end_sentence(document, place)
    _check_closed(document, place)


def _name(line: str, number: int, place: str) -> str:
    match = _NAME.fullmatch(line.removeprefix(_BEGIN))
    if not match:
        raise refused(place, number, f"{line!r} names none", f"write {_BEGIN} (name); part 000")
    return match[1]


def _check_closed(document: _Document | None, place: str) -> None:
    if document:
        problem = f"the document {document.name!r} is not closed"
        raise refused(place, document.line, problem, f"close it by {_END}; is the file whole?")


def _finished(document: _Document, place: str) -> AnnotatedSentence:
    with at(place, document.line):
        return AnnotatedSentence(
            words=tuple(document.words),
            name=document.name,
            sentence_starts=tuple(document.sentence_starts),
            mentions=tuple(sorted(document.mentions, key=lambda span: (span.start, -span.end))),
        )


def _add(document: _Document, line: str, number: int, place: str) -> None:
    """Take the word of a line, and the mentions that it begins and ends."""
    row = cells(line)
    if len(row) < _FEWEST_COLUMNS:
        problem = f"{len(row)} columns instead of {_FEWEST_COLUMNS} or more"
        raise refused(place, number, problem, "give document, part, number, word, …, mentions")
    if document.is_between_sentences:
        document.sentence_starts.append(len(document.words))
        document.is_between_sentences = False
    word = len(document.words)
    document.words.append(row[_WORD])
    for piece in row[-1].split("|") if row[-1] not in _NO_MENTION else ():
        match = _PIECE.fullmatch(piece)
        if not match or not (match[1] or match[3]):
            problem = f"{row[-1]!r} begins and ends no mentions"
            raise refused(place, number, problem, "write as in (3, 3), (3)|4)")
        opens, entity, closes = match.groups()
        starts = document.open_mentions.setdefault(entity, [])
        if opens:
            starts.append((word, number))
        if closes:
            if not starts:
                problem = f"{piece!r} closes no mention of this sentence"
                raise refused(place, number, problem, f"open it there by ({entity}")
            start, _ = starts.pop()
            document.mentions.append(Span(start, word + 1, entity))


def _end_sentence(document: _Document, place: str) -> None:
    for entity, starts in document.open_mentions.items():
        for _, number in starts:
            problem = f"the mention of {entity!r} that begins here is not closed in its sentence"
            raise refused(place, number, problem, f"close it by {entity})")
    document.open_mentions.clear()
    document.is_between_sentences = True
