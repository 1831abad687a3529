"""Tables of annotated words whose sentences are in another file: STREUSLE's, UDS'."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ticketscope.annotation.readers.blocks import refused
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.errors import InputError

SENTENCE = "sent_id"
_IDS = re.compile(r"([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table.

    Args:
        line: its number.
        words: of the sentence that it is about: their indices, in order, one or more.
        values: what it says of them.
    """

    line: int
    words: tuple[int, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one sentence; no two are about the same words."""

    sentence: AnnotatedSentence
    rows: tuple[Row, ...]


def rows_of_sentences(
    lines: Iterable[str],
    place: str,
    known: Mapping[str, AnnotatedSentence],
    *,
    tokens: str,
    words: str,
    values: Sequence[str],
) -> Iterator[Rows]:
    """Stream a table by sentences.

    The first line names the columns, which are separated by tabs: `sent_id`, `tokens` (ids of words
    as in CoNLL-U: 4, or 4,6, or the multiword token 4-5), `words` (their forms joined by `_`, or of
    a multiword token run together), and the `values`. Other columns are ignored.

    Raises `InputError` with file and line for anything malformed; for a sentence that is not in
    `known` or has other words there; and for rows of a sentence that do not stand together.
    """
    if not known:
        raise InputError(
            f"{place}: names words only by sentence and id; give their CoNLL-U file, too"
        )
    seen: set[str] = set()
    table = _cells(lines, place, (SENTENCE, tokens, words, *values))
    for name, group in groupby(table, key=lambda row: row[1][0]):
        numbered = list(group)
        first_line = numbered[0][0]
        if name in seen:
            problem = f"the sentence {name!r} stood further up already"
            raise refused(place, first_line, problem, "put the rows of a sentence together")
        seen.add(name)
        if name not in known:
            problem = f"the sentence {name!r} is not in the CoNLL-U file"
            raise refused(place, first_line, problem, "give the CoNLL-U file that has it")
        rows = tuple(_row(number, cells, known[name], place) for number, cells in numbered)
        _check_all_different(rows, place)
        yield Rows(known[name], rows)


def _cells(
    lines: Iterable[str], place: str, names: Sequence[str]
) -> Iterator[tuple[int, list[str]]]:
    """The cells of the columns of these names, with the number of their line."""
    header: list[str] = []
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if not line.strip():
            continue
        if not header:
            header = cells
            missing = [name for name in names if name not in header]
            if missing:
                problem = f"no column {missing[0]!r}"
                raise refused(place, number, problem, f"name all of {', '.join(names)} here")
        elif len(cells) == len(header):
            yield number, [cells[header.index(name)] for name in names]
        else:
            problem = f"{len(cells)} columns instead of {len(header)}"
            raise refused(place, number, problem, "separate columns by one tab")


def _row(line: int, cells: Sequence[str], sentence: AnnotatedSentence, place: str) -> Row:
    _, ids, forms, *values = cells
    words = tuple(sorted(set(_words(ids, len(sentence.words)))))
    if not words:
        problem = f"{ids!r} are no ids of the {len(sentence.words)} words of {sentence.name!r}"
        raise refused(place, line, problem, "give them as in 4, or 4,6, or 4-5")
    known_forms = [sentence.words[word] for word in words]
    if forms not in ("_".join(known_forms), "".join(known_forms)):
        problem = f"{forms!r} is {'_'.join(known_forms)!r} in the sentence {sentence.name!r}"
        raise refused(place, line, problem, "give the CoNLL-U file that this table was made for")
    return Row(line, words, tuple(values))


def _words(ids: str, num_words: int) -> Iterator[int]:
    """Indices of words from their ids; none if one of them is no id of a word."""
    matches = [_IDS.fullmatch(part) for part in ids.split(",")]
    ranges = [(int(match[1]), int(match[2] or match[1])) for match in matches if match]
    if len(ranges) == len(matches) and all(first <= last <= num_words for first, last in ranges):
        for first, last in ranges:
            yield from range(first - 1, last)


def _check_all_different(rows: Iterable[Row], place: str) -> None:
    seen: set[tuple[int, ...]] = set()
    for row in rows:
        if row.words in seen:
            raise refused(place, row.line, "these words had a row already", "remove one")
        seen.add(row.words)
