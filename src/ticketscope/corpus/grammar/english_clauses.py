"""Clauses in English, as trees: verbs with what stands around them, relative clauses."""

from collections.abc import Sequence
from dataclasses import dataclass

from ticketscope.corpus.grammar.derivation import (
    Adjunct,
    Clause,
    Common,
    Content,
    Phrase,
    Prepositional,
    Pronoun,
    Time,
    is_plural,
)
from ticketscope.corpus.grammar.english_phrases import (
    adjunct,
    adjunct_relation,
    described_phrase,
    noun_phrase,
    prepositional_phrase,
)
from ticketscope.corpus.grammar.english_tree import Children, Node, conjunction, extended, leaf
from ticketscope.corpus.grammar.expressions import (
    Expression,
    FunctionWord,
    ModalWord,
    NegationWord,
    RelativeClause,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Adverb


def clause_node(clause: Clause) -> Node:
    """A statement."""
    return Node("S", (_subject(clause), *_predicate(clause, _features(clause))), clause)


def verb_phrase(clause: Clause, features: str) -> Node:
    """A predicate without a subject, as one node; `features` as `_features` gives them."""
    *adverbs, (_, phrase) = _predicate(clause, features)
    return Node("VP", (*adverbs, ("head", phrase))) if adverbs else phrase


def inverted(clause: Clause) -> Children:
    """The parts of a question: first auxiliary, subject, the rest."""
    chain = _chain(clause, _features(clause), asked=True)
    first, *others = chain.auxiliaries
    rest = _nested(others, (), chain.core, copular=_is_copular(clause))
    if len(chain.auxiliaries) > 1 or not _is_copular(clause):
        rest = [("head", Node("VP", tuple(rest)))]
    return [first, _subject(clause), *chain.adverbs, *rest]


def _is_copular(clause: Clause) -> bool:
    return clause.verb is closed.BE or clause.existential


def _subject(clause: Clause) -> tuple[str, Node]:
    if clause.existential:
        of = FunctionWord(clause, "expletive")
        return "expl", Node("NP", (("head", leaf("EX", "there", "there", "PRON", "NIL", of)),))
    assert clause.subject
    return ("nsubj:pass" if clause.passive else "nsubj"), _noun_phrase(clause.subject)


def _features(clause: Clause) -> str:
    """Of the subject, as a finite verb sees them: 1s, 2s, 3s or p."""
    phrase = clause.direct if clause.existential else clause.subject
    assert phrase
    if isinstance(phrase, Pronoun) and phrase.entry.person < 3 and not phrase.entry.plural:
        return f"{phrase.entry.person}s"
    return "p" if is_plural(phrase) else "3s"


def _predicate(clause: Clause, features: str) -> Children:
    """Adverbs that stand before the verb phrase, and the verb phrase, perhaps two joined."""
    chain = _chain(clause, features)
    nested = _nested(chain.auxiliaries, chain.adverbs, chain.core, copular=_is_copular(clause))
    phrase = Node("VP", tuple(nested))
    if clause.joined:
        second = verb_phrase(clause.joined, features)
        parts = (("head", phrase), ("cc", conjunction("and", clause.joined)), ("conj", second))
        phrase = Node("VP", parts)
    outside = chain.before if chain.auxiliaries else (*chain.before, *chain.adverbs)
    return [*outside, ("head", phrase)]


def _nested(
    auxiliaries: Sequence[tuple[str, Node]],
    adverbs: Sequence[tuple[str, Node]],
    core: Sequence[tuple[str, Node]],
    copular: bool,
) -> Children:
    """The children of a verb phrase: each auxiliary opens one; adverbs follow the first.

    The copula opens none for its predicate: (VP (VBZ is) (ADJP …)).
    """
    children = list(core)
    for index, auxiliary in reversed(list(enumerate(auxiliaries))):
        if not copular or index < len(auxiliaries) - 1:
            children = [("head", Node("VP", tuple(children)))]
        children = [auxiliary, *(adverbs if index == 0 else ()), *children]
    return children


@dataclass(frozen=True, slots=True)
class Chain:
    """The verbs of a clause: what stands before them all, auxiliaries, adverbs, and the rest."""

    before: Children
    auxiliaries: Children
    adverbs: Children
    core: Children


def _chain(clause: Clause, features: str, asked: bool = False) -> Chain:
    verb = clause.verb
    copular = verb is closed.BE
    auxiliaries: Children = []
    tense = "past" if clause.tense == "past" else "present"
    form = tense
    """The form that the next verb has to take."""

    if clause.modal:
        modal = clause.modal
        lemma = "can" if modal.english == "could" else modal.english
        auxiliaries.append(("aux", _modal(modal.english, lemma, modal.semantic_tag, clause)))
        form = "base"
    elif clause.tense == "future":
        auxiliaries.append(("aux", _modal("will", "will", "FUT", clause)))
        form = "base"
    elif clause.tense == "perfect":
        auxiliaries.append(
            ("aux", _auxiliary("have", form, features, FunctionWord(clause, "perfect")))
        )
        form = "participle"
    if clause.passive:
        auxiliaries.append(
            ("aux:pass", _auxiliary("be", form, features, FunctionWord(clause, "passive")))
        )
        form = "passive"
    elif copular:
        auxiliaries.append(
            ("cop", _auxiliary("be", form, features, FunctionWord(clause, "copula")))
        )
    elif (clause.negated or asked) and not auxiliaries and not clause.existential:
        auxiliaries.append(("aux", _auxiliary("do", form, features, FunctionWord(clause, "do"))))
        form = "base"
    core = _core(clause)
    if not copular:
        core = [("head", _main_verb(clause, form, features)), *core]
    if clause.existential:
        # there is, is there: the verb moves as an auxiliary does
        auxiliaries, core = [core[0]], core[1:]

    before: Children = []
    adverbs: Children = []
    for part in clause.adjuncts:
        if isinstance(part, Adverb) and part.use in _EARLY:
            stance = clause.negated and part.use == "stance"
            (before if stance else adverbs).append(("advmod", adjunct(part, clause)))
    if clause.negated:
        adverbs.insert(0, ("advmod", leaf("RB", "not", "not", "PART", "NOT", NegationWord(clause))))
    return Chain(before, auxiliaries, adverbs, core)


_EARLY = ("frequency", "stance")
_FORMS = {
    "be": {"base": "be", "participle": "been"},
    "have": {"base": "have", "p": "have", "3s": "has", "past": "had"},
    "do": {"base": "do", "p": "do", "3s": "does", "past": "did"},
}


def _modal(form: str, lemma: str, tag: str, clause: Clause) -> Node:
    return leaf("MD", form, lemma, "AUX", tag, ModalWord(clause))


def _auxiliary(lemma: str, form: str, features: str, of: Expression) -> Node:
    if form == "base":
        return leaf("VB", lemma, lemma, "AUX", "EXS", of)
    if form == "participle":
        return leaf("VBN", "been", "be", "AUX", "EXT", of)
    tag = "PST" if form == "past" else "NOW"
    xpos = "VBD" if form == "past" else "VBZ" if features == "3s" else "VBP"
    if lemma == "be":
        word = closed.BE_FORMS[form][features]
    else:
        word = _FORMS[lemma]["past" if form == "past" else "3s" if features == "3s" else "p"]
    return leaf(xpos, word, lemma, "AUX", tag, of)


def _main_verb(clause: Clause, form: str, features: str) -> Node:
    verb = clause.verb
    if verb is closed.THERE_IS:
        exists = _auxiliary("be", form, features, clause)
        exists.upos = "VERB"
        return exists
    match form:
        case "base":
            return leaf("VB", verb.english, verb.english, "VERB", "EXS", clause)
        case "participle":
            word, xpos, tag = verb.english_participle, "VBN", "EXT"
        case "passive":
            word, xpos, tag = verb.english_participle, "VBN", "EXS"
        case "past":
            word, xpos, tag = verb.past, "VBD", "EPS"
        case _ if features == "3s":
            word, xpos, tag = verb.third, "VBZ", "ENS"
        case _:
            word, xpos, tag = verb.english, "VBP", "ENS"
    return leaf(xpos, word, verb.english, "VERB", tag, clause)


def _core(clause: Clause) -> Children:
    """What follows the verb."""
    verb = clause.verb
    parts: Children = []
    if clause.predicate:
        parts.append(("head", described_phrase(clause.predicate)))
    direct = _noun_phrase(clause.direct, True) if clause.direct and clause.gap != "direct" else None
    if verb.particle:
        of = FunctionWord(clause, "particle")
        particle = leaf("RP", verb.particle, verb.particle, "ADP", "NIL", of)
        particle_phrase = ("compound:prt", Node("PRT", (("head", particle),)))
        # turn the lamp off only with a pronoun: turn it off
        if direct and isinstance(clause.direct, Pronoun):
            parts += [("obj", direct), particle_phrase]
            direct = None
        else:
            parts.append(particle_phrase)
    if clause.indirect and not clause.with_to:
        parts.append(("iobj" if clause.direct else "obj", _noun_phrase(clause.indirect, True)))
    if direct:
        parts.append(("nsubj" if clause.existential else "obj", direct))
    if clause.indirect and clause.with_to:
        parts.append(
            ("obl", prepositional_phrase("to", _noun_phrase(clause.indirect, True), clause))
        )
    if clause.governed:
        phrase = prepositional_phrase(
            verb.preposition[0], _noun_phrase(clause.governed, True), clause
        )
        parts.append(("obl", phrase))
    if clause.place and clause.gap != "place":
        relation = "head" if verb is closed.BE else adjunct_relation(clause.place)
        parts.append((relation, adjunct(clause.place, clause)))
    if clause.agent:
        parts.append(("obl:agent", adjunct(clause.agent, clause)))
    parts += [
        (adjunct_relation(part), adjunct(part, clause))
        for part in sorted(clause.adjuncts, key=_lateness)
        if not (isinstance(part, Adverb) and part.use in _EARLY)
    ]
    if clause.content:
        parts.append(_content(clause.content))
    return parts


_LATENESS = {
    "manner": 0,
    "instrument": 1,
    "means": 1,
    "companion": 2,
    "beneficiary": 2,
    "place": 4,
    "duration": 5,
    "event": 6,
    "interval": 6,
    "past": 7,
    "present": 7,
    "future": 7,
}
"""How far behind the verb adjuncts stand, by their use."""


def _lateness(part: Adjunct) -> int:
    match part:
        case Time():
            return 7
        case Adverb():
            use = part.use
        case Prepositional():
            use = part.preposition.use
    return _LATENESS.get(use, 3)


def _content(content: Content) -> tuple[str, Node]:
    clause = content.clause
    if content.kind == "to":
        verb = Node("VP", (("head", _main_verb(clause, "base", "p")), *_core(clause)))
        of = FunctionWord(clause, "infinitive")
        to = ("mark", leaf("TO", "to", "to", "PART", "NIL", of))
        return "xcomp", Node("S", (("head", Node("VP", (to, ("head", verb)))),), clause)
    of = FunctionWord(clause, "subordinator")
    mark = leaf("IN", content.kind, content.kind, "SCONJ", "SUB", of)
    return "ccomp", Node("SBAR", (("mark", mark), ("head", clause_node(clause))))


# ----------------------------------------------------------------------------- phrases of a clause


def _noun_phrase(phrase: Phrase, as_object: bool = False) -> Node:
    node = noun_phrase(phrase, as_object)
    if isinstance(phrase, Common) and phrase.relative:
        return extended(node, "acl:relcl", _relative(phrase, phrase.relative))
    return node


def _relative(phrase: Common, clause: Clause) -> Node:
    human = "h" in phrase.noun.kinds
    features = "p" if phrase.plural else "3s"
    if clause.gap == "subject":
        form = "who" if human else "that"
        front = _relative_pronoun(form, clause)
        relation = "nsubj:pass" if clause.passive else "nsubj"
        return Node(
            "SBAR",
            ((relation, front), ("head", Node("S", tuple(_predicate(clause, features)), clause))),
            RelativeClause(phrase),
        )
    body = clause_node(clause)
    if clause.gap == "place":
        assert isinstance(clause.place, Prepositional)
        front = prepositional_phrase(
            clause.place.preposition.english, _relative_pronoun("which", clause), clause.place
        )
        front = Node("WHPP", front.children, front.of)
        return Node("SBAR", (("obl", front), ("head", body)), RelativeClause(phrase))
    # the people I know, the book that I read
    if human:
        return Node("SBAR", (("head", body),), RelativeClause(phrase))
    front = _relative_pronoun("that", clause)
    return Node("SBAR", (("obj", front), ("head", body)), RelativeClause(phrase))


def _relative_pronoun(form: str, clause: Clause) -> Node:
    xpos = "WP" if form == "who" else "WDT"
    of = FunctionWord(clause, "relative")
    return Node("WHNP", (("head", leaf(xpos, form, form, "PRON", "REL", of)),))
