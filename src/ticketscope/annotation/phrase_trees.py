"""Phrase-structure trees in the bracketed form of the Penn Treebank."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ticketscope.errors import InputError

MAX_DEPTH = 200
"""Deeper brackets are taken for a mistake; the deepest trees of treebanks have some 50 levels."""

_TOKEN = re.compile(r"[()]|[^\s()]+")
_SYMBOL = re.compile(r"[^\s()]+")


@dataclass(frozen=True, slots=True)
class Tree:
    """A phrase with children, or a preterminal: a part of speech with its word.

    Args:
        label: category of the phrase, or part of speech; without blanks and brackets.
        children: the phrases and preterminals below, in order; none below a preterminal.
        word: the word of a preterminal, without blanks and brackets (-LRB- stands for one).

    Raises `InputError` for a node that is neither.
    """

    label: str
    children: tuple["Tree", ...] = ()
    word: str = ""

    def __post_init__(self) -> None:
        symbols = [self.label] if self.children and not self.word else [self.label, self.word]
        if self.children and self.word:
            raise InputError(f"tree node {self.label!r}: has both children and a word; give one")
        for symbol in symbols:
            if not _SYMBOL.fullmatch(symbol):
                raise InputError(
                    f"tree node {self.label!r}: label and word must be symbols without blanks and "
                    f"brackets, not {symbol!r} (write -LRB- and -RRB- for brackets)"
                )

    @property
    def is_preterminal(self) -> bool:
        """Whether this is a part of speech with its word."""
        return bool(self.word)


def parse(text: str, where: str) -> Tree:
    """Read one bracketed tree; an unlabelled bracket around all of it is stripped.

    Raises `InputError`, naming `where` the text stands, when it is not exactly one tree.
    """
    finished: list[Tree] = []
    open_phrases: list[_OpenPhrase] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if finished:
            raise _malformed(where, f"{token!r} after the end of the tree")
        if token == "(":
            if len(open_phrases) == MAX_DEPTH:
                raise _malformed(where, f"more than {MAX_DEPTH} brackets are open at once")
            open_phrases.append(_OpenPhrase([], []))
        elif not open_phrases:
            raise _malformed(where, f"{token!r} before the first bracket")
        elif token == ")":
            node = _closed(open_phrases.pop(), where, outermost=not open_phrases)
            (open_phrases[-1].children if open_phrases else finished).append(node)
        elif open_phrases[-1].children:
            raise _malformed(where, f"the word {token!r} stands beside a phrase")
        else:
            open_phrases[-1].symbols.append(token)
    if not finished:
        raise _malformed(where, f"{len(open_phrases)} brackets are not closed")
    return finished[0]


def bracketed(tree: Tree) -> str:
    """The tree on one line, which `parse` reads back."""
    inside = tree.word or " ".join(map(bracketed, tree.children))
    return f"({tree.label} {inside})"


def words(tree: Tree) -> tuple[str, ...]:
    """The words of the tree in order."""
    return tuple(leaf.word for leaf in preterminals(tree))


def labels(tree: Tree) -> Iterator[str]:
    """The labels of all phrases and parts of speech."""
    yield tree.label
    for child in tree.children:
        yield from labels(child)


def preterminals(tree: Tree) -> Iterator[Tree]:
    """The parts of speech of the tree in order, each with its word."""
    if tree.is_preterminal:
        yield tree
    for child in tree.children:
        yield from preterminals(child)


def category(label: str) -> str:
    """A label without function tags and indices: NP for NP-SBJ-1, NP=2 and NP|NX.

    Labels that begin with a hyphen, -NONE- and -LRB-, are kept.
    """
    return label if label.startswith("-") else re.split(r"[-=|]", label, maxsplit=1)[0]


def ancestors(tree: Tree) -> list[tuple[str, ...]]:
    """For each word the categories above its part of speech, nearest first, up to the root."""
    return list(_ancestors(tree, ()))


def _ancestors(tree: Tree, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if tree.is_preterminal:
        yield above
    for child in tree.children:
        yield from _ancestors(child, (category(tree.label), *above))


def without_traces(tree: Tree) -> Tree | None:
    """The tree without empty elements (-NONE-) and the phrases that hold nothing else."""
    if tree.label == "-NONE-":
        return None
    if tree.is_preterminal:
        return tree
    kept = [child for child in map(without_traces, tree.children) if child]
    return Tree(tree.label, tuple(kept)) if kept else None


# ----------------------------------------------------------------------------- parsing


@dataclass(frozen=True, slots=True)
class _OpenPhrase:
    """What was read of a bracket that is not closed yet."""

    symbols: list[str]
    children: list[Tree]


def _closed(phrase: _OpenPhrase, where: str, *, outermost: bool) -> Tree:
    match phrase.symbols, phrase.children:
        case [label, word], []:
            return Tree(label, word=word)
        case [label], [_, *_] as children:
            return Tree(label, tuple(children))
        case [], [child] if outermost:
            return child
        case [], _:
            raise _malformed(where, "a bracket without a label")
        case [label], []:
            raise _malformed(where, f"{label!r} has neither word nor phrases")
        case symbols, _:
            raise _malformed(where, f"{' '.join(symbols)!r} is more than a label and its word")


def _malformed(where: str, problem: str) -> InputError:
    return InputError(f"{where}: not a bracketed tree, {problem}; expected (LABEL …) on all levels")
