"""Clauses without another clause but a relative one: a verb with what it asks for."""

from collections.abc import Callable
from dataclasses import replace

from ticketscope.corpus.grammar.adjuncts import tells_tense
from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Conjoined,
    Described,
    Indefinite,
    Phrase,
    Prepositional,
    Pronoun,
    Tense,
    is_plural,
    person,
    pronoun_code,
)
from ticketscope.corpus.grammar.draw import (
    Draw,
    Unclear,
    adjectives_for,
    adverbs_of,
    has_one_sense,
    noun_phrase,
    parts,
    prepositions_of,
    rivals,
    telling_adjectives,
    verbs_of,
    verbs_with_object,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Frame, Verb
from ticketscope.corpus.grammar.one_reading import ANY_KIND, require_one_sense
from ticketscope.corpus.grammar.phrases import differ, phrase, prepositional

Builder = Callable[[Draw, Phrase | None], Clause]
"""Of a subject, or of one that it draws itself: the clause without tense."""


def intransitive(draw: Draw, subject: Phrase | None) -> Clause:
    return simple(draw, "intransitive", subject)


def simple(draw: Draw, frame: Frame, subject: Phrase | None) -> Clause:
    verb = choose_verb(draw, verbs_of(frame, draw.kinds_of(subject) if subject else ANY_KIND))
    return Clause(verb=verb, subject=subject or _someone(draw, verb.subjects))


def choose_verb(draw: Draw, verbs: tuple[Verb, ...]) -> Verb:
    if not verbs:
        raise Unclear
    return draw.choose(verbs)


def located(draw: Draw, subject: Phrase | None) -> Clause:
    built = simple(draw, "located", subject)
    if draw.chance(0.08):
        return replace(built, place=draw.choose(adverbs_of("place")))
    place = prepositional(draw, "place")
    wanted = built.verb.objects.strip("-")
    if wanted and place.object:
        fits = set(wanted) & set(draw.kinds_of(place.object))
        if not fits or place.preposition.english == "at":
            raise Unclear
    return replace(built, place=place)


def motion(draw: Draw, subject: Phrase | None) -> Clause:
    """To some place; beside a verb that is no direction itself, "in" says where one moves."""
    built = simple(draw, "motion", subject)
    traits = built.verb.traits
    if "directional" not in traits and draw.chance(0.3):
        place, excluded = prepositional(draw, "place"), ["at"]
    else:
        place, excluded = prepositional(draw, "direction"), ["on"]
        if "upward" in traits:
            excluded = []
        elif "directional" not in traits:
            excluded = ["in", "on", "behind", "under", "in front of", "next to"]
    if place.preposition.english in excluded:
        raise Unclear
    return replace(built, place=place)


def transitive(draw: Draw, subject: Phrase | None) -> Clause:
    built = simple(draw, "transitive", subject)
    return replace(built, direct=object_of(draw, built, built.verb.objects))


def object_of(draw: Draw, built: Clause, kinds: str) -> Phrase:
    """An object that is not the subject itself: "I see me" would have to be reflexive."""
    subject = built.subject
    assert subject
    if draw.chance(0.02) and "h" in kinds and not isinstance(subject, Indefinite):
        code = pronoun_code(subject)
        if code and "h" in draw.kinds_of(subject) and not isinstance(subject, Conjoined):
            return Pronoun(closed.PERSONAL[code], subject.referent, reflexive=True)
    found = _someone(draw, kinds)
    if person(found) == person(subject) != 3 or not differ(found, subject):
        raise Unclear
    return found


def ditransitive(draw: Draw, subject: Phrase | None) -> Clause:
    built = simple(draw, "ditransitive", subject)
    indirect = object_of(draw, built, "h")
    direct = noun_phrase(draw, built.verb.objects)
    return replace(built, direct=direct, indirect=indirect, with_to=draw.chance(0.4))


def governing(draw: Draw, subject: Phrase | None) -> Clause:
    built = simple(draw, "governing", subject)
    return replace(built, governed=object_of(draw, built, built.verb.objects))


def predicative(draw: Draw, subject: Phrase | None) -> Clause:
    if subject is None:
        kinds = draw.weighted("hatfrpicsvwgeqb", (6, 2, 3, 1, 2, 3, 2, 1, 1, 1, 1, 1, 2, 2, 1))
        subject = _someone(draw, kinds)
    fitting = adjectives_for(draw.kinds_of(subject))
    if not fitting:
        raise Unclear
    if isinstance(subject, Common):
        # of a noun with two readings, say what is true of one
        fitting = telling_adjectives(subject.noun, rivals(subject.noun, ANY_KIND)) or fitting
    adjective = draw.choose(fitting)
    if isinstance(subject, Common) and any(
        described.adjective.english == adjective.english for described in subject.described
    ):
        raise Unclear
    gradual = "absolute" not in adjective.traits
    degree = draw.choose(adverbs_of("degree")) if gradual and draw.chance(0.15) else None
    return Clause(verb=closed.BE, subject=subject, predicate=Described(adjective, degree))


def is_somewhere(draw: Draw, subject: Phrase | None) -> Clause:
    subject = subject or phrase(draw, draw.any_of(("h", "ha", "tlrcfmk")))
    if set(draw.kinds_of(subject)) & set("pwegqux"):
        raise Unclear
    return Clause(verb=closed.BE, subject=subject, place=prepositional(draw, "place"))


def there_is(draw: Draw, subject: Phrase | None) -> Clause:
    if subject:
        raise Unclear
    direct = noun_phrase(draw, draw.any_of(("h", "a", "tlrcfmk", "psgn")), ANY_KIND)
    place = prepositional(draw, "place")
    if direct.determiner.english not in _EXISTING and direct.determiner not in closed.NUMERALS:
        raise Unclear
    return Clause(verb=closed.THERE_IS, direct=direct, existential=True, adjuncts=(place,))


_EXISTING = ("a", "", "some", "many", "several", "few")


def passive(draw: Draw, subject: Phrase | None) -> Clause:
    kinds = draw.kinds_of(subject) if subject else ANY_KIND
    ditransitive = draw.chance(0.12)
    verbs = verbs_of("ditransitive", ANY_KIND) if ditransitive else verbs_with_object(kinds)
    verb = choose_verb(draw, verbs)
    subject = subject or _someone(draw, verb.objects)
    kinds = draw.kinds_of(subject)
    if verb.object_case != "accusative" or "no-passive" in verb.traits:
        raise Unclear
    if not set(verb.objects) & set(kinds):
        raise Unclear
    indirect, agent = None, None
    if ditransitive:
        indirect = noun_phrase(draw, "h")
    elif draw.chance(0.5):
        by = draw.any_of(prepositions_of("agent"))
        doer = phrase(draw, "".join(sorted(set(verb.subjects) & set(by.kinds))), simple=True)
        if not differ(doer, subject):
            raise Unclear
        agent = Prepositional(by, doer)
    if not agent and "state" in verb.traits:
        raise Unclear
    return Clause(
        verb=verb, subject=subject, passive=True, indirect=indirect, with_to=True, agent=agent
    )


def _someone(draw: Draw, kinds: str) -> Phrase:
    """Someone or something of any of these kinds, perhaps with a relative clause."""
    found = phrase(draw, kinds)
    if isinstance(found, Common) and not (found.possessor or found.attribute) and draw.chance(0.08):
        return _with_relative(draw, found)
    return found


def _with_relative(draw: Draw, found: Common) -> Common:
    kinds = found.noun.kinds
    ways = ["subject", "subject", "direct", *(["place"] * 3 if "p" in kinds else [])]
    match draw.any_of(ways):
        case "subject":
            build = draw.weighted((intransitive, transitive, located), (25, 50, 25))
            stand_in = replace(found, referent=draw.referent(kinds))
            built = build(draw, stand_in)
            require_one_sense(draw, built)
            built = replace(built, subject=None, gap="subject")
        case "direct":
            built = direct_gap(draw, kinds)
        case _:
            (inside,) = (entry for entry in prepositions_of("place") if entry.english == "in")
            built = simple(draw, "located", phrase(draw, "h", simple=True))
            built = replace(built, gap="place", place=Prepositional(inside, None))
    if _has_more(built):
        raise Unclear
    tense: Tense = "past" if draw.chance(0.5) else "present"
    relative = replace(built, tense=tense)
    subject = relative.subject or found
    if not tells_tense(relative, is_plural(subject) or person(subject) < 3):
        raise Unclear
    return replace(found, relative=relative)


def _has_more(built: Clause) -> bool:
    """Whether a phrase in it has a relative clause of its own, or is reflexive."""
    return any(
        (isinstance(part, Common) and part.relative)
        or (isinstance(part, Pronoun) and part.reflexive)
        for part in parts(built)
    )


def direct_gap(draw: Draw, kinds: str) -> Clause:
    """A clause whose object is said elsewhere, of any of these kinds."""
    verb = choose_verb(draw, verbs_with_object(kinds))
    if not has_one_sense(verb, verb.subjects, kinds):
        raise Unclear
    subject = phrase(draw, verb.subjects, simple=True)
    return Clause(verb=verb, subject=subject, gap="direct")
