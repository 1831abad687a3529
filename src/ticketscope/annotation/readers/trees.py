"""Bracketed phrase-structure trees, as in the .mrg files of the Penn Treebank."""

import re
from collections.abc import Iterable, Iterator

from ticketscope.annotation.phrase_trees import (
    Tree,
    category,
    parse,
    preterminals,
    without_traces,
    words,
)
from ticketscope.annotation.readers.blocks import at, not_empty, refused
from ticketscope.annotation.sentence import AnnotatedSentence

_BRACKET = re.compile(r"[()]")
_MOST_LINES = 10_000
"""Of a tree; a longer one has lost a bracket. The longest of treebanks have some hundreds."""
_TECHNICAL_ROOTS = frozenset({"TOP", "ROOT", "S1"})


def read(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    """Stream the trees of a file, each on one line or on several; `place` names it in errors.

    Empty elements go, with the phrases that hold nothing else; so do functions and indices of
    phrases (NP for NP-SBJ-1). Tags of words (`xpos`) and words stay as they are, escapes such as
    -LRB- included. A technical root (TOP, ROOT, S1, no label) is no phrase and goes, unless it
    holds several.

    Raises `InputError` with file and line for anything malformed, for a tree that consists of empty
    elements, so that none is lost silently, and for a file without trees.
    """
    trees = _bracketed(lines, place)
    return not_empty(place, (_sentence(text, place, line) for line, text in trees))


def _bracketed(lines: Iterable[str], place: str) -> Iterator[tuple[int, str]]:
    """Each tree as text, with the number of its first line.

    Empty lines end nothing, since some files have them inside of trees. Text outside brackets comes
    with the tree after it; the parser then refuses it.
    """
    pieces: list[str] = []
    first_line = num_open = 0
    for number, line in enumerate(lines, start=1):
        start = 0
        for bracket in _BRACKET.finditer(line):
            num_open += 1 if bracket.group() == "(" else -1
            if num_open <= 0:
                pieces.append(line[start : bracket.end()])
                yield first_line or number, "\n".join(pieces)
                pieces, first_line, num_open, start = [], 0, 0, bracket.end()
        if line[start:].strip():
            pieces.append(line[start:])
            first_line = first_line or number
        if len(pieces) > _MOST_LINES:
            problem = f"the tree that begins here does not end within {_MOST_LINES:,} lines"
            raise refused(place, first_line, problem, "close its brackets")
    if pieces:
        yield first_line, "\n".join(pieces)


def _sentence(text: str, place: str, line: int) -> AnnotatedSentence:
    tree = without_traces(parse(text, f"{place}:{line}"))
    if tree is None:
        raise refused(place, line, "the tree holds no word, empty elements only", "remove it")
    with at(place, line):
        plain = phrases(tree)
        return AnnotatedSentence(
            words=words(plain),
            xpos=tuple(leaf.label for leaf in preterminals(plain)),
            tree=plain,
        )


def phrases(tree: Tree) -> Tree:
    """The tree without its technical root, and with bare categories as labels of its phrases."""
    return _plain(_without_technical_root(tree))


def _without_technical_root(tree: Tree) -> Tree:
    """The only phrase below the root, if that is a technical one."""
    if tree.label in _TECHNICAL_ROOTS and len(tree.children) == 1:
        return tree.children[0]
    return tree


def _plain(tree: Tree) -> Tree:
    """The tree with bare categories as labels of its phrases."""
    if tree.is_preterminal:
        return tree
    return Tree(category(tree.label), tuple(map(_plain, tree.children)))
