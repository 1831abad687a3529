"""What German needs to know of the English sentence, and what it would say if it did not.

Each phenomenon yields, from a derivation, derivations whose German is wrong in one respect: the
wrong gender, the other sense, the verb in another place. The right and the wrong translation make a
contrastive pair (Sennrich 2017): a model prefers one of them. A sentence is tagged with a
phenomenon when it has such a pair. To add one, write a function and enter it in `PHENOMENA`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Conjoined,
    Indefinite,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    Sentence,
    Slip,
    Time,
    clauses_of,
    phrases_of,
    pronoun_code,
    rewritten,
)
from ticketscope.corpus.grammar.german import german, noun_phrase
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Case
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

Wrong = Callable[[Sentence], Iterator[Sentence]]


def wrong_translations(phenomenon: str, sentence: Sentence, right: str) -> Iterator[str]:
    """German translations that are wrong in this one respect, if the sentence has it."""
    seen = {right}
    for variant in PHENOMENA[phenomenon](sentence):
        wrong = german(variant)
        if wrong not in seen:
            seen.add(wrong)
            yield wrong


def phenomena_of(sentence: Sentence, right: str) -> tuple[str, ...]:
    """The phenomena that a sentence with this translation shows."""
    return tuple(name for name in PHENOMENA if any(wrong_translations(name, sentence, right)))


def _commons(sentence: Sentence) -> Iterator[Common]:
    for clause in clauses_of(sentence):
        for phrase in phrases_of(clause):
            if isinstance(phrase, Common):
                yield phrase


def _slips(sentence: Sentence, slip: Slip, fits: Callable[[Clause], bool]) -> Iterator[Sentence]:
    for clause in clauses_of(sentence):
        if fits(clause):
            yield rewritten(sentence, clause, replace(clause, slip=slip))


# ----------------------------------------------------------------------------- noun phrases


def _gender(sentence: Sentence) -> Iterator[Sentence]:
    """der Haus: article, endings and relative pronoun of another gender."""
    for phrase in _commons(sentence):
        if phrase.plural or phrase.determiner is closed.BARE:
            continue
        for gender in ("m", "f", "n"):
            if gender != phrase.noun.gender:
                yield rewritten(
                    sentence, phrase, replace(phrase, noun=replace(phrase.noun, gender=gender))
                )


def _case(sentence: Sentence) -> Iterator[Sentence]:
    """helft den Mann: the object in the case of other verbs."""
    for clause in clauses_of(sentence):
        if clause.direct and clause.gap != "direct" and not clause.existential:
            other: Case = "dative" if clause.verb.object_case == "accusative" else "accusative"
            if _shows_case(clause.direct):
                verb = replace(clause.verb, object_case=other)
                yield rewritten(sentence, clause, replace(clause, verb=verb))


def _shows_case(phrase: Phrase) -> bool:
    """A name does not; without a difference of form only the order would change."""
    case: tuple[Case, Case] = ("accusative", "dative")
    accusative, dative = (noun_phrase(phrase, one) for one in case)
    return accusative != dative


def _number(sentence: Sentence) -> Iterator[Sentence]:
    """die Häuser for the house."""
    for phrase in _commons(sentence):
        both = phrase.noun.english_plural and phrase.noun.german_plural
        if both and phrase.determiner in _ANY_NUMBER and not phrase.possessor:
            yield rewritten(sentence, phrase, replace(phrase, plural=not phrase.plural))


_ANY_NUMBER = frozenset(
    entry
    for entry in closed.SINGULAR_DETERMINERS
    if entry.german in ("d", "dies", "jen", "mein", "unser", "dein")
)


def _quantifier(sentence: Sentence) -> Iterator[Sentence]:
    """jeder for no, alle for few, drei for two."""
    for phrase in _commons(sentence):
        for group in _PLURAL_QUANTIFIERS if phrase.plural else _SINGULAR_QUANTIFIERS:
            if phrase.determiner in group:
                for other in group:
                    if other is not phrase.determiner:
                        yield rewritten(sentence, phrase, replace(phrase, determiner=other))


_SINGULAR_QUANTIFIERS = ((closed.EVERY, closed.NO),)
_PLURAL_QUANTIFIERS = (
    tuple(
        entry
        for entry in closed.PLURAL_DETERMINERS
        if entry.english in ("many", "all", "some", "several", "both", "few", "no")
    ),
    closed.NUMERALS,
)


def _relative(sentence: Sentence) -> Iterator[Sentence]:
    """der Mann, dem schläft: the relative pronoun in the wrong case."""
    inside_questions = sentence.main if sentence.question else None
    return _slips(
        sentence, "relative", lambda clause: bool(clause.gap) and clause is not inside_questions
    )


# ----------------------------------------------------------------------------- verbs


def _verb_second(sentence: Sentence) -> Iterator[Sentence]:
    """Der Mann das Buch liest: the verb of a main clause at its end."""
    mains = () if sentence.question else (sentence.main, sentence.coordinated)
    return _slips(
        sentence,
        "order",
        lambda clause: any(clause is main for main in mains) and _has_middle_field(clause),
    )


def _has_middle_field(clause: Clause) -> bool:
    """Something that cannot be taken for an attribute of the subject."""
    adverbs = [part for part in clause.adjuncts if not isinstance(part, Prepositional)]
    return bool(clause.direct or clause.indirect or clause.predicate or adverbs)


def _verb_final(sentence: Sentence) -> Iterator[Sentence]:
    """weil er schläft heute: the verb of a subordinate clause in second place."""
    mains = (sentence.main, sentence.coordinated)
    inner = [
        clause
        for clause in clauses_of(sentence)
        if clause.subject and clause.tense != "infinitive" and not any(clause is m for m in mains)
    ]
    return _slips(sentence, "order", lambda clause: any(clause is one for one in inner))


def _separable(sentence: Sentence) -> Iterator[Sentence]:
    """Der Zug ankommt: a separable prefix left on its verb in a main clause."""
    mains = (sentence.main, sentence.coordinated)
    return _slips(
        sentence,
        "prefix",
        lambda clause: bool(clause.verb.prefix) and any(clause is main for main in mains),
    )


def _auxiliary(sentence: Sentence) -> Iterator[Sentence]:
    """hat gegangen, ist gelacht."""
    for clause in clauses_of(sentence):
        compound = clause.tense in ("past", "perfect") and clause.verb is not closed.BE
        if compound and not (clause.passive or clause.modal or clause.existential):
            of_other: Literal["haben", "sein"]
            of_other = "haben" if clause.verb.auxiliary == "sein" else "sein"
            verb = replace(clause.verb, auxiliary=of_other)
            yield rewritten(sentence, clause, replace(clause, verb=verb))


def _agreement(sentence: Sentence) -> Iterator[Sentence]:
    """Die Männer schläft: the verb in the other number."""
    return _slips(
        sentence,
        "agreement",
        lambda clause: _says_subject(clause) and not isinstance(clause.subject, Conjoined),
    )


def _coordination(sentence: Sentence) -> Iterator[Sentence]:
    """Der Mann und die Frau schläft: two subjects, one verb in the singular."""
    return _slips(sentence, "agreement", lambda clause: isinstance(clause.subject, Conjoined))


def _says_subject(clause: Clause) -> bool:
    return clause.subject is not None and clause.tense != "infinitive"


def _negation(sentence: Sentence) -> Iterator[Sentence]:
    """The negation lost, or nicht where kein belongs."""
    for clause in clauses_of(sentence):
        if clause.negated:
            yield rewritten(sentence, clause, replace(clause, negated=False))
            yield rewritten(sentence, clause, replace(clause, slip="negation"))


def _modality(sentence: Sentence) -> Iterator[Sentence]:
    """darf for must."""
    for clause in clauses_of(sentence):
        if clause.modal:
            for other in closed.MODALS:
                if other.german != clause.modal.german:
                    yield rewritten(sentence, clause, replace(clause, modal=other))


def _passive(sentence: Sentence) -> Iterator[Sentence]:
    """Who does it and whom it is done to, exchanged; or the active without an object."""
    for clause in clauses_of(sentence):
        if not clause.passive:
            continue
        if clause.agent and clause.subject and clause.agent.object:
            agent = replace(clause.agent, object=clause.subject)
            changed = replace(clause, subject=clause.agent.object, agent=agent)
        else:
            changed = replace(clause, passive=False)
        yield rewritten(sentence, clause, changed)


def _ditransitive(sentence: Sentence) -> Iterator[Sentence]:
    """Who gets and what is given, exchanged."""
    for clause in clauses_of(sentence):
        if clause.direct and clause.indirect:
            changed = replace(clause, direct=clause.indirect, indirect=clause.direct)
            yield rewritten(sentence, clause, changed)


def _control(sentence: Sentence) -> Iterator[Sentence]:
    """promised him to come: that he, for that she, will come."""
    for clause in clauses_of(sentence):
        content = clause.content
        if not (content and content.as_clause and clause.direct and clause.subject):
            continue
        other = clause.direct if content.controller is clause.subject else clause.subject
        if pronoun_code(other) and not isinstance(other, Indefinite):
            yield rewritten(sentence, content, replace(content, controller=other))


# ---------------------------------------------------------------------------- what belongs together


def _pronoun_gender(sentence: Sentence) -> Iterator[Sentence]:
    """it, of a key, as sie."""
    for clause in clauses_of(sentence):
        for phrase in phrases_of(clause):
            if isinstance(phrase, Pronoun) and phrase.gender:
                for gender in ("m", "f", "n"):
                    if gender != phrase.gender:
                        yield rewritten(sentence, phrase, replace(phrase, gender=gender))


def _attachment(sentence: Sentence) -> Iterator[Sentence]:
    """An adjunct behind the object, as an attribute stands, or an attribute before it."""
    return _slips(sentence, "attachment", _shows_attachment)


def _shows_attachment(clause: Clause) -> bool:
    """With a hammer, with a friend: of many other adjuncts either order is right."""
    if isinstance(clause.direct, Common) and clause.direct.attribute:
        return clause.direct.attribute.preposition.german == "mit"
    others = [
        adjunct
        for adjunct in clause.adjuncts
        if not (isinstance(adjunct, Prepositional) and adjunct.preposition.use in _WITH)
    ]
    definite = isinstance(clause.direct, Common | Named)
    return definite and not others and bool(clause.adjuncts)


_WITH = ("instrument", "companion")


# ----------------------------------------------------------------------------- senses


def _place_or_direction(sentence: Sentence) -> Iterator[Sentence]:
    """im Garten for where to, in den Garten for where."""
    for adjunct in _prepositional(sentence):
        use = adjunct.preposition
        if use.german in _TWO_WAY and use.use in ("place", "direction"):
            other: Case = "dative" if use.case == "accusative" else "accusative"
            changed = replace(adjunct, preposition=replace(use, case=other))
            yield rewritten(sentence, adjunct, changed)


_TWO_WAY = ("in", "auf", "an", "hinter", "vor", "neben", "unter")


def _prepositional(sentence: Sentence) -> Iterator[Prepositional]:
    for clause in clauses_of(sentence):
        for adjunct in (*clause.adjuncts, clause.place, clause.agent):
            if isinstance(adjunct, Prepositional) and adjunct.object:
                yield adjunct
        for phrase in phrases_of(clause):
            if isinstance(phrase, Common) and phrase.attribute:
                yield phrase.attribute
    if isinstance(sentence.fronted, Prepositional):
        yield sentence.fronted


def _preposition_sense(sentence: Sentence) -> Iterator[Sentence]:
    """mit dem Autor for by the author, auf Montag for on Monday, warten für."""
    for adjunct in _prepositional(sentence):
        use = adjunct.preposition
        for other in closed.PREPOSITIONS:
            another = other.english == use.english and other.use != use.use
            if another and other.german not in ("", use.german) and use.german:
                yield rewritten(sentence, adjunct, replace(adjunct, preposition=other))
    for clause in clauses_of(sentence):
        verb = clause.verb
        literal = _LITERAL.get(verb.preposition[0], "")
        if clause.governed and literal and literal != verb.preposition[1]:
            changed = replace(verb, preposition=(verb.preposition[0], literal))
            yield rewritten(sentence, clause, replace(clause, verb=changed))
        for time in clause.adjuncts:
            if isinstance(time, Time) and time.preposition in _LITERAL_TIMES:
                yield rewritten(sentence, time, _literal_time(time))


_LITERAL = {
    "for": "für",
    "of": "von",
    "about": "über",
    "at": "an",
    "in": "in",
    "on": "auf",
    "to": "zu",
    "from": "von",
    "with": "mit",
    "after": "nach",
}
_LITERAL_TIMES = {"on": "auf", "by": "bei"}


def _literal_time(time: Time) -> Time:
    _, _, rest = time.german.partition(" ")
    return replace(time, german=f"{_LITERAL_TIMES[time.preposition]} {rest}")


def _word_sense(sentence: Sentence) -> Iterator[Sentence]:
    """The German word for the other sense of an English one."""
    for phrase in _commons(sentence):
        if phrase.noun.sense:
            for noun in _SAME_NOUN[phrase.noun.english]:
                if noun.sense != phrase.noun.sense and (noun.german_plural or not phrase.plural):
                    yield rewritten(sentence, phrase, replace(phrase, noun=noun))
        for described in phrase.described:
            if described.adjective.sense:
                for adjective in _SAME_ADJECTIVE[described.adjective.english]:
                    changed = replace(described, adjective=adjective)
                    yield rewritten(sentence, described, changed)
    for clause in clauses_of(sentence):
        for verb in _SAME_VERB.get((clause.verb.english, clause.verb.frame), ()):
            if clause.verb.sense and verb.sense != clause.verb.sense:
                yield rewritten(sentence, clause, replace(clause, verb=verb))


_SAME_NOUN = {
    noun.english: tuple(other for other in NOUNS if other.english == noun.english)
    for noun in NOUNS
    if noun.sense
}
_SAME_ADJECTIVE = {
    entry.english: tuple(other for other in ADJECTIVES if other.english == entry.english)
    for entry in ADJECTIVES
    if entry.sense
}
_SAME_VERB = {
    (verb.english, verb.frame): tuple(
        other
        for other in VERBS
        if (other.english, other.frame, other.particle) == (verb.english, verb.frame, verb.particle)
    )
    for verb in VERBS
    if verb.sense
}

PHENOMENA: dict[str, Wrong] = {
    "gender": _gender,
    "case": _case,
    "number": _number,
    "agreement": _agreement,
    "verb_second": _verb_second,
    "verb_final": _verb_final,
    "separable_verb": _separable,
    "auxiliary": _auxiliary,
    "pronoun_gender": _pronoun_gender,
    "place_or_direction": _place_or_direction,
    "preposition_sense": _preposition_sense,
    "attachment": _attachment,
    "word_sense": _word_sense,
    "negation": _negation,
    "modality": _modality,
    "passive": _passive,
    "ditransitive": _ditransitive,
    "relative_clause": _relative,
    "coordination": _coordination,
    "control": _control,
    "quantifier": _quantifier,
}
