"""Finite clauses, clauses within clauses, and what is added to either.

A construction is a function that takes a `Draw` and a subject, or None to draw one, and gives a
`Clause` without tense. Enter it in `CLAUSES` with its weight. Selection keeps words together that
go together and lets the reader tell which sense of a word is meant: where the English words would
leave two readings open, the draw is thrown away (`Unclear`).
"""

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
    Indefinite,
    Phrase,
    Pronoun,
    is_plural,
    person,
    pronoun_code,
)
from ticketscope.corpus.grammar.draw import Draw, Unclear, noun_phrase, parts, pronoun_for, verbs_of
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.one_reading import nouns_and_names, require_apart, require_one_sense
from ticketscope.corpus.grammar.simple_clauses import (
    Builder,
    ditransitive,
    governing,
    intransitive,
    is_somewhere,
    located,
    motion,
    object_of,
    passive,
    predicative,
    simple,
    there_is,
    transitive,
)


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
    said = nouns_and_names(done)
    if len(said) > len(set(said)):
        raise Unclear
    return done


# ----------------------------------------------------------------------------- clauses in clauses


def _that(draw: Draw, subject: Phrase | None) -> Clause:
    built = simple(draw, "that", subject)
    return replace(built, content=Content("that", _reported(draw, built)))


def _whether(draw: Draw, subject: Phrase | None) -> Clause:
    built = simple(draw, "whether", subject)
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
    built = simple(draw, "subject_control", subject)
    assert built.subject
    return replace(built, content=Content("to", _infinitive(draw), built.subject))


def object_control(draw: Draw, subject: Phrase | None) -> Clause:
    built = simple(draw, "object_control", subject)
    if draw.chance(0.35):
        # promise and tell, which German puts as clauses that name the controller
        verbs = tuple(verb for verb in verbs_of("object_control", "h") if verb.as_clause)
        built = replace(built, verb=draw.choose(verbs))
    assert built.subject
    direct = object_of(draw, built, built.verb.objects)
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


CLAUSES: dict[Builder, float] = {
    transitive: 28,
    intransitive: 9,
    predicative: 11,
    motion: 9,
    located: 8,
    ditransitive: 7,
    passive: 7,
    governing: 6,
    is_somewhere: 2,
    there_is: 2,
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
