"""What says something else: phenomena whose wrong translations are German, or nearly.

Each function yields, from a derivation, derivations that a translator might arrive at who has not
seen who does it, how many, where, or in which sense. What a reader would take for a translation of
the same source is no contrast and left out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Indefinite,
    Named,
    Prepositional,
    Pronoun,
    Sentence,
    Time,
    adjuncts_of_sentence,
    clauses_of,
    phrases_of_sentence,
    pronoun_code,
    rewritten,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Modal
from ticketscope.corpus.grammar.lexicon.entries import Case
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.senses import rival_adjectives, rival_nouns, rival_verbs
from ticketscope.corpus.grammar.wrong_forms import slips


def _commons(sentence: Sentence) -> Iterator[Common]:
    for phrase in phrases_of_sentence(sentence):
        if isinstance(phrase, Common):
            yield phrase


def _prepositional(sentence: Sentence) -> Iterator[Prepositional]:
    for adjunct in adjuncts_of_sentence(sentence):
        if isinstance(adjunct, Prepositional) and adjunct.object:
            yield adjunct


# ----------------------------------------------------------------------------- how many


def number(sentence: Sentence) -> Iterator[Sentence]:
    """die Häuser for the house."""
    # of "tell the children to stay" German has the pronoun of the children too
    told = [
        clause.content.controller
        for clause in clauses_of(sentence)
        if clause.content and clause.content.as_clause
    ]
    for phrase in _commons(sentence):
        both = phrase.noun.english_plural and phrase.noun.german_plural
        free = phrase.determiner in _ANY_NUMBER and not phrase.possessor
        if both and free and not any(phrase is one for one in told):
            yield rewritten(sentence, phrase, replace(phrase, plural=not phrase.plural))


_ANY_NUMBER = frozenset(
    entry
    for entry in closed.SINGULAR_DETERMINERS
    if entry.german in ("d", "dies", "jen", "mein", "unser", "dein")
)


def quantifier(sentence: Sentence) -> Iterator[Sentence]:
    """jeder for no, alle for few, drei for two."""
    for phrase in _commons(sentence):
        for group in _PLURAL_QUANTIFIERS if phrase.plural else _SINGULAR_QUANTIFIERS:
            if phrase.determiner in group:
                for other in group:
                    alike = {phrase.determiner.english, other.english} <= _SYNONYMS
                    if other is not phrase.determiner and not alike:
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
_SYNONYMS = frozenset(("some", "several"))
"""Einige and mehrere say the same."""


# ----------------------------------------------------------------------------- whether it is so


def negation(sentence: Sentence) -> Iterator[Sentence]:
    """The negation lost; nicht where kein belongs; kein Mann for den Mann nicht."""
    for clause in clauses_of(sentence):
        if clause.negated:
            yield rewritten(sentence, clause, replace(clause, negated=False))
    yield from slips(sentence, "negation", lambda clause: clause.negated)


def modality(sentence: Sentence) -> Iterator[Sentence]:
    """muss for can, darf for should not."""
    for clause in clauses_of(sentence):
        if clause.modal:
            said = _form(clause.modal, clause.negated)
            for other in closed.MODALS:
                wrong = _form(other, clause.negated)
                if wrong and wrong != said and (clause.modal.english, wrong) not in _ALSO_MEANT:
                    yield rewritten(sentence, clause, replace(clause, modal=other))


def _form(modal: Modal, negated: bool) -> str:
    return modal.german_denied if negated else modal.german


_ALSO_MEANT = {("might", "können"), ("can", "dürfen")}
"""Es kann regnen for might, and darf nicht for cannot, where permission is meant."""


# ----------------------------------------------------------------------------- who does it


def passive(sentence: Sentence) -> Iterator[Sentence]:
    """Who does it and whom it is done to, exchanged; or the active without an object."""
    for clause in clauses_of(sentence):
        if not clause.passive:
            continue
        if clause.agent and clause.subject and clause.agent.object:
            agent = replace(clause.agent, object=clause.subject)
            changed = replace(clause, subject=clause.agent.object, agent=agent)
        elif clause.verb.infinitive in _SAME_IN_ACTIVE:
            continue
        else:
            changed = replace(clause, passive=False)
        yield rewritten(sentence, clause, changed)


_SAME_IN_ACTIVE = ("schließen", "öffnen", "eröffnen", "zerbrechen", "kochen")
"""Die Bank wird geschlossen, die Bank schließt: one event."""


def ditransitive(sentence: Sentence) -> Iterator[Sentence]:
    """Who gets and what is given, exchanged."""
    for clause in clauses_of(sentence):
        # under a negation kein would wander with the phrases
        if clause.direct and clause.indirect and not clause.negated:
            changed = replace(clause, direct=clause.indirect, indirect=clause.direct)
            yield rewritten(sentence, clause, changed)


def control(sentence: Sentence) -> Iterator[Sentence]:
    """promised him to come: that he, for that she, will come."""
    for clause in clauses_of(sentence):
        content = clause.content
        if not (content and content.as_clause and clause.direct and clause.subject):
            continue
        other = clause.direct if content.controller is clause.subject else clause.subject
        if pronoun_code(other) and not isinstance(other, Indefinite):
            yield rewritten(sentence, content, replace(content, controller=other))


# ---------------------------------------------------------------------------- what belongs together


def pronoun_gender(sentence: Sentence) -> Iterator[Sentence]:
    """it, of a key, as sie."""
    for phrase in phrases_of_sentence(sentence):
        if isinstance(phrase, Pronoun) and phrase.gender:
            for gender in ("m", "f", "n"):
                if gender != phrase.gender:
                    yield rewritten(sentence, phrase, replace(phrase, gender=gender))


def attachment(sentence: Sentence) -> Iterator[Sentence]:
    """sieht mit dem Hut den Mann: an attribute of subject or object as an adjunct of the verb.

    The other way round (sieht den Mann mit dem Hammer) people do say.
    """
    for clause in clauses_of(sentence):
        for place, phrase in (("subject", clause.subject), ("direct", clause.direct)):
            # is seen with the hat: hardly another meaning
            if isinstance(phrase, Common) and _has_with(phrase) and not clause.passive:
                yield rewritten(sentence, clause, _moved_attribute(clause, place, phrase))


def _has_with(phrase: Common) -> bool:
    return phrase.attribute is not None and phrase.attribute.preposition.german == "mit"


def _moved_attribute(clause: Clause, place: str, phrase: Common) -> Clause:
    assert phrase.attribute
    alone = replace(phrase, attribute=None)
    adjuncts = (*clause.adjuncts, phrase.attribute)
    if place == "subject":
        return replace(clause, subject=alone, adjuncts=adjuncts)
    return replace(clause, direct=alone, adjuncts=adjuncts)


# ----------------------------------------------------------------------------- senses


def place_or_direction(sentence: Sentence) -> Iterator[Sentence]:
    """im Garten for where to, in den Garten for where."""
    for adjunct in _prepositional(sentence):
        use = adjunct.preposition
        if use.german in _TWO_WAY and use.use in ("place", "direction"):
            other: Case = "dative" if use.case == "accusative" else "accusative"
            changed = replace(adjunct, preposition=replace(use, case=other))
            yield rewritten(sentence, adjunct, changed)


_TWO_WAY = ("in", "auf", "an", "hinter", "vor", "neben", "unter")


def preposition_sense(sentence: Sentence) -> Iterator[Sentence]:
    """mit dem Autor for by the author, auf Montag for on Monday, warten für."""
    yield from _other_uses(sentence)
    for clause in clauses_of(sentence):
        verb = clause.verb
        english, german = verb.preposition
        if clause.governed and english in _LITERAL and _LITERAL[english][0] != german:
            literal, case = _LITERAL[english]
            changed = replace(verb, preposition=(english, literal), object_case=case)
            yield rewritten(sentence, clause, replace(clause, verb=changed))
    for time in adjuncts_of_sentence(sentence):
        if isinstance(time, Time) and time.preposition in _LITERAL_TIMES:
            yield rewritten(sentence, time, _literal_time(time))


def _other_uses(sentence: Sentence) -> Iterator[Sentence]:
    for adjunct in _prepositional(sentence):
        use, behind = adjunct.preposition, adjunct.object
        if isinstance(behind, Named) and behind.name.english in _TWO_KINDS:
            continue  # to Chelsea: zu for the girl, nach for the place
        for other in closed.PREPOSITIONS:
            another = other.english == use.english and other.use != use.use
            differs = use.german and other.german not in ("", use.german)
            if another and differs and (use.german, other.german) != ("aus", "von"):
                # die Frau von Berlin passes; der Brief aus Anna does not
                yield rewritten(sentence, adjunct, replace(adjunct, preposition=other))


_TWO_KINDS = frozenset(
    form for form, num in Counter(name.english for name in NAMES).items() if num > 1
)
_LITERAL: dict[str, tuple[str, Case]] = {
    "for": ("für", "accusative"),
    "of": ("von", "dative"),
    "about": ("über", "accusative"),
    "at": ("an", "dative"),
    "in": ("in", "dative"),
    "on": ("auf", "dative"),
    "to": ("zu", "dative"),
    "from": ("von", "dative"),
    "against": ("gegen", "accusative"),
}
"""What each preposition mostly is where no verb governs it."""
_LITERAL_TIMES = {"on": "auf", "by": "bei"}


def _literal_time(time: Time) -> Time:
    _, _, rest = time.german.partition(" ")
    return replace(time, german=f"{_LITERAL_TIMES[time.preposition]} {rest}")


def word_sense(sentence: Sentence) -> Iterator[Sentence]:
    """The German word for the other sense of an English one."""
    for phrase in _commons(sentence):
        for noun in rival_nouns(phrase.noun):
            if noun.sense not in _WIDE_SENSES and (noun.german_plural or not phrase.plural):
                yield rewritten(sentence, phrase, replace(phrase, noun=noun))
        for described in phrase.described:
            for adjective in rival_adjectives(described.adjective):
                if adjective.sense not in _WIDE_SENSES:
                    changed = replace(described, adjective=adjective)
                    yield rewritten(sentence, described, changed)
    for clause in clauses_of(sentence):
        for verb in rival_verbs(clause.verb):
            if verb.sense not in _WIDE_SENSES:
                yield rewritten(sentence, clause, replace(clause, verb=verb))


_WIDE_SENSES = frozenset(
    (
        *("live.reside", "live.exist", "drink.person", "drink.animal", "leave.go", "leave.depart"),
        *("hide.object", "hide.feeling", "open.unclose", "open.found", "miss.long", "miss.late"),
        *("die.life", "die.plant", "freeze.cold", "keep.retain", "watch.observe", "watch.view"),
        *("pick.fetch", "pick.lift", "prepare.plan", "work.labour", "change.swap"),
        *("hard.firm", "tall.person", "smart.elegant", "rough.person", "rough.nature"),
        *("tender.food", "broken.machine", "nail.metal", "model.copy"),
    )
)
"""Senses whose German word also passes where another sense of the English one is meant: Tiere leben
und wohnen, ein Hund trinkt, man vermisst und verpasst Anna, der Berg ist groß."""
