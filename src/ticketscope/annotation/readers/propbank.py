"""Semantic roles in columns: PropBank (Palmer et al. 2005), CoNLL-2005 (Carreras and Màrquez)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ticketscope.annotation import head_words, phrase_trees
from ticketscope.annotation.phrase_trees import Tree
from ticketscope.annotation.readers.blocks import (
    Block,
    Layers,
    at,
    blocks,
    comment,
    not_empty,
    refused,
)
from ticketscope.annotation.readers.columns import cells, is_bracketed, spans
from ticketscope.annotation.readers.trees import phrases
from ticketscope.annotation.sentence import NO_ENTRY, AnnotatedSentence, Arc

_VERB = "V"
_NO_PREDICATE = _NO_TAG = "-"
_ROUND_BRACKETS = str.maketrans({"(": "-LRB-", ")": "-RRB-"})
_OTHER_BRACKETS = {"[": "-LSB-", "]": "-RSB-", "{": "-LCB-", "}": "-RCB-"}


def read(
    lines: Iterable[str], place: str, known: Mapping[str, AnnotatedSentence]
) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a file with tags, trees and arcs from predicates to arguments.

    An argument is where its head word is: the word of its span whose own head lies outside of it;
    the first where there are several. Heads are those of the sentence of the same name
    (`# sent_id`) in `known`. Where `known` is empty they follow from the tree by rules, which make
    the preposition and not the noun the head of a prepositional phrase; in a sentence without a
    tree (no bracket in its column) the last word of the span is taken.

    Every span but V is an argument of its own, those of references and continuations too (R-ARG0,
    C-ARG1, C-V), as the figures published with the English Web Treebank count. A C-V that is the
    predicate's own word gives an arc from that word to itself.

    Layouts, told apart by which columns hold brackets:

    - number, word, tag, tree, lemma, roleset, arguments;
    - CoNLL-2005: word, entities, tag, chunks, clauses, tree, sense, lemma, arguments;
    - word, tag, tree, then entities or not, sense or not, lemma, arguments.

    A hyphen in the last column before the arguments says that the word is no predicate; there are
    as many columns of arguments as predicates. A hyphen as a tag says that there is none. Columns
    are separated by tabs or by blanks. A tree or arguments that are malformed are None, and the
    sentence says so (`malformed`).

    Args:
        lines: of the file.
        place: what errors call it.
        known: sentences by name, with heads. If not empty, each sentence must be there and have
            the same words; it lends its spaces.

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    return not_empty(place, (_sentence(block, place, known) for block in blocks(lines)))


@dataclass(frozen=True, slots=True)
class _Layout:
    """A layout of columns: how it looks (* for brackets, x for others), and which column holds
    what."""

    pattern: re.Pattern[str]
    word: int
    tag: int
    tree: int
    is_numbered: bool


_LAYOUTS = (
    _Layout(re.compile(r"(..x\*xx)\**"), word=1, tag=2, tree=3, is_numbered=True),
    _Layout(re.compile(r"(.\*x\*\*\*xx)\**"), word=0, tag=2, tree=5, is_numbered=False),
    _Layout(re.compile(r"(.x\*\*?xx?)\**"), word=0, tag=1, tree=2, is_numbered=False),
)


@dataclass(frozen=True, slots=True)
class _Columns:
    """A sentence as it stands in the file.

    Args:
        numbers: of its lines.
        pieces: of the tree, one per word.
        predicates: indices of words.
        arguments: one column per predicate where all is well, one cell per word.
    """

    numbers: Sequence[int]
    words: tuple[str, ...]
    tags: tuple[str, ...]
    pieces: tuple[str, ...]
    predicates: Sequence[int]
    arguments: Sequence[Sequence[str]]


def _sentence(
    block: Block, place: str, known: Mapping[str, AnnotatedSentence]
) -> AnnotatedSentence:
    columns = _columns(block, place)
    name = comment(block, "sent_id")
    gold = _known_sentence(name, columns, place, known) if known else None
    layers = Layers()
    tree = layers.take("tree", lambda: _tree(columns, place))

    def heads() -> Sequence[int] | None:
        if gold:
            return _known_heads(gold, name, columns, place)
        if layers.malformed:
            problem = "the tree, which says what heads an argument, is malformed"
            raise refused(place, block.first_line, problem, "correct it")
        return head_words.heads(tree) if tree else None

    arguments = layers.take("arguments", lambda: _arguments(columns, heads(), place))
    with at(place, block.first_line):
        return AnnotatedSentence(
            words=columns.words,
            name=name,
            space_after=gold.space_after if gold else None,
            xpos=tuple(NO_ENTRY if tag == _NO_TAG else tag for tag in columns.tags),
            tree=tree,
            arguments=arguments,
            malformed=tuple(layers.malformed),
        )


def _known_sentence(
    name: str, columns: _Columns, place: str, known: Mapping[str, AnnotatedSentence]
) -> AnnotatedSentence:
    """The sentence of that name, which must have the same words."""
    line = columns.numbers[0]
    if name not in known:
        raise refused(
            place,
            line,
            f"the sentence {name!r} is not in the CoNLL-U file",
            "name it after one there, by # sent_id = …, or give the right CoNLL-U file",
        )
    sentence = known[name]
    if sentence.words != columns.words:
        here, there = _difference(columns.words, sentence.words)
        raise refused(
            place,
            line,
            f"the sentence {name!r} has {here} where the CoNLL-U file has {there}",
            "give the CoNLL-U file with the same words",
        )
    return sentence


def _known_heads(
    sentence: AnnotatedSentence, name: str, columns: _Columns, place: str
) -> Sequence[int]:
    sentence.check("heads")
    if sentence.heads is None:
        raise refused(
            place,
            columns.numbers[0],
            f"the sentence {name!r} has no heads in the CoNLL-U file",
            "give a CoNLL-U file with heads that form a tree",
        )
    return sentence.heads


def _difference(words1: Sequence[str], words2: Sequence[str]) -> tuple[str, str]:
    """In words, where two lists of words begin to differ."""
    for number, (word1, word2) in enumerate(zip(words1, words2, strict=False), start=1):
        if word1 != word2:
            return f"{word1!r} as word {number}", repr(word2)
    return f"{len(words1)} words", str(len(words2))


# ----------------------------------------------------------------------------- columns


def _columns(block: Block, place: str) -> _Columns:
    rows = [(number, cells(line)) for number, line in block.numbered()]
    while rows and rows[0][1][0].startswith("#") and not _layout(rows[0][1]):
        rows.pop(0)
    if not rows:
        raise refused(place, block.first_line, "comments without words", "remove them")
    first_line, first_row = rows[0]
    found = _layout(first_row)
    if not found:
        raise refused(
            place,
            first_line,
            f"{len(first_row)} columns of no known layout",
            "give number, word, tag, tree, lemma, roleset and arguments, or CoNLL-2005's columns; "
            "trees and arguments as (NP*, *, *)",
        )
    layout, first_argument = found
    for index, (number, row) in enumerate(rows, start=1):
        if len(row) != len(first_row):
            problem = f"{len(row)} columns, unlike the {len(first_row)} of line {first_line}"
            raise refused(place, number, problem, "give all words of a sentence the same columns")
        if layout.is_numbered and row[0] != str(index):
            raise refused(place, number, f"number {row[0]!r} instead of {index}", "number from 1")
    by_column = list(zip(*(row for _, row in rows), strict=True))
    predicates = [
        word for word, cell in enumerate(by_column[first_argument - 1]) if cell != _NO_PREDICATE
    ]
    return _Columns(
        numbers=[number for number, _ in rows],
        words=by_column[layout.word],
        tags=by_column[layout.tag],
        pieces=by_column[layout.tree],
        predicates=predicates,
        arguments=by_column[first_argument:],
    )


def _layout(row: Sequence[str]) -> tuple[_Layout, int] | None:
    """The layout of a sentence by its first row, and where the arguments begin."""
    shape = "".join("*" if is_bracketed(cell) else "x" for cell in row)
    for layout in _LAYOUTS:
        match = layout.pattern.fullmatch(shape)
        if match:
            return layout, match.end(1)
    return None


# ----------------------------------------------------------------------------- trees and arguments


def _tree(columns: _Columns, place: str) -> Tree | None:
    if set(columns.pieces) == {"*"}:
        return None
    leaves = zip(columns.pieces, columns.tags, columns.words, strict=True)
    text = " ".join(
        piece.replace("*", f" ({_escaped(tag)} {_escaped(word)}) ") for piece, tag, word in leaves
    )
    first_line = columns.numbers[0]
    tree = phrase_trees.parse(text, f"{place}:{first_line}")
    with at(place, first_line):
        return phrases(tree)


def _escaped(symbol: str) -> str:
    """The symbol as trees of the Penn Treebank write it: -LRB- for a bracket, -LSB- for another.

    Square and curly ones are left alone within a word, as there.
    """
    return _OTHER_BRACKETS.get(symbol) or symbol.translate(_ROUND_BRACKETS)


def _arguments(columns: _Columns, heads: Sequence[int] | None, place: str) -> tuple[Arc, ...]:
    num_predicates, num_columns = len(columns.predicates), len(columns.arguments)
    if num_predicates != num_columns:
        problem = f"{num_predicates} predicates but {num_columns} columns of arguments"
        raise refused(place, columns.numbers[0], problem, "give each predicate one")
    return tuple(_arcs(columns, heads, place))


def _arcs(columns: _Columns, heads: Sequence[int] | None, place: str) -> Iterator[Arc]:
    for predicate, column in zip(columns.predicates, columns.arguments, strict=True):
        found = spans(zip(columns.numbers, column, strict=True), place)
        for span in sorted(found, key=lambda span: span.start):
            if span.label != _VERB:
                yield Arc(predicate, _head(span.start, span.end, heads), span.label)


def _head(start: int, end: int, heads: Sequence[int] | None) -> int:
    """The word of the span whose head lies outside of it, the first of several."""
    if heads is None:
        return end - 1
    return next(word for word in range(start, end) if not start <= heads[word] < end)
