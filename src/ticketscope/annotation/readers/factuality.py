"""Factuality of events: the table of UDS It-Happened (Rudinger, White and Van Durme 2018)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from ticketscope.annotation.readers.blocks import not_empty, refused
from ticketscope.annotation.readers.standoff import Row, Rows, rows_of_sentences
from ticketscope.annotation.sentence import FACTUALITY_RANGE, AnnotatedSentence

_VERB = "VERB"
_NUMBER = re.compile(r"[-+]?[0-9]{1,9}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?")


def read(
    lines: Iterable[str], place: str, known: Mapping[str, AnnotatedSentence]
) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a table with a verb that has a value, from -3 (not) to 3 (happened).

    The table has columns `sent_id`, `tok_id`, `word` and `value`. Words and their tags are those of
    `known`: a word that is not tagged VERB there is left out, and a sentence without a verb that
    has a value as well. Of several ids the first verb is taken.

    Args:
        lines: of the file.
        place: what errors call it.
        known: sentences by name, with universal tags.

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    return not_empty(place, _sentences(lines, place, known))


def _sentences(
    lines: Iterable[str], place: str, known: Mapping[str, AnnotatedSentence]
) -> Iterator[AnnotatedSentence]:
    table = rows_of_sentences(lines, place, known, tokens="tok_id", words="word", values=("value",))
    for rows in table:
        values = tuple(_of_verbs(rows, place))
        if values:
            yield AnnotatedSentence(
                words=rows.sentence.words,
                name=rows.sentence.name,
                space_after=rows.sentence.space_after,
                factuality=values,
            )


def _of_verbs(rows: Rows, place: str) -> Iterator[tuple[int, float]]:
    upos = rows.sentence.upos
    if upos is None:
        problem = f"the sentence {rows.sentence.name!r} has no universal tags in the CoNLL-U file"
        raise refused(place, rows.rows[0].line, problem, "give one with them")
    for row in sorted(rows.rows, key=lambda row: row.words):
        value = _value(row, place)
        for word in [word for word in row.words if upos[word] == _VERB][:1]:
            yield word, value


def _value(row: Row, place: str) -> float:
    [text] = row.values
    lowest, highest = FACTUALITY_RANGE
    if not _NUMBER.fullmatch(text) or not lowest <= float(text) <= highest:
        problem = f"the value {text!r} is no number from {lowest} to {highest}"
        raise refused(place, row.line, problem, "write as in -1.25")
    return float(text)
