"""Which words express an element of a derivation."""

from dataclasses import dataclass

from ticketscope.corpus.grammar.derivation import Clause
from ticketscope.corpus.grammar.english_tree import Node
from ticketscope.corpus.grammar.expressions import (
    ModalWord,
    NegationWord,
    QuestionWord,
    RelativeClause,
)


@dataclass(frozen=True, slots=True, eq=False)
class Expressed:
    """Words and nodes by the identity of what they stand for.

    Attributes:
        position: of each word of the tree.
        phrases: the outermost node of each phrase, adjunct and clause.
        verbs: the verb of each clause; a copula is none.
        modals, negations: of clauses that have one.
        gaps: of clauses with a gap, the word that fills it: what is described, what asks.
    """

    position: dict[int, int]
    phrases: dict[int, Node]
    verbs: dict[int, int]
    modals: dict[int, int]
    negations: dict[int, int]
    gaps: dict[int, int]

    def head(self, element: object) -> int:
        """The head word of a phrase, an adjunct or a clause."""
        return self.position[id(self.phrases[id(element)].head)]


def expressed(tree: Node) -> Expressed:
    """What the words of an English tree stand for."""
    position = {id(word): index for index, word in enumerate(tree.words())}
    found = Expressed(position, {}, {}, {}, {}, {})
    _visit(tree, found)
    return found


def _visit(node: Node, found: Expressed) -> None:
    match node.of:
        case None:
            pass
        case Clause() as clause if not node.children:
            found.verbs[id(clause)] = found.position[id(node)]
        case ModalWord(clause):
            found.modals[id(clause)] = found.position[id(node)]
        case NegationWord(clause):
            found.negations[id(clause)] = found.position[id(node)]
        case QuestionWord(clause):
            found.gaps[id(clause)] = found.position[id(node)]
        case RelativeClause(described):
            assert described.relative
            found.gaps[id(described.relative)] = found.head(described)
        case element:
            found.phrases.setdefault(id(element), node)
    for _, child in node.children:
        _visit(child, found)
