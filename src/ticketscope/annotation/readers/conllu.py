"""CoNLL-U: words, tags, features and dependencies (Universal Dependencies; Nivre et al. 2020).

The `conllu` package is not used: it names no lines, accepts rows that lack columns, ends a column
at two blanks, and passes malformed enhanced dependencies on as text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ticketscope.annotation.readers.blocks import (
    Block,
    Layers,
    at,
    blocks,
    comment,
    not_empty,
    refused,
)
from ticketscope.annotation.sentence import NO_ENTRY, AnnotatedSentence, Arc, problems_of_heads

_NUM_COLUMNS = 10
_HEAD = re.compile(r"0|[1-9][0-9]{0,5}")
_LAST_OF_TOKEN = re.compile(r"-([1-9][0-9]{0,5})")
_EMPTY_NODE = re.compile(r"\.[1-9][0-9]{0,5}")


def read(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a CoNLL-U file; `place` names it in errors.

    The words are the syntactic ones. A multiword token gives them its spaces alone: none inside,
    after it what its row says. Joined they spell its form wherever their forms do (do + n't); where
    they do not (German zu + dem for "zum"), the raw text shows the words themselves, run together.
    A layer that is `_` all over a sentence is None; so are heads that form no tree and enhanced
    dependencies that are malformed, and the sentence says so (`malformed`). Empty nodes are left
    out, and of the enhanced graph all arcs that start or end at one or at the root: they join no
    two words.

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    return not_empty(place, (_sentence(block, place) for block in blocks(lines)))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of ten columns: a word, a multiword token or an empty node."""

    line: int
    id: str
    form: str
    lemma: str
    upos: str
    xpos: str
    features: str
    head: str
    relation: str
    enhanced: str
    misc: str

    @property
    def space_after(self) -> bool:
        return "SpaceAfter=No" not in self.misc.split("|")


@dataclass(frozen=True, slots=True)
class _MultiwordToken:
    """A token of words [start, end)."""

    start: int
    end: int
    row: _Row


def _sentence(block: Block, place: str) -> AnnotatedSentence:
    words, tokens = _words_and_tokens(_rows(block, place), place)
    forms = tuple(word.form for word in words)
    lemmas = tuple(word.lemma for word in words)
    layers = Layers()
    heads = layers.take("heads", lambda: _heads(words, place))
    enhanced = layers.take("enhanced", lambda: _enhanced(words, place))
    with at(place, block.first_line):
        return AnnotatedSentence(
            words=forms,
            name=comment(block, "sent_id"),
            space_after=_space_after(words, tokens),
            # The lemma of a real underscore is `_`, too.
            lemmas=lemmas if lemmas == forms else _layer(lemmas),
            upos=_layer(word.upos for word in words),
            xpos=_layer(word.xpos for word in words),
            features=_layer(word.features for word in words),
            heads=heads,
            relations=_layer(word.relation for word in words),
            enhanced=enhanced,
            malformed=tuple(layers.malformed),
        )


def _rows(block: Block, place: str) -> Iterator[_Row]:
    for number, line in block.numbered():
        if line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != _NUM_COLUMNS or not all(columns):
            raise refused(
                place,
                number,
                f"{sum(map(bool, columns))} columns that are not empty instead of {_NUM_COLUMNS}",
                "separate columns by one tab and write _ for nothing",
            )
        yield _Row(number, *columns)


def _words_and_tokens(rows: Iterable[_Row], place: str) -> tuple[list[_Row], list[_MultiwordToken]]:
    """The rows of words, numbered from 1 on, and the multiword tokens, which do not overlap."""
    words: list[_Row] = []
    tokens: list[_MultiwordToken] = []
    for row in rows:
        last, following = str(len(words)), str(len(words) + 1)
        inside_token = bool(tokens) and len(words) < tokens[-1].end
        range_ = _LAST_OF_TOKEN.fullmatch(row.id.removeprefix(following))
        if row.id == following:
            words.append(row)
        elif range_ and not inside_token and int(range_[1]) > len(words):
            tokens.append(_MultiwordToken(len(words), int(range_[1]), row))
        elif not _EMPTY_NODE.fullmatch(row.id.removeprefix(last)):
            raise refused(
                place,
                row.line,
                f"id {row.id!r} where word {following} should stand",
                "number words 1, 2, 3, tokens before their words 1-2, empty nodes after one 1.1",
            )
    for token in tokens[-1:]:
        if token.end > len(words):
            raise refused(
                place,
                token.row.line,
                f"token {token.row.id} ends past the {len(words)} words of the sentence",
                "correct its id",
            )
    return words, tokens


def _space_after(words: Sequence[_Row], tokens: Iterable[_MultiwordToken]) -> tuple[bool, ...]:
    spaces = [word.space_after for word in words]
    for token in tokens:
        inside = token.end - token.start - 1
        spaces[token.start : token.end] = [False] * inside + [token.row.space_after]
    return tuple(spaces)


def _layer(values: Iterable[str]) -> tuple[str, ...] | None:
    layer = tuple(values)
    return None if set(layer) <= {NO_ENTRY} else layer


def _heads(words: Sequence[_Row], place: str) -> tuple[int, ...] | None:
    if _layer(word.head for word in words) is None:
        return None
    for word in words:
        if not _HEAD.fullmatch(word.head) or int(word.head) > len(words):
            raise refused(
                place,
                word.line,
                f"the head {word.head!r} is none of the {len(words)} words",
                "give the id of a word, or 0 for the root",
            )
    heads = tuple(int(word.head) - 1 for word in words)
    for problem in problems_of_heads(heads):
        raise refused(place, words[0].line, problem, "correct them")
    return heads


def _enhanced(words: Sequence[_Row], place: str) -> tuple[Arc, ...] | None:
    if _layer(word.enhanced for word in words) is None:
        return None
    return tuple(arc for index in range(len(words)) for arc in _arcs_to(index, words, place))


def _arcs_to(index: int, words: Sequence[_Row], place: str) -> Iterator[Arc]:
    """The enhanced arcs from other words to the word at `index`."""
    word = words[index]
    if word.enhanced == NO_ENTRY:
        return
    for item in word.enhanced.split("|"):
        head, _, relation = item.partition(":")
        head_word, dot, number = head.partition(".")
        if (
            not relation
            or not _HEAD.fullmatch(head_word)
            or int(head_word) > len(words)
            or not (_EMPTY_NODE.fullmatch(dot + number) or not dot)
        ):
            raise refused(
                place,
                word.line,
                f"the enhanced dependency {item!r} is no head with a relation",
                "write as in 4:nsubj|7:conj:and",
            )
        if not dot and head_word != "0":
            yield Arc(int(head_word) - 1, index, relation)
