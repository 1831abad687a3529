"""Semantic arcs in the style of PropBank (Palmer et al. 2005).

Arcs go from each verb to the head words of its arguments, those that stand elsewhere included: the
controller of an infinitive, the noun that a relative clause describes, the subject of two joined
predicates, what a question asks for. Which number an argument has, and what a verb makes of a
place, was looked up in the PropBank layer of the English Web Treebank.
"""

from collections.abc import Iterator

from ticketscope.annotation.sentence import Arc
from ticketscope.corpus.grammar.derivation import (
    Adjunct,
    Clause,
    Common,
    Phrase,
    Prepositional,
    Sentence,
    phrases_of,
)
from ticketscope.corpus.grammar.expressed import Expressed
from ticketscope.corpus.grammar.lexicon.entries import Adverb, Verb

_ADJUNCT_ROLES = {
    "manner": "ARGM-MNR",
    "past": "ARGM-TMP",
    "present": "ARGM-TMP",
    "future": "ARGM-TMP",
    "frequency": "ARGM-TMP",
    "event": "ARGM-TMP",
    "interval": "ARGM-TMP",
    "duration": "ARGM-TMP",
    "place": "ARGM-LOC",
    "direction": "ARGM-GOL",
    "stance": "ARGM-ADV",
    "companion": "ARGM-COM",
    "instrument": "ARGM-MNR",
    "means": "ARGM-MNR",
    "beneficiary": "ARGM-GOL",
    "employer": "ARG2",
}
_SOURCE_ROLES = {"ARG4": "ARG3", "ARG1": "ARG2"}
"""Where one comes from, of verbs whose goal has a number."""


def arguments(derivation: Sentence, expressed: Expressed) -> Iterator[Arc]:
    """All arcs, in the order of their words; a copula has none."""
    arcs = {
        Arc(expressed.verbs[id(clause)], target, role)
        for clause, subject in _clauses(derivation)
        if id(clause) in expressed.verbs
        for target, role in _arguments_of(clause, subject, expressed)
    }
    if id(derivation.main) in expressed.verbs:
        verb = expressed.verbs[id(derivation.main)]
        arcs |= {Arc(verb, *found) for found in _arguments_of_main(derivation, expressed)}
    yield from sorted(arcs, key=lambda arc: (arc.source, arc.target, arc.label))


def _clauses(derivation: Sentence) -> Iterator[tuple[Clause, Phrase | None]]:
    """Each clause with who its subject is, said there or elsewhere."""
    for clause in (derivation.main, derivation.subordinate, derivation.coordinated):
        if clause:
            yield from _with_inner(clause, clause.subject)


def _with_inner(clause: Clause, subject: Phrase | None) -> Iterator[tuple[Clause, Phrase | None]]:
    yield clause, subject
    if clause.joined:
        yield from _with_inner(clause.joined, subject)
    if clause.content:
        inner = clause.content.clause
        yield from _with_inner(inner, inner.subject or _controller(clause, subject))
    for phrase in phrases_of(clause):
        if isinstance(phrase, Common) and phrase.relative:
            yield from _with_inner(phrase.relative, phrase.relative.subject)


def _controller(clause: Clause, subject: Phrase | None) -> Phrase | None:
    """The one that is the subject of the infinitive; known by its referent, for it may have been
    given an owner after the infinitive was drawn."""
    assert clause.content
    controller = clause.content.controller
    return next(
        (part for part in (subject, clause.direct) if _stand_for_the_same(part, controller)), None
    )


def _stand_for_the_same(one: Phrase | None, other: Phrase | None) -> bool:
    return one is not None and other is not None and one.referent == other.referent


def _arguments_of_main(derivation: Sentence, expressed: Expressed) -> Iterator[tuple[int, str]]:
    """What is not inside the main clause but belongs to its verb."""
    if derivation.fronted:
        yield expressed.head(derivation.fronted), _adjunct_role(derivation.fronted)
    if derivation.subordinator and derivation.subordinate:
        yield expressed.head(derivation.subordinate), derivation.subordinator.role


def _arguments_of(
    clause: Clause, subject: Phrase | None, expressed: Expressed
) -> Iterator[tuple[int, str]]:
    """Head words and roles."""
    verb = clause.verb
    patient_role = _object_roles(clause)[0]
    subject_role = patient_role if clause.passive or clause.existential else verb.subject_role
    if clause.gap:
        role = {"subject": subject_role, "direct": "ARG1", "place": _place_role(clause)}[clause.gap]
        yield expressed.gaps[id(clause)], role
    if subject:
        yield expressed.head(subject), subject_role
    if clause.direct:
        yield expressed.head(clause.direct), patient_role
    if clause.indirect:
        yield expressed.head(clause.indirect), _complement_role(verb, "ARG2")
    if clause.governed:
        yield expressed.head(clause.governed), _complement_role(verb, "ARG1")
    if clause.agent and clause.agent.object:
        yield expressed.head(clause.agent.object), "ARG0"
    if clause.place and clause.gap != "place":
        yield expressed.head(clause.place), _place_role(clause)
    if clause.content:
        yield expressed.head(clause.content.clause), _object_roles(clause)[1]
    for part in clause.adjuncts:
        yield expressed.head(part), _adjunct_role(part)
    if id(clause) in expressed.modals:
        yield expressed.modals[id(clause)], "ARGM-MOD"
    if clause.negated:
        yield expressed.negations[id(clause)], "ARGM-NEG"


def _complement_role(verb: Verb, usual: str) -> str:
    return verb.complement_role or usual


def _object_roles(clause: Clause) -> tuple[str, str]:
    """Of the direct object and of the clause that completes the verb.

    Told him to go: who is told is ARG2, what is said ARG1; forced him to go: the other way round.
    """
    match clause.verb.frame:
        case "object_control":
            hearer = _complement_role(clause.verb, "ARG2")
            return hearer, _OTHER[hearer]
        case "ditransitive":
            return _OTHER[_complement_role(clause.verb, "ARG2")], ""
        case _:
            return "ARG1", _complement_role(clause.verb, "ARG1")


_OTHER = {"ARG1": "ARG2", "ARG2": "ARG1"}


def _place_role(clause: Clause) -> str:
    """Where one is or goes; "" of a place: a question has none."""
    verb, place = clause.verb, clause.place
    if isinstance(place, Prepositional) and place.preposition.use == "direction":
        if place.preposition.role == "Source":
            return _SOURCE_ROLES.get(verb.complement_role, "ARGM-DIR")
        return _complement_role(verb, "ARGM-GOL")
    if verb.frame != "motion":
        return _complement_role(verb, "ARGM-LOC")
    # swims in the lake, but where does she swim to
    return "ARGM-LOC" if place else _complement_role(verb, "ARGM-GOL")


def _adjunct_role(part: Adjunct) -> str:
    match part:
        case Adverb():
            return part.role or _ADJUNCT_ROLES[part.use]
        case Prepositional():
            return _ADJUNCT_ROLES[part.preposition.use]
        case _:
            return "ARGM-TMP"
