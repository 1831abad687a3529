"""Adpositions with supersenses: STREUSLE (Schneider and Smith 2015; Schneider et al. 2018)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, tee

from ticketscope.annotation.readers import conllu
from ticketscope.annotation.readers.blocks import Block, blocks, not_empty, refused
from ticketscope.annotation.readers.standoff import SENTENCE, Rows, rows_of_sentences
from ticketscope.annotation.sentence import NO_ENTRY, Adposition, AnnotatedSentence

_NUM_COLUMNS, _NUM_OF_CONLLU = 19, 10
_ID, _EXPRESSION, _ROLE, _FUNCTION = 0, 10, 13, 14
_SUPERSENSE = "p."
"""What supersenses of adpositions and possessives begin with (p.Locus)."""


def read(
    lines: Iterable[str], place: str, known: Mapping[str, AnnotatedSentence]
) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a file with their adpositions; labels as distributed (p.Locus).

    Only supersenses p.… count; ``??``, a backtick and supersenses of nouns and verbs do not. An
    expression of several words is their span where they are neighbours, else its first word.

    Two forms, told apart by the first line:

    - ``.conllulex`` (19 columns): all sentences, with all that CoNLL-U knows of them;
    - a table (`sent_id`, `tok_ids`, `words`, `role`, `function`): the words are those of `known`,
      and sentences without an adposition, which a table does not show, are not there.

    Args:
        lines: of the file.
        place: what errors call it.
        known: sentences by name, for a table; else not looked at.

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    lines = iter(lines)
    first = next(lines, "")
    everything = chain((first,), lines)
    if first.split("\t")[0] == SENTENCE:
        return not_empty(place, _of_table(everything, place, known))
    return not_empty(place, _of_conllulex(everything, place))


# ----------------------------------------------------------------------------- tables


def _of_table(
    lines: Iterable[str], place: str, known: Mapping[str, AnnotatedSentence]
) -> Iterator[AnnotatedSentence]:
    table = rows_of_sentences(
        lines, place, known, tokens="tok_ids", words="words", values=("role", "function")
    )
    for rows in table:
        adpositions = tuple(_of_rows(rows, place))
        if adpositions:
            yield AnnotatedSentence(
                words=rows.sentence.words,
                name=rows.sentence.name,
                space_after=rows.sentence.space_after,
                adpositions=adpositions,
            )


def _of_rows(rows: Rows, place: str) -> Iterator[Adposition]:
    for row in sorted(rows.rows, key=lambda row: row.words):
        role, function = row.values
        if _is_supersense(role, function, place, row.line):
            yield _adposition(row.words, role, function)


def _adposition(words: Sequence[int], role: str, function: str) -> Adposition:
    start = words[0]
    are_neighbours = tuple(words) == tuple(range(start, start + len(words)))
    return Adposition(start, start + len(words) if are_neighbours else start + 1, role, function)


def _is_supersense(role: str, function: str, place: str, line: int) -> bool:
    """Whether it belongs to an adposition: both or neither must do so, but one may be missing."""
    given = [label for label in (role, function) if label != NO_ENTRY]
    are_of_adpositions = [label.startswith(_SUPERSENSE) for label in given]
    if any(are_of_adpositions) and not all(are_of_adpositions):
        problem = f"role {role!r} with function {function!r}"
        raise refused(place, line, problem, f"give both, {_SUPERSENSE}…")
    return any(are_of_adpositions)


# ----------------------------------------------------------------------------- conllulex


def _of_conllulex(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    checked1, checked2 = tee(_checked(lines, place))
    sentences = conllu.read(map(_columns_of_conllu, checked1), place)
    for sentence, block in zip(sentences, blocks(checked2), strict=True):
        yield replace(sentence, adpositions=tuple(_of_block(block, place)))


def _checked(lines: Iterable[str], place: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) != _NUM_COLUMNS or not all(map(str.strip, columns)):
                problem = f"not {_NUM_COLUMNS} columns that hold something"
                raise refused(place, number, problem, "separate by one tab; write _ for nothing")
        yield line


def _columns_of_conllu(line: str) -> str:
    return line if line.startswith("#") else "\t".join(line.split("\t")[:_NUM_OF_CONLLU])


def _of_block(block: Block, place: str) -> Iterator[Adposition]:
    lines = [(number, line) for number, line in block.numbered() if not line.startswith("#")]
    rows = [(number, line.split("\t")) for number, line in lines]
    # Rows of multiword tokens (2-3) and empty nodes (2.1) are no words.
    words = [(number, row) for number, row in rows if row[_ID].isdigit()]
    for index, (number, row) in enumerate(words):
        role, function = row[_ROLE], row[_FUNCTION]
        if _is_supersense(role, function, place, number):
            # Its words share the number before the colon; the first one has the supersense.
            group, colon, _ = row[_EXPRESSION].partition(":")
            members = [
                other
                for other, (_, its_row) in enumerate(words)
                if colon and its_row[_EXPRESSION].startswith(f"{group}:")
            ]
            yield _adposition(members or [index], role, function)
