"""Clauses: what a verb asks for, and what is added.

A construction is a function that takes a `Draw` and a subject, or None to draw one, and gives a
`Clause` without tense. Enter it in `CLAUSES` with its weight. Selection keeps words together that
go together and lets the reader tell which sense of a word is meant: where the English words would
leave two readings open, the draw is thrown away (`Unclear`).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from ticketscope.corpus.grammar.adjuncts import (
    EITHER,
    Tenses,
    has_relative,
    in_some_tense,
    is_negatable,
    is_negative,
    is_relative,
    tells_tense,
    with_adjuncts,
)
from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Conjoined,
    Content,
    Described,
    Indefinite,
    Named,
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
    is_clear,
    kinds_described,
    noun_phrase,
    parts,
    prepositions_of,
    pronoun_for,
    rivals,
    telling_adjectives,
    verbs_of,
    verbs_with_object,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Frame, Verb
from ticketscope.corpus.grammar.phrases import differ, phrase, prepositional

ANY_KIND = "hatlcfdrpisvwgeqbuxnmk"
Builder = Callable[[Draw, Phrase | None], Clause]
"""Of a subject, or of one that it draws itself: the clause without tense."""


def clause(
    draw: Draw,
    subject: Phrase | None = None,
    with_content: bool = True,
    can_be_negated: bool = True,
    tenses: Tenses = EITHER,
) -> Clause:
    """A finite clause, of the subject given or of another."""
    builders, weights = _BUILDERS[with_content]
    built = draw.weighted(builders, weights)(draw, subject)
    require_one_sense(draw, built)
    return finished(draw, built, tenses, can_be_negated)


def finished(draw: Draw, built: Clause, tenses: Tenses, can_be_negated: bool = True) -> Clause:
    """In some tense, perhaps denied, with what may be added."""
    done = in_some_tense(draw, built, tenses)
    num_negative = sum(is_negative(part) for part in parts(done))
    if num_negative > 1 or (num_negative and done.modal and done.modal.english == "must"):
        raise Unclear
    if done.subject and not tells_tense(done, is_plural(done.subject) or person(done.subject) < 3):
        raise Unclear
    if can_be_negated and draw.chance(0.13) and is_negatable(done):
        done = replace(done, negated=True)
    done = replace(done, direct=_perhaps_owned(draw, done))
    done = with_adjuncts(draw, done)
    if built.content and any(is_relative(part) for part in (done.direct, done.indirect) if part):
        raise Unclear
    plain = not (done.content or done.passive or done.negated or done.existential)
    if plain and not has_relative(done) and draw.chance(0.08):
        done = _with_joined(draw, done)
    said = _words_of(done)
    if len(said) > len(set(said)):
        raise Unclear
    return done


# ----------------------------------------------------------------------------- what a verb asks for


def intransitive(draw: Draw, subject: Phrase | None) -> Clause:
    return _simple(draw, "intransitive", subject)


def _simple(draw: Draw, frame: Frame, subject: Phrase | None) -> Clause:
    verb = choose_verb(draw, verbs_of(frame, draw.kinds_of(subject) if subject else ANY_KIND))
    return Clause(verb=verb, subject=subject or _someone(draw, verb.subjects))


def choose_verb(draw: Draw, verbs: tuple[Verb, ...]) -> Verb:
    if not verbs:
        raise Unclear
    return draw.choose(verbs)


def located(draw: Draw, subject: Phrase | None) -> Clause:
    built = _simple(draw, "located", subject)
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
    built = _simple(draw, "motion", subject)
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
    built = _simple(draw, "transitive", subject)
    return replace(built, direct=_object(draw, built, built.verb.objects))


def _object(draw: Draw, built: Clause, kinds: str) -> Phrase:
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


def _ditransitive(draw: Draw, subject: Phrase | None) -> Clause:
    built = _simple(draw, "ditransitive", subject)
    indirect = _object(draw, built, "h")
    direct = noun_phrase(draw, built.verb.objects)
    return replace(built, direct=direct, indirect=indirect, with_to=draw.chance(0.4))


def _governing(draw: Draw, subject: Phrase | None) -> Clause:
    built = _simple(draw, "governing", subject)
    return replace(built, governed=_object(draw, built, built.verb.objects))


def _predicative(draw: Draw, subject: Phrase | None) -> Clause:
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


def _is_somewhere(draw: Draw, subject: Phrase | None) -> Clause:
    subject = subject or phrase(draw, draw.any_of(("h", "ha", "tlrcfmk")))
    if set(draw.kinds_of(subject)) & set("pwegqux"):
        raise Unclear
    return Clause(verb=closed.BE, subject=subject, place=prepositional(draw, "place"))


def _there_is(draw: Draw, subject: Phrase | None) -> Clause:
    if subject:
        raise Unclear
    direct = noun_phrase(draw, draw.any_of(("h", "a", "tlrcfmk", "psgn")), ANY_KIND)
    place = prepositional(draw, "place")
    if direct.determiner.english not in _EXISTING and direct.determiner not in closed.NUMERALS:
        raise Unclear
    return Clause(verb=closed.THERE_IS, direct=direct, existential=True, adjuncts=(place,))


_EXISTING = ("a", "", "some", "many", "several", "few")


def _passive(draw: Draw, subject: Phrase | None) -> Clause:
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


# ----------------------------------------------------------------------------- clauses in clauses


def _that(draw: Draw, subject: Phrase | None) -> Clause:
    built = _simple(draw, "that", subject)
    return replace(built, content=Content("that", _reported(draw, built)))


def _whether(draw: Draw, subject: Phrase | None) -> Clause:
    built = _simple(draw, "whether", subject)
    return replace(built, content=Content("whether", _reported(draw, built)))


def _reported(draw: Draw, built: Clause) -> Clause:
    """What is said; often of the one who says it."""
    subject = built.subject
    assert subject
    if draw.chance(0.35) and pronoun_code(subject) and not isinstance(subject, Conjoined):
        reported = clause(draw, pronoun_for(subject), with_content=False)
    else:
        reported = clause(draw, with_content=False)
    require_apart(built, reported)
    return reported


def _subject_control(draw: Draw, subject: Phrase | None) -> Clause:
    built = _simple(draw, "subject_control", subject)
    assert built.subject
    return replace(built, content=Content("to", _infinitive(draw), built.subject))


def object_control(draw: Draw, subject: Phrase | None) -> Clause:
    built = _simple(draw, "object_control", subject)
    if draw.chance(0.35):
        # promise and tell, which German puts as clauses that name the controller
        verbs = tuple(verb for verb in verbs_of("object_control", "h") if verb.as_clause)
        built = replace(built, verb=draw.choose(verbs))
    assert built.subject
    direct = _object(draw, built, built.verb.objects)
    if isinstance(direct, Pronoun) and direct.reflexive:
        raise Unclear
    controller = built.subject if built.verb.as_clause == "subject" else direct
    if built.verb.as_clause and (
        not pronoun_code(controller) or isinstance(controller, Indefinite)
    ):
        raise Unclear
    as_clause: Literal["", "plain", "obliged"] = _AS_CLAUSE[built.verb.as_clause]
    content = Content("to", _infinitive(draw), controller, as_clause)
    return replace(built, direct=direct, content=content)


_AS_CLAUSE: dict[str, Literal["", "plain", "obliged"]] = {
    "": "",
    "subject": "plain",
    "object": "obliged",
}


def _infinitive(draw: Draw) -> Clause:
    """What someone wants to do: its subject is said elsewhere."""
    build = draw.weighted((intransitive, transitive, located, motion), (20, 50, 12, 18))
    built = build(draw, noun_phrase(draw, "h"))
    if isinstance(built.direct, Pronoun) and built.direct.entry.person == 3:
        raise Unclear
    if "stative" in built.verb.traits:
        raise Unclear
    require_one_sense(draw, built)
    return replace(built, subject=None, tense="infinitive")


def direct_gap(draw: Draw, kinds: str) -> Clause:
    """A clause whose object is said elsewhere, of any of these kinds."""
    verb = choose_verb(draw, verbs_with_object(kinds))
    if not has_one_sense(verb, verb.subjects, kinds):
        raise Unclear
    subject = phrase(draw, verb.subjects, simple=True)
    return Clause(verb=verb, subject=subject, gap="direct")


CLAUSES: dict[Builder, float] = {
    transitive: 28,
    intransitive: 9,
    _predicative: 11,
    motion: 9,
    located: 8,
    _ditransitive: 7,
    _passive: 7,
    _governing: 6,
    _is_somewhere: 2,
    _there_is: 2,
    _that: 5,
    _whether: 2,
    _subject_control: 4,
    object_control: 4,
}


_WITH_CONTENT: tuple[Builder, ...] = (_that, _whether, _subject_control, object_control)


_BUILDERS = {
    with_content: (
        tuple(build for build in CLAUSES if with_content or build not in _WITH_CONTENT),
        tuple(
            weight
            for build, weight in CLAUSES.items()
            if with_content or build not in _WITH_CONTENT
        ),
    )
    for with_content in (True, False)
}


# ----------------------------------------------------------------------------- what is attached


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
            built = _simple(draw, "located", phrase(draw, "h", simple=True))
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


def _perhaps_owned(draw: Draw, built: Clause) -> Phrase | None:
    """The object, perhaps owned by the subject: the man loves his dog."""
    direct, subject = built.direct, built.subject
    if not (isinstance(direct, Common) and subject and not built.negated and not built.existential):
        return direct
    if built.content:
        # who controls the infinitive must stay the very phrase
        return direct
    code = pronoun_code(subject)
    ownable = direct.noun.english_plural and not direct.possessor
    if not ownable or code[:1] != "3" or not draw.chance(0.14):
        return direct
    if any(pronoun_code(other) in (code, "") for other in parts(built) if other is not subject):
        return direct
    determiner = closed.POSSESSIVES[code]
    if code == "3n":
        gender = pronoun_for(subject).gender
        if gender is None:
            return direct
        determiner = closed.ITS[gender]
    return replace(direct, determiner=determiner, owner=subject.referent)


def _with_joined(draw: Draw, built: Clause) -> Clause:
    """A second predicate of the same subject: sings and dances."""
    subject = built.subject
    if not subject or isinstance(subject, Indefinite) or built.verb is closed.BE:
        return built
    build = draw.weighted((intransitive, transitive, motion), (40, 40, 20))
    second = build(draw, subject)
    require_one_sense(draw, second)
    if second.verb.english == built.verb.english or built.modal or built.tense == "future":
        return built
    if second.verb.english == second.verb.past:
        return built
    return replace(
        built, joined=replace(second, subject=None, tense=built.tense, modal=built.modal)
    )


# ----------------------------------------------------------------------------- one reading


def require_one_sense(draw: Draw, built: Clause) -> None:
    """Raises `Unclear` where an English verb or noun would have two readings here."""
    subject = draw.kinds_of(built.subject) if built.subject else ANY_KIND
    patient = built.direct or built.governed
    object_kinds = draw.kinds_of(patient) if patient else ""
    if built.passive:
        subject, object_kinds = ANY_KIND, subject
    if not has_one_sense(built.verb, subject, object_kinds):
        raise Unclear
    if not all(is_clear(found, kinds) for found, kinds in _places(built)):
        raise Unclear


def require_apart(first: Clause, second: Clause) -> None:
    """Raises `Unclear` where a clause may by accident speak of what the one before it does.

    The same noun or name again would be another one of that name; a pronoun that stands for nothing
    said before must find nothing there that it could stand for.
    """
    said = {part.referent for part in parts(first)}
    codes = {pronoun_code(part) for part in parts(first)}
    if set(_words_of(first)) & set(_words_of(second)):
        raise Unclear
    for part in parts(second):
        free = isinstance(part, Pronoun) and not part.reflexive and part.referent not in said
        if free and person(part) == 3 and {pronoun_code(part), ""} & codes:
            raise Unclear


def _words_of(built: Clause) -> list[str]:
    """Its nouns and names."""
    return [
        part.noun.english if isinstance(part, Common) else part.name.english
        for part in parts(built)
        if isinstance(part, Common | Named)
    ]


def _places(built: Clause) -> Iterator[tuple[Phrase, str]]:
    """The main phrases of a clause, each with the kinds that its place can hold."""
    verb = built.verb
    if built.subject:
        kinds = verb.objects if built.passive else verb.subjects
        if built.predicate:
            kinds = kinds_described(built.predicate.adjective.english)
        yield built.subject, kinds
    if built.direct:
        yield built.direct, ANY_KIND if built.existential else verb.objects
    if built.governed:
        yield built.governed, verb.objects
