"""A derivation in English, as a tree.

`english_tree` says what a tree is, `english_phrases` and `english_clauses` make its parts.
"""

from ticketscope.corpus.grammar.derivation import Clause, Sentence
from ticketscope.corpus.grammar.english_clauses import clause_node, inverted, verb_phrase
from ticketscope.corpus.grammar.english_phrases import adjunct, adjunct_relation
from ticketscope.corpus.grammar.english_tree import Children, Node, conjunction, leaf, mark
from ticketscope.corpus.grammar.expressions import FunctionWord, QuestionWord
from ticketscope.corpus.grammar.lexicon.closed import Subordinator
from ticketscope.corpus.grammar.lexicon.entries import Adverb


def english(sentence: Sentence) -> Node:
    """The tree of the English sentence."""
    if sentence.question:
        return _capitalised(_question(sentence.main, sentence.question))
    clause = _main_clause(sentence)
    if sentence.coordinated:
        of = FunctionWord(sentence.coordinated, "comma")
        comma: Children = [("punct", mark(",", of))] if sentence.conjunction == "but" else []
        parts = (
            ("head", clause),
            *comma,
            ("cc", conjunction(sentence.conjunction, sentence.coordinated)),
            ("conj", clause_node(sentence.coordinated)),
        )
        clause = Node("S", parts)
    end = mark(".", FunctionWord(sentence.main, "end"))
    return _capitalised(Node("S", (*clause.children, ("punct", end)), clause.of))


def _main_clause(sentence: Sentence) -> Node:
    """With what is fronted and with its subordinate clause."""
    clause = clause_node(sentence.main)
    if sentence.fronted:
        fronted = adjunct(sentence.fronted, sentence.main)
        front: Children = [(adjunct_relation(sentence.fronted), fronted)]
        if not isinstance(sentence.fronted, Adverb):
            front.append(("punct", mark(",")))
        clause = Node("S", (*front, *clause.children), clause.of)
    if not (sentence.subordinator and sentence.subordinate):
        return clause
    subordinate = _subordinate(sentence.subordinator, sentence.subordinate)
    if sentence.subordinate_first:
        comma = mark(",", FunctionWord(sentence.subordinate, "comma"))
        return Node("S", (subordinate, ("punct", comma), *clause.children), clause.of)
    *before, (relation, phrase) = clause.children
    phrase = Node("VP", (*phrase.children, subordinate), phrase.of)
    return Node("S", (*before, (relation, phrase)), clause.of)


def _subordinate(subordinator: Subordinator, clause: Clause) -> tuple[str, Node]:
    form = subordinator.english
    of = FunctionWord(clause, "subordinator")
    if form == "when":
        # an adverb inside its clause, as "then" would be
        first = "advmod", Node("WHADVP", (("head", leaf("WRB", form, form, "ADV", "SUB", of)),))
    else:
        tag = "IMP" if form == "if" else "SUB"
        first = "mark", leaf("IN", form, form, "SCONJ", tag, of)
    return "advcl", Node("SBAR", (first, ("head", clause_node(clause))))


def _question(clause: Clause, question: str) -> Node:
    end = mark("?", FunctionWord(clause, "end"))
    if question == "yes_no":
        return Node("SQ", (*inverted(clause), ("punct", end)), clause)
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
    return Node("SBARQ", ((relation, front), ("head", body), ("punct", end)))


def _capitalised(tree: Node) -> Node:
    first = next(tree.words())
    first.form = first.form[0].upper() + first.form[1:]
    return tree
