"""A derivation in English, as a tree.

`english_tree` says what a tree is, `english_phrases` and `english_clauses` make its parts.
"""

from ticketscope.corpus.grammar.derivation import Clause, Sentence
from ticketscope.corpus.grammar.english_clauses import clause_node, inverted, verb_phrase
from ticketscope.corpus.grammar.english_phrases import adjunct, adjunct_relation
from ticketscope.corpus.grammar.english_tree import (
    Children,
    Node,
    QuestionWord,
    conjunction,
    leaf,
    mark,
)
from ticketscope.corpus.grammar.lexicon.closed import Subordinator
from ticketscope.corpus.grammar.lexicon.entries import Adverb


def english(sentence: Sentence) -> Node:
    """The tree of the English sentence."""
    if sentence.question:
        return _capitalised(_question(sentence.main, sentence.question))
    clause = _main_clause(sentence)
    if sentence.coordinated:
        comma: Children = [("punct", mark(","))] if sentence.conjunction == "but" else []
        parts = (
            ("head", clause),
            *comma,
            ("cc", conjunction(sentence.conjunction)),
            ("conj", clause_node(sentence.coordinated)),
        )
        clause = Node("S", parts)
    return _capitalised(Node("S", (*clause.children, ("punct", mark("."))), clause.of))


def _main_clause(sentence: Sentence) -> Node:
    """With what is fronted and with its subordinate clause."""
    clause = clause_node(sentence.main)
    if sentence.fronted:
        front: Children = [(adjunct_relation(sentence.fronted), adjunct(sentence.fronted))]
        if not isinstance(sentence.fronted, Adverb):
            front.append(("punct", mark(",")))
        clause = Node("S", (*front, *clause.children), clause.of)
    if not (sentence.subordinator and sentence.subordinate):
        return clause
    subordinate = _subordinate(sentence.subordinator, sentence.subordinate)
    if sentence.subordinate_first:
        return Node("S", (subordinate, ("punct", mark(",")), *clause.children), clause.of)
    *before, (relation, phrase) = clause.children
    phrase = Node("VP", (*phrase.children, subordinate), phrase.of)
    return Node("S", (*before, (relation, phrase)), clause.of)


def _subordinate(subordinator: Subordinator, clause: Clause) -> tuple[str, Node]:
    form = subordinator.english
    if form == "when":
        # an adverb inside its clause, as "then" would be
        first = "advmod", Node("WHADVP", (("head", leaf("WRB", form, form, "ADV", "SUB")),))
    else:
        first = "mark", leaf("IN", form, form, "SCONJ", "IMP" if form == "if" else "SUB")
    return "advcl", Node("SBAR", (first, ("head", clause_node(clause))))


def _question(clause: Clause, question: str) -> Node:
    if question == "yes_no":
        return Node("SQ", (*inverted(clause), ("punct", mark("?"))), clause)
    word = {"whom": "who", "where_to": "where"}.get(question, question)
    of = QuestionWord(clause)
    if word == "where":
        front = Node("WHADVP", (("head", leaf("WRB", word, word, "ADV", "QUE", of)),))
    else:
        front = Node("WHNP", (("head", leaf("WP", word, word, "PRON", "QUE", of)),))
    if question == "who":
        body, relation = Node("SQ", (("head", verb_phrase(clause, "3s")),), clause), "nsubj"
    else:
        body = Node("SQ", tuple(inverted(clause)), clause)
        relation = "advmod" if word == "where" else "obj"
    return Node("SBARQ", ((relation, front), ("head", body), ("punct", mark("?"))))


def _capitalised(tree: Node) -> Node:
    first = next(tree.words())
    first.form = first.form[0].upper() + first.form[1:]
    return tree
