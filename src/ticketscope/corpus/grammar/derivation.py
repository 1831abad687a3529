"""A sentence before it has words: who does what to whom, in which sense, seen how.

Both languages and every annotation are read off one derivation. It holds lexical entries with their
senses and says nothing of word order. Elements are compared by identity: two phrases may well look
the same and stand for different people. `referent` numbers the things spoken of, so that a pronoun
or a possessive that has the number of a phrase stands for the same thing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Literal, TypeVar

from ticketscope.corpus.grammar.lexicon.closed import (
    Determiner,
    IndefinitePronoun,
    Modal,
    PersonalPronoun,
    Preposition,
    Subordinator,
    TimeName,
)
from ticketscope.corpus.grammar.lexicon.entries import Adjective, Adverb, Gender, Name, Noun, Verb

Tense = Literal["present", "past", "perfect", "pluperfect", "future", "infinitive"]
Gap = Literal["", "subject", "direct", "place"]
Slip = Literal["", "order", "prefix", "agreement", "negation", "relative"]
"""The verb in the place it has in the other kind of clause; a separable prefix left on its verb;
the verb in the other number; nicht and kein exchanged; the relative pronoun in another case."""


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """An adjective, perhaps with an adverb of degree."""

    adjective: Adjective
    degree: Adverb | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Common:
    """A phrase around a noun.

    `owner`: the referent that a third-person possessive stands for. `possessor`: Anna's book; with
    `of`, the roof of the house. `gender` is the German one (a wrong one makes a wrong translation).
    """

    noun: Noun
    determiner: Determiner
    referent: int
    plural: bool = False
    described: tuple[Described, ...] = ()
    owner: int | None = None
    possessor: "Phrase | None" = None
    of: bool = False
    attribute: "Prepositional | None" = None
    relative: "Clause | None" = None

    @property
    def gender(self) -> Gender:
        return self.noun.gender


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    name: Name
    referent: int


@dataclass(frozen=True, slots=True, eq=False)
class Pronoun:
    """`gender` is that of the German noun that "it" stands for; `reflexive`: himself."""

    entry: PersonalPronoun
    referent: int
    gender: Gender | None = None
    reflexive: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Indefinite:
    entry: IndefinitePronoun
    referent: int


@dataclass(frozen=True, slots=True, eq=False)
class Conjoined:
    """Two phrases joined by and; their referents are its parts."""

    first: "Common | Named"
    second: "Common | Named"
    referent: int


Phrase = Common | Named | Pronoun | Indefinite | Conjoined


@dataclass(frozen=True, slots=True, eq=False)
class Prepositional:
    """`object` is None where a relative clause or a question has taken it away."""

    preposition: Preposition
    object: Phrase | None


@dataclass(frozen=True, slots=True, eq=False)
class Time:
    """A named time behind a preposition: on Monday, am Montag."""

    preposition: str
    name: TimeName
    german: str


Adjunct = Prepositional | Time | Adverb


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A clause that completes a verb.

    `kind`: that or whether with a finite clause; to with an infinitive. `controller` is who its
    missing subject is. `as_clause`: German has dass and a pronoun in place of the infinitive,
    perhaps with sollen.
    """

    kind: Literal["that", "whether", "to"]
    clause: "Clause"
    controller: Phrase | None = None
    as_clause: Literal["", "plain", "obliged"] = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Clause:
    """A verb with what it asks for and what is added.

    `subject` is None in infinitives, in the second of two joined predicates and where it is the
    gap. `gap`: the phrase that a relative clause or a question takes out of its place. `place`:
    where one is or goes, as the verb asks. `agent`: of a passive. `joined`: a second predicate with
    the same subject. `existential`: there is; the direct object is what exists. `goes_on`: what has
    lasted since Monday, in German in the present. `slip` is a mistake that the German side makes on
    purpose, for contrastive pairs.
    """

    verb: Verb
    subject: Phrase | None = None
    tense: Tense = "present"
    modal: Modal | None = None
    passive: bool = False
    negated: bool = False
    direct: Phrase | None = None
    indirect: Phrase | None = None
    with_to: bool = False
    agent: Prepositional | None = None
    governed: Phrase | None = None
    predicate: Described | None = None
    place: Prepositional | Adverb | None = None
    adjuncts: tuple[Adjunct, ...] = ()
    content: Content | None = None
    gap: Gap = ""
    joined: "Clause | None" = None
    existential: bool = False
    goes_on: bool = False
    slip: Slip = ""


Question = Literal["", "yes_no", "who", "whom", "what", "where", "where_to"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sentence:
    """`fronted`: the adjunct that stands first. `subordinate` precedes the main clause or follows
    it; `coordinated` is a second main clause behind `conjunction`."""

    main: Clause
    fronted: Adjunct | None = None
    question: Question = ""
    subordinator: Subordinator | None = None
    subordinate: Clause | None = None
    subordinate_first: bool = False
    conjunction: str = ""
    coordinated: Clause | None = None


# ----------------------------------------------------------------------------- agreement


def is_plural(phrase: Phrase) -> bool:
    match phrase:
        case Common():
            return phrase.plural
        case Pronoun():
            return phrase.entry.plural
        case Conjoined():
            return True
        case _:
            return False


def person(phrase: Phrase) -> int:
    """1, 2 or 3."""
    return phrase.entry.person if isinstance(phrase, Pronoun) else 3


def pronoun_code(phrase: Phrase) -> str:
    """The personal pronoun that stands for it, empty where the sex of a person is not known."""
    match phrase:
        case Pronoun():
            return phrase.entry.code
        case Indefinite():
            return ""
        case Named():
            return {"m": "3m", "f": "3f"}.get(phrase.name.kind, "3n")
        case Common() if not phrase.plural:
            human = "h" in phrase.noun.kinds
            return f"3{phrase.noun.sex}" * bool(phrase.noun.sex) if human else "3n"
        case _:
            return "3p"


# ----------------------------------------------------------------------------- going through


def clauses_of(sentence: Sentence) -> Iterator[Clause]:
    """Every clause, in no order that matters."""
    for clause in (sentence.main, sentence.subordinate, sentence.coordinated):
        if clause:
            yield from _with_inner(clause)


def _with_inner(clause: Clause) -> Iterator[Clause]:
    yield clause
    for inner in (clause.joined, clause.content and clause.content.clause):
        if inner:
            yield from _with_inner(inner)
    for phrase in phrases_of(clause):
        if isinstance(phrase, Common) and phrase.relative:
            yield from _with_inner(phrase.relative)


def phrases_of(clause: Clause) -> Iterator[Phrase]:
    """All phrases of a clause, those inside others included, but not those of inner clauses."""
    adjuncts = (*clause.adjuncts, clause.place, clause.agent)
    objects = [part.object for part in adjuncts if isinstance(part, Prepositional)]
    for phrase in (clause.subject, clause.direct, clause.indirect, clause.governed, *objects):
        if phrase:
            yield from _with_parts(phrase)


def phrases_of_sentence(sentence: Sentence) -> Iterator[Phrase]:
    """All phrases of all clauses, and those of the adjunct that stands first."""
    for clause in clauses_of(sentence):
        yield from phrases_of(clause)
    if isinstance(sentence.fronted, Prepositional) and sentence.fronted.object:
        yield from _with_parts(sentence.fronted.object)


def adjuncts_of_sentence(sentence: Sentence) -> Iterator[Adjunct]:
    """What stands beside verbs and behind nouns, places and agents included, wherever it stands."""
    for clause in clauses_of(sentence):
        yield from clause.adjuncts
        for part in (clause.place, clause.agent):
            if part:
                yield part
    if sentence.fronted:
        yield sentence.fronted
    for phrase in phrases_of_sentence(sentence):
        if isinstance(phrase, Common) and phrase.attribute:
            yield phrase.attribute


def _with_parts(phrase: Phrase) -> Iterator[Phrase]:
    yield phrase
    match phrase:
        case Conjoined():
            yield from _with_parts(phrase.first)
            yield from _with_parts(phrase.second)
        case Common():
            if phrase.possessor:
                yield from _with_parts(phrase.possessor)
            if phrase.attribute and phrase.attribute.object:
                yield from _with_parts(phrase.attribute.object)


# ----------------------------------------------------------------------------- rewriting

Element = TypeVar("Element")


def rewritten(element: Element, old: object, new: object) -> Element:
    """The same derivation with one element in place of another (the very object, not an equal)."""
    if element is old:
        return new  # type: ignore[return-value]
    if isinstance(element, tuple):
        parts = tuple(rewritten(part, old, new) for part in element)
        changed = any(a is not b for a, b in zip(parts, element, strict=True))
        return parts if changed else element  # type: ignore[return-value]
    if not isinstance(element, _ELEMENTS):
        return element
    assert is_dataclass(element)
    changes = {}
    for field in fields(element):
        before = getattr(element, field.name)
        after = rewritten(before, old, new)
        if after is not before:
            changes[field.name] = after
    return replace(element, **changes) if changes else element


_ELEMENTS = (
    Sentence,
    Clause,
    Content,
    Prepositional,
    Common,
    Conjoined,
    Described,
    Named,
    Pronoun,
    Indefinite,
    Time,
)
