"""An English sentence as a tree.

Phrases are labelled as in the Penn Treebank; each child names its relation to the head of its
phrase as in Universal Dependencies (de Marneffe et al. 2021), so that one tree holds constituents
and dependencies. Each node knows the element of the derivation that it puts into words, or the
`Expression`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ticketscope.corpus.grammar.derivation import Clause, Conjoined
from ticketscope.corpus.grammar.expressions import Expression, FunctionWord


@dataclass(slots=True, eq=False)
class Node:
    """A phrase with its children and their relations, or a word.

    `semantic_tag`: of the universal semantic tag set (Abzianidze and Bos 2017).
    """

    label: str
    children: tuple[tuple[str, "Node"], ...] = ()
    of: Expression | None = None
    form: str = ""
    lemma: str = ""
    upos: str = ""
    semantic_tag: str = ""

    @property
    def head(self) -> "Node":
        """The word that carries the phrase (a content word, as in Universal Dependencies)."""
        node = self
        while node.children:
            node = next(child for relation, child in node.children if relation == "head")
        return node

    def words(self) -> Iterator["Node"]:
        if not self.children:
            yield self
        for _, child in self.children:
            yield from child.words()


Children = list[tuple[str, Node]]


def leaf(
    xpos: str, form: str, lemma: str, upos: str, tag: str, of: Expression | None = None
) -> Node:
    return Node(xpos, (), of, form, lemma, upos, tag)


def mark(form: str, of: Expression | None = None) -> Node:
    """A punctuation mark."""
    tag = "QUE" if form == "?" else "NIL"
    return leaf("," if form == "," else ".", form, form, "PUNCT", tag, of)


def conjunction(form: str, second: Clause | Conjoined) -> Node:
    """What joins a clause to the one before it, or two phrases."""
    tag = {"and": "COO", "but": "BUT", "or": "DIS"}[form]
    return leaf("CC", form, form, "CCONJ", tag, FunctionWord(second, "conjunction"))


def extended(node: Node, relation: str, addition: Node) -> Node:
    """A noun phrase with something behind it."""
    return Node("NP", (("head", node), (relation, addition)), node.of)


def text(tree: Node) -> str:
    """The raw text of a tree."""
    return "".join(
        word.form + " " * space for word, space in zip(tree.words(), spaces(tree), strict=True)
    )


def spaces(tree: Node) -> list[bool]:
    """Whether a space follows each word; none after the last."""
    words = list(tree.words())
    following = words[1:]
    closes = [
        # can and not are written as one
        word.label in (",", ".", "POS") or (word.form == "not" and before.form == "can")
        for before, word in zip(words, following, strict=False)
    ]
    return [not close for close in closes] + [False]
