"""Noun phrases with what belongs to them, prepositional phrases, times."""

from dataclasses import replace
from functools import cache

from ticketscope.corpus.grammar.derivation import (
    Common,
    Conjoined,
    Indefinite,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    Time,
)
from ticketscope.corpus.grammar.draw import (
    Draw,
    Unclear,
    indefinite,
    named,
    noun_phrase,
    personal,
    prepositions_of,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Preposition


def phrase(draw: Draw, kinds: str, simple: bool = False) -> Phrase:
    """A phrase of any of these kinds: a noun with what belongs to it, a name, a pronoun, two."""
    if "h" in kinds:
        kind = draw.weighted(("noun", "name", "pronoun", "indefinite"), (62, 18, 17, 3))
        if kind == "name":
            return named(draw, "mf", "o" * ("i" in kinds) + "l" * ("p" in kinds))
        if kind == "pronoun":
            return personal(draw)
        if kind == "indefinite":
            return indefinite(draw)
    if "i" in kinds and draw.chance(0.3 if "h" not in kinds else 0.05):
        return named(draw, "o", "mf" if "h" in kinds else "")
    found = noun_phrase(draw, kinds)
    return found if simple else _extended(draw, found)


def _extended(draw: Draw, found: Common) -> Phrase:
    """Perhaps with an owner or an attribute, or joined with another."""
    ways = (None, _with_possessor, with_attribute, conjoined)
    extend = draw.weighted(ways, (79.8, 7.6, 7.6, 5))
    return extend(draw, found) if extend else found


def conjoined(draw: Draw, found: Common) -> Common | Conjoined:
    """Two of a kind."""
    other = noun_phrase(draw, found.noun.kinds[0])
    if "no" in (found.determiner.english, other.determiner.english):
        raise Unclear
    if not differ(found, other):
        return found
    return Conjoined(found, other, draw.referent(found.noun.kinds))


def _with_possessor(draw: Draw, found: Common) -> Common:
    kinds = set(found.noun.kinds)
    of_what = ["i"] * bool(kinds & set("hrqe")) + ["p"] * bool(kinds & set("sp"))
    if draw.chance(0.35) or not of_what:
        owner: Phrase = named(draw, "mf") if draw.chance(0.5) else _definite(draw, "h")
        return replace(found, determiner=closed.THE, possessor=owner)
    owner = _definite(draw, draw.any_of(of_what))
    if not differ(found, owner):
        raise Unclear
    return replace(found, determiner=closed.THE, possessor=owner, of=True)


def _definite(draw: Draw, kinds: str) -> Common:
    return replace(noun_phrase(draw, kinds, _OWNING), determiner=draw.choose(_OF_OWNERS))


_OWNING = "hipe"
"""Kinds of all that can own."""
_OF_OWNERS = (closed.THE, closed.POSSESSIVES["1s"], closed.POSSESSIVES["1p"])


_ATTRIBUTES = {
    "clothed": "h",
    "having": "ha",
    "topic": "r",
    "author": "r",
    "sender": "r",
    "origin": "h",
}


def with_attribute(draw: Draw, found: Common) -> Common:
    uses = [use for use, kinds in _ATTRIBUTES.items() if set(kinds) & set(found.noun.kinds)]
    if not uses:
        return found
    return replace(found, attribute=prepositional(draw, draw.any_of(uses)))


def prepositional(draw: Draw, use: str) -> Prepositional:
    preposition = draw.choose(prepositions_of(use))
    return Prepositional(preposition, _governed(draw, preposition))


def _governed(draw: Draw, preposition: Preposition) -> Phrase:
    kinds = preposition.kinds
    common = kinds.strip("LOH")
    seen_as = _kinds_behind(preposition.english)
    if "L" in kinds and (not common or draw.chance(0.3)):
        return named(draw, "l")
    if "O" in kinds and (not common or draw.chance(0.4)):
        return named(draw, "o", "mf")
    if preposition.bare:
        found = noun_phrase(draw, common)
        if found.described or found.plural:
            raise Unclear
        return replace(found, determiner=closed.THE if preposition.use == "means" else closed.BARE)
    if "h" in common and draw.chance(0.35):
        return named(draw, "mf", "lo") if draw.chance(0.6) else personal(draw)
    found = noun_phrase(draw, common, seen_as)
    if preposition.use == "having" and (not found.described or "acting" in found.noun.traits):
        raise Unclear
    if preposition.use in ("clothed", "having"):
        return replace(found, determiner=closed.BARE if found.plural else closed.A)
    if found.determiner.english == "no":
        raise Unclear
    if preposition.case == "genitive" and found.determiner.endings == "bare":
        # a genitive has to be seen: während der Spiele
        raise Unclear
    return found


@cache
def _kinds_behind(preposition: str) -> str:
    """All kinds of nouns that stand behind an English preposition in some use."""
    uses = (entry for entry in closed.PREPOSITIONS if entry.english == preposition)
    return "".join(sorted({kind for use in uses for kind in use.kinds if kind.islower()}))


def time(draw: Draw, prepositions: tuple[str, ...]) -> Time:
    fitting = [
        (name, english, german)
        for name in closed.TIMES
        for english, german in name.german
        if english in prepositions
    ]
    name, english, german = draw.choose(fitting)
    return Time(english, name, german)


def span(draw: Draw, use: str) -> Prepositional:
    """for two days, in an hour"""
    (preposition,) = prepositions_of(use)
    units = noun_phrase(draw, "u")
    determiner = draw.choose(closed.NUMERALS) if units.plural else closed.A
    return Prepositional(preposition, replace(units, determiner=determiner, described=()))


def differ(one: Phrase, other: Phrase) -> bool:
    """Two phrases of one clause with the same words would be odd; two pronouns hard to tell."""
    match one, other:
        case Common(), Common():
            return one.noun.english != other.noun.english
        case Named(), Named():
            return one.name.english != other.name.english
        case Pronoun(), Pronoun():
            return one.entry is not other.entry
        case Indefinite(), Indefinite():
            return False
        case _:
            return True
