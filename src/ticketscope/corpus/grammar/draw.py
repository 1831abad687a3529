"""Random choices: words by rank, phrases by kind, and who may be meant by a pronoun."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Conjoined,
    Described,
    Indefinite,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    phrases_of,
    pronoun_code,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Determiner, Preposition
from ticketscope.corpus.grammar.lexicon.entries import (
    Adjective,
    Adverb,
    Frame,
    Gender,
    Name,
    Noun,
    Verb,
)
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES, ADVERBS
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.senses import rival_nouns, rival_verbs
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

Item = TypeVar("Item")


class Unclear(Exception):
    """A draw that would have two readings, or none: the caller draws again."""


class Draw:
    """The random choices of one sentence.

    `kinds` holds what each referent is, so that what a pronoun stands for can be asked. `wanted` is
    a construction that is taken at the first place where it is among the weighted ones.
    """

    def __init__(self, random: Random, wanted: Callable[..., object] | None = None) -> None:
        self._random = random
        self._wanted = wanted
        self.kinds: dict[int, str] = {}

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def choose(self, items: Sequence[Item]) -> Item:
        """Earlier items are likelier, as words are by rank (Zipf)."""
        return self._random.choices(items, cum_weights=_zipf(len(items)))[0]

    def any_of(self, items: Sequence[Item]) -> Item:
        return items[int(self._random.random() * len(items))]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        if self._wanted:
            for item in items:
                if item is self._wanted:
                    self._wanted = None
                    return item
        return self._random.choices(items, weights)[0]

    def referent(self, kinds: str) -> int:
        number = len(self.kinds)
        self.kinds[number] = kinds
        return number

    def kinds_of(self, phrase: Phrase) -> str:
        return self.kinds[phrase.referent]


_SKEW = 1.7
"""Exponent of the law of Zipf by which words are drawn: rare words exist, and stay rare."""


@cache
def _zipf(num: int) -> tuple[float, ...]:
    return tuple(accumulate((rank + 2) ** -_SKEW for rank in range(num)))


# ----------------------------------------------------------------------------- words


@cache
def nouns_of(kinds: str) -> tuple[Noun, ...]:
    """Nouns of any of these kinds, the frequent ones of each kind first."""
    rank: dict[str, int] = defaultdict(int)
    found = []
    for noun in NOUNS:
        if set(noun.kinds) & set(kinds):
            rank[noun.kinds[0]] += 1
            found.append((rank[noun.kinds[0]], noun))
    return tuple(noun for _, noun in sorted(found, key=lambda pair: pair[0]))


@cache
def names_of(kinds: str) -> tuple[Name, ...]:
    return tuple(name for name in NAMES if name.kind in kinds)


@cache
def _names_told(kinds: str, seen_as: str) -> tuple[Name, ...]:
    others = {name.english for name in NAMES if name.kind in seen_as and name.kind not in kinds}
    return tuple(name for name in names_of(kinds) if name.english not in others)


@cache
def verbs_of(frame: Frame, subjects: str) -> tuple[Verb, ...]:
    return tuple(
        verb for verb in VERBS if verb.frame == frame and set(verb.subjects) & set(subjects)
    )


@cache
def verbs_with_object(kinds: str) -> tuple[Verb, ...]:
    return tuple(
        verb for verb in VERBS if verb.frame == "transitive" and set(verb.objects) & set(kinds)
    )


@cache
def prepositions_of(use: str) -> tuple[Preposition, ...]:
    return tuple(entry for entry in closed.PREPOSITIONS if entry.use == use)


@cache
def adverbs_of(use: str) -> tuple[Adverb, ...]:
    return tuple(adverb for adverb in ADVERBS if adverb.use == use)


MOVING = frozenset(verb.english for verb in VERBS if verb.frame == "motion")


@cache
def adjectives_for(kinds: str) -> tuple[Adjective, ...]:
    """Adjectives that have one sense beside a noun of these kinds."""
    fitting = [entry for entry in ADJECTIVES if set(entry.kinds) & set(kinds)]
    forms = [entry.english for entry in fitting]
    return tuple(entry for entry in fitting if forms.count(entry.english) == 1)


@cache
def rivals(noun: Noun, kinds: str) -> tuple[Noun, ...]:
    """The other readings of its English form that the same place would take."""
    return tuple(other for other in rival_nouns(noun) if set(other.kinds) & set(kinds))


@cache
def telling_adjectives(noun: Noun, others: tuple[Noun, ...]) -> tuple[Adjective, ...]:
    """Adjectives that fit the noun and none of the other readings of its English form."""
    excluded = {
        entry.english
        for entry in ADJECTIVES
        for other in others
        if set(entry.kinds) & set(other.kinds)
    }
    return tuple(entry for entry in adjectives_for(noun.kinds) if entry.english not in excluded)


@cache
def kinds_described(adjective: str) -> str:
    """All that this English adjective is said of, in any of its senses."""
    return "".join(entry.kinds for entry in ADJECTIVES if entry.english == adjective)


def is_clear(found: Phrase, kinds: str) -> bool:
    """Whether a phrase has one reading in a place for these kinds.

    What its adjectives can be said of tells readings apart.
    """
    if isinstance(found, Conjoined):
        return is_clear(found.first, kinds) and is_clear(found.second, kinds)
    if not isinstance(found, Common):
        return True
    cues = [kinds, *(kinds_described(part.adjective.english) for part in found.described)]
    return all(
        any(not set(cue) & set(other.kinds) for cue in cues) for other in rival_nouns(found.noun)
    )


@cache
def has_one_sense(verb: Verb, subject: str, object_kinds: str) -> bool:
    """Whether these kinds of subject and object leave the English verb only this reading."""
    return not any(
        set(other.subjects) & set(subject)
        and (not other.objects.strip("-") or set(other.objects) & set(object_kinds))
        for other in rival_verbs(verb)
    )


# ----------------------------------------------------------------------------- phrases


def personal(draw: Draw) -> Pronoun:
    return Pronoun(closed.PERSONAL[draw.choose(_PRONOUNS)], draw.referent("h"))


_PRONOUNS = ("3m", "3f", "1s", "3p", "1p", "2s")


def indefinite(draw: Draw) -> Indefinite:
    return Indefinite(draw.choose(closed.INDEFINITE), draw.referent("h"))


def named(draw: Draw, kinds: str, seen_as: str = "") -> Named:
    """A name of these kinds that is no name of another kind in `seen_as`."""
    name = draw.choose(_names_told(kinds, seen_as))
    return Named(name, draw.referent({"l": "p", "o": "i"}.get(name.kind, "h")))


def noun_phrase(draw: Draw, kinds: str, seen_as: str = "") -> Common:
    """A noun of these kinds with its determiner and adjectives.

    `seen_as`: all kinds that the place in the sentence could hold, where they are more. A noun with
    another reading there gets an adjective that tells which one is meant.
    """
    while True:
        noun = draw.choose(nouns_of(kinds))
        others = rivals(noun, seen_as or kinds)
        telling = telling_adjectives(noun, others) if others else ()
        if not others or telling:
            break
    plural = bool(noun.english_plural and noun.german_plural) and draw.chance(0.25)
    return Common(
        noun=noun,
        determiner=_determiner(draw, noun, plural),
        referent=draw.referent(noun.kinds),
        plural=plural,
        described=_described(draw, noun, telling),
    )


_MASS_DETERMINERS = (closed.THE, closed.BARE, closed.SINGULAR_DETERMINERS[2], closed.NO)


def _determiner(draw: Draw, noun: Noun, plural: bool) -> Determiner:
    if plural:
        return draw.choose(closed.NUMERALS if draw.chance(0.1) else closed.PLURAL_DETERMINERS)
    if not noun.english_plural:
        return draw.choose(_MASS_DETERMINERS)
    return draw.choose(closed.SINGULAR_DETERMINERS)


def _described(draw: Draw, noun: Noun, telling: Sequence[Adjective]) -> tuple[Described, ...]:
    fitting = adjectives_for(noun.kinds)
    if not telling and not (fitting and draw.chance(0.36)):
        return ()
    # "too" is for predicates
    adverbs = [adverb for adverb in adverbs_of("degree") if adverb.english != "too"]
    adjective = draw.choose(telling or fitting)
    gradual = "absolute" not in adjective.traits
    return (Described(adjective, draw.choose(adverbs) if gradual and draw.chance(0.08) else None),)


# ----------------------------------------------------------------------------- who is meant


def parts(clause: Clause) -> Iterator[Phrase]:
    """The phrases of a clause and of all clauses inside it."""
    for found in phrases_of(clause):
        yield found
        if isinstance(found, Common) and found.relative:
            yield from parts(found.relative)
    for inner in (clause.joined, clause.content and clause.content.clause):
        if inner:
            yield from parts(inner)


def antecedents(clause: Clause) -> list[Phrase]:
    """The phrases of a clause that a later pronoun can stand for."""
    direct = (clause.subject, clause.direct, clause.indirect, clause.governed)
    place = clause.place.object if isinstance(clause.place, Prepositional) else None
    return [
        found
        for found in (*direct, place)
        if found and pronoun_code(found)[:1] == "3" and _can_be_meant(found)
    ]


def _can_be_meant(found: Phrase) -> bool:
    """Not "no man"; nor a city or a company, for which German has no one pronoun."""
    match found:
        case Named():
            return found.name.kind not in "lo"
        case Common():
            return found.determiner.english not in ("no", "every", "each")
        case _:
            return True


def pronoun_for(antecedent: Phrase) -> Pronoun:
    gender: Gender | None = None
    code = pronoun_code(antecedent)
    if isinstance(antecedent, Common) and code == "3n":
        gender = antecedent.gender
    if isinstance(antecedent, Pronoun):
        gender = antecedent.gender
    return Pronoun(closed.PERSONAL[code], antecedent.referent, gender)


def competitors(draw: Draw, clause: Clause, antecedent: Phrase) -> str:
    """The kinds of all other phrases that the same pronoun could stand for."""
    code = pronoun_code(antecedent)
    return "".join(
        draw.kinds_of(other)
        for other in parts(clause)
        if other.referent != antecedent.referent and pronoun_code(other) in (code, "")
    )
