"""What is no German: phenomena that a wrong form or a wrong place of a word breaks.

Each function yields, from a derivation, derivations whose German breaks one rule. What is also
said, somewhere or of something else, is no contrast and left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Conjoined,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    Sentence,
    Slip,
    clauses_of,
    phrases_of_sentence,
    rewritten,
)
from ticketscope.corpus.grammar.german_clauses import noun_phrase
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Case, Verb


def slips(sentence: Sentence, slip: Slip, fits: Callable[[Clause], bool]) -> Iterator[Sentence]:
    """The sentence with this mistake in each clause that fits."""
    for clause in clauses_of(sentence):
        if fits(clause):
            yield rewritten(sentence, clause, replace(clause, slip=slip))


def _is_one_of(clause: Clause, clauses: tuple[Clause | None, ...]) -> bool:
    return any(clause is other for other in clauses)


# ----------------------------------------------------------------------------- noun phrases


def gender(sentence: Sentence) -> Iterator[Sentence]:
    """der Haus: article, endings and relative pronoun of another gender."""
    for phrase in phrases_of_sentence(sentence):
        if not isinstance(phrase, Common) or phrase.plural or phrase.determiner is closed.BARE:
            continue
        noun = phrase.noun
        for other in ("m", "f", "n"):
            # die Lehrer, die Studenten: a good plural
            is_plural = other == "f" and noun.german_plural in (noun.german, noun.oblique)
            if other != noun.gender and not is_plural:
                yield rewritten(sentence, phrase, replace(phrase, noun=replace(noun, gender=other)))


def case(sentence: Sentence) -> Iterator[Sentence]:
    """helft den Mann: the object in the case of other verbs."""
    for clause in clauses_of(sentence):
        if not clause.direct or clause.gap == "direct" or clause.existential:
            continue
        # no second dative, and nothing that a dative object would stand before
        if not clause.indirect and not clause.adjuncts and _shows_case(clause.direct):
            other: Case = "dative" if clause.verb.object_case == "accusative" else "accusative"
            verb = replace(clause.verb, object_case=other)
            yield rewritten(sentence, clause, replace(clause, verb=verb))


def _shows_case(phrase: Phrase) -> bool:
    """A name does not; without a difference of form only the order would change."""
    return noun_phrase(phrase, "accusative") != noun_phrase(phrase, "dative")


def relative_clause(sentence: Sentence) -> Iterator[Sentence]:
    """der Mann, dem schläft: the relative pronoun in the wrong case."""
    asked = sentence.main if sentence.question else None
    return slips(sentence, "relative", lambda clause: bool(clause.gap) and clause is not asked)


# ----------------------------------------------------------------------------- agreement


def agreement(sentence: Sentence) -> Iterator[Sentence]:
    """Die Männer schläft: the verb in the other number."""
    return slips(
        sentence,
        "agreement",
        lambda clause: (
            clause.subject is not None
            and clause.tense != "infinitive"
            and not isinstance(clause.subject, Conjoined)
            and not _is_sie(clause.subject)
        ),
    )


def _is_sie(subject: Phrase) -> bool:
    """She and they: the verb alone tells which."""
    if not isinstance(subject, Pronoun):
        return False
    return subject.entry.code in ("3f", "3p") or subject.gender == "f"


def coordination(sentence: Sentence) -> Iterator[Sentence]:
    """Der Mann und die Frau schläft: two subjects, one verb in the singular."""
    # A verb before its subjects may agree with the nearer one: Heute schläft Tom und Anna.
    inverted = sentence.question or sentence.fronted or sentence.subordinate_first
    before_subject = sentence.main if inverted else None
    return slips(
        sentence,
        "agreement",
        lambda clause: (
            isinstance(clause.subject, Conjoined)
            and clause is not before_subject
            and not any(_stays_singular(part) for part in _parts_of(clause.subject))
        ),
    )


def _parts_of(conjoined: Conjoined) -> tuple[Common | Named, Common | Named]:
    return conjoined.first, conjoined.second


def _stays_singular(part: Common | Named) -> bool:
    """Jeder Mann und jede Frau schläft; Brot und Wasser schmeckt."""
    return isinstance(part, Common) and (
        part.determiner.english in ("every", "each", "no") or not part.noun.english_plural
    )


# ----------------------------------------------------------------------------- order


def verb_second(sentence: Sentence) -> Iterator[Sentence]:
    """Der Mann das Buch liest: the verb of a main clause at its end."""
    mains = () if sentence.question else (sentence.main, sentence.coordinated)
    return slips(
        sentence, "order", lambda clause: _is_one_of(clause, mains) and _has_middle_field(clause)
    )


def _has_middle_field(clause: Clause) -> bool:
    """Something that cannot be taken for an attribute of the subject."""
    adverbs = [part for part in clause.adjuncts if not isinstance(part, Prepositional)]
    return bool(clause.direct or clause.indirect or clause.predicate or adverbs)


def verb_final(sentence: Sentence) -> Iterator[Sentence]:
    """weil er schläft heute: the verb of a subordinate clause in second place."""
    mains = (sentence.main, sentence.coordinated)
    return slips(
        sentence,
        "order",
        lambda clause: (
            clause.subject is not None
            and clause.tense != "infinitive"
            and not _is_one_of(clause, mains)
        ),
    )


def separable_verb(sentence: Sentence) -> Iterator[Sentence]:
    """Der Zug ankommt: a separable prefix left on its verb in a main clause."""
    mains = (sentence.main, sentence.coordinated)
    return slips(
        sentence,
        "prefix",
        lambda clause: (
            bool(clause.verb.prefix)
            and _is_one_of(clause, mains)
            and not (clause.modal or clause.passive)
            and (clause.tense == "present" or clause.goes_on)
        ),
    )


# ----------------------------------------------------------------------------- auxiliaries


def auxiliary(sentence: Sentence) -> Iterator[Sentence]:
    """hat gegangen, ist gelacht."""
    for clause in clauses_of(sentence):
        verb = clause.verb
        compound = clause.tense in ("past", "perfect") and verb is not closed.BE
        if not compound or clause.passive or clause.modal or clause.existential:
            continue
        if _takes_either(clause):
            continue
        other: Literal["haben", "sein"] = "haben" if verb.auxiliary == "sein" else "sein"
        changed = replace(clause, verb=replace(verb, auxiliary=other))
        yield rewritten(sentence, clause, changed)


def _takes_either(clause: Clause) -> bool:
    """Also said: ist gesessen (in the south), hat im See geschwommen (an activity)."""
    moves = clause.verb.frame == "motion"
    directed = isinstance(clause.place, Prepositional) and (
        clause.place.preposition.use == "direction"
    )
    return _key(clause.verb) in _EITHER_AUXILIARY or (moves and not directed)


def _key(verb: Verb) -> tuple[str, str]:
    return verb.auxiliary, verb.infinitive


_EITHER_AUXILIARY = {
    ("haben", "sitzen"),
    ("haben", "stehen"),
    ("haben", "liegen"),
    ("haben", "hängen"),
    ("haben", "fahren"),  # ist das Auto gefahren
    ("haben", "frieren"),  # ist gefroren: has turned to ice
    ("haben", "anhalten"),  # ist angehalten, ist geschlossen: a state
    ("haben", "schließen"),
    ("sein", "folgen"),  # hat gefolgt: has obeyed
}
