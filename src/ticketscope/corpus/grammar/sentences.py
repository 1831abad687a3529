"""Sentences: one clause, two, or a question.

A construction is a function that takes a `Draw` and gives a `Sentence`. Enter it in `SENTENCES`
with its weight. In the second of two clauses a pronoun often stands for someone or something of the
first; what is said of it leaves no other antecedent (else `Unclear`).
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from ticketscope.corpus.grammar.adjuncts import (
    BEFORE_VERB,
    EITHER,
    Tenses,
    has_relative,
    in_some_tense,
    is_negative,
)
from ticketscope.corpus.grammar.clauses import clause, finished
from ticketscope.corpus.grammar.derivation import (
    Adjunct,
    Clause,
    Common,
    Prepositional,
    Sentence,
    Time,
    pronoun_code,
)
from ticketscope.corpus.grammar.draw import (
    Draw,
    Unclear,
    antecedents,
    competitors,
    noun_phrase,
    parts,
    pronoun_for,
    verbs_with_object,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Adverb
from ticketscope.corpus.grammar.one_reading import require_apart, require_one_sense
from ticketscope.corpus.grammar.phrases import phrase
from ticketscope.corpus.grammar.simple_clauses import (
    choose_verb,
    direct_gap,
    intransitive,
    located,
    motion,
    transitive,
)


def sentence(random: Random, wanted: Callable[..., object] | None = None) -> Sentence:
    """One random sentence; with a construction that is wanted, it mostly has this one."""
    while True:
        draw = Draw(random, wanted)
        build = draw.weighted(_SENTENCE_BUILDERS, _SENTENCE_WEIGHTS)
        try:
            return build(draw)
        except Unclear:
            continue


def _statement(draw: Draw) -> Sentence:
    main = clause(draw)
    for adjunct in main.adjuncts:
        if _can_stand_first(adjunct) and draw.chance(0.4):
            others = tuple(other for other in main.adjuncts if other is not adjunct)
            return Sentence(main=replace(main, adjuncts=others), fronted=adjunct)
    return Sentence(main=main)


def _can_stand_first(adjunct: Adjunct) -> bool:
    match adjunct:
        case Time():
            return True
        case Adverb():
            return adjunct.use in ("past", "present", "future")
        case Prepositional():
            return adjunct.preposition.use in ("place", "event", "interval")


def _with_subordinate(draw: Draw) -> Sentence:
    subordinator = draw.choose(closed.SUBORDINATORS)
    main_tenses, tenses = EITHER, EITHER
    if subordinator.english not in ("because", "although"):
        past = subordinator.english == "after" or (
            subordinator.english != "if" and draw.chance(0.5)
        )
        tenses = _PAST if past else _PRESENT
        main_tenses = _PAST if past else _LATER
    subordinate_first = draw.chance(0.4)
    if subordinate_first:
        subordinate = clause(draw, with_content=False, tenses=tenses)
        main = _related_clause(draw, subordinate, main_tenses)
    else:
        main = clause(draw, with_content=False, tenses=main_tenses)
        if has_relative(main):
            raise Unclear
        subordinate = _related_clause(draw, main, tenses)
    if subordinator.english == "if" and _is_odd_question(subordinate):
        raise Unclear
    if _is_odd_time(subordinator.english, subordinate, main):
        raise Unclear
    bounded = subordinator.english in ("before", "after", "until", "while")
    if bounded and not _is_plain_event(subordinate):
        raise Unclear
    return Sentence(
        main=main,
        subordinator=subordinator,
        subordinate=subordinate,
        subordinate_first=subordinate_first,
    )


_PAST: Tenses = {"past": 1}
_PRESENT: Tenses = {"present": 85, "modal": 15}
_LATER: Tenses = {"present": 50, "future": 25, "modal": 25}


def _is_plain_event(built: Clause) -> bool:
    """Not before nobody came, nor before he probably came."""
    adverbs = [part.use for part in built.adjuncts if isinstance(part, Adverb)]
    denied = built.negated or any(is_negative(part) for part in parts(built))
    return not denied and not set(adverbs) & set(BEFORE_VERB)


def _is_odd_time(subordinator: str, subordinate: Clause, main: Clause) -> bool:
    """Until she flies now; when (als) he often slept."""
    adverbs = [part.use for part in subordinate.adjuncts if isinstance(part, Adverb)]
    if subordinator in ("because", "although"):
        return False
    single = subordinator == "when" and subordinate.tense == "past"
    if single and any(
        isinstance(part, Adverb) and part.use == "frequency" for part in main.adjuncts
    ):
        return True
    every = any(
        isinstance(part, Common) and part.determiner.english in ("every", "each")
        for part in parts(subordinate)
    )
    return "present" in adverbs or (single and ("frequency" in adverbs or every))


def _coordinated(draw: Draw) -> Sentence:
    first = clause(draw, with_content=False)
    conjunction = draw.choose(("and", "but"))
    return Sentence(main=first, conjunction=conjunction, coordinated=_related_clause(draw, first))


def _question(draw: Draw) -> Sentence:
    main = clause(draw, can_be_negated=False)
    if main.joined or _is_odd_question(main):
        raise Unclear
    return Sentence(main=main, question="yes_no")


def _is_odd_question(main: Clause) -> bool:
    """Did no one probably sleep?"""
    stance = any(isinstance(part, Adverb) and part.use == "stance" for part in main.adjuncts)
    return stance or any(is_negative(part) for part in parts(main))


def _who(draw: Draw) -> Sentence:
    build = draw.weighted((intransitive, transitive, located, motion), (20, 50, 15, 15))
    main = build(draw, noun_phrase(draw, "h"))
    main = in_some_tense(draw, replace(main, subject=None, gap="subject"))
    if _is_odd_question(main):
        raise Unclear
    return Sentence(main=main, question="who")


def _whom_or_what(draw: Draw) -> Sentence:
    human = draw.chance(0.5)
    main = in_some_tense(draw, direct_gap(draw, "h" if human else "tfcrq"))
    if (not human and main.verb.object_case != "accusative") or _is_odd_question(main):
        raise Unclear
    return Sentence(main=main, question="whom" if human else "what")


def _where(draw: Draw) -> Sentence:
    to = draw.chance(0.5)
    main = motion(draw, phrase(draw, "ha")) if to else located(draw, phrase(draw, "ha"))
    asked = "goal" in main.verb.traits if to else main.verb.english != "stay"
    main = in_some_tense(draw, replace(main, place=None, gap="place"))
    if not asked or _is_odd_question(main):
        raise Unclear
    return Sentence(main=main, question="where_to" if to else "where")


SENTENCES: dict[Callable[[Draw], Sentence], float] = {
    _statement: 55,
    _with_subordinate: 18,
    _coordinated: 10,
    _question: 8,
    _who: 3,
    _whom_or_what: 3,
    _where: 3,
}


def _related_clause(draw: Draw, first: Clause, tenses: Tenses = EITHER) -> Clause:
    """A second clause, in which a pronoun often stands for someone or something of the first."""
    second = _perhaps_bound_clause(draw, first, tenses)
    require_apart(first, second)
    return second


def _perhaps_bound_clause(draw: Draw, first: Clause, tenses: Tenses) -> Clause:
    found = antecedents(first)
    if not found or draw.chance(0.35):
        return clause(draw, with_content=False, tenses=tenses)
    antecedent = draw.any_of(found)
    pronoun = pronoun_for(antecedent)
    excluded = competitors(draw, first, antecedent)
    kinds = draw.kinds_of(antecedent)
    if draw.chance(0.75):
        second = clause(draw, pronoun, with_content=False, tenses=tenses)
        selected = _selected_kinds(second)
    else:
        verb = choose_verb(draw, verbs_with_object(kinds))
        subject = phrase(draw, verb.subjects, simple=True)
        if pronoun_code(subject) in (pronoun_code(pronoun), ""):
            raise Unclear
        built = Clause(verb=verb, subject=subject, direct=pronoun)
        second = finished(draw, built, tenses)
        require_one_sense(draw, second)
        selected = verb.objects
    if set(selected) & set(excluded):
        raise Unclear
    return second


def _selected_kinds(second: Clause) -> str:
    """What the predicate says of its subject's kind: all that it could be."""
    if second.predicate:
        return second.predicate.adjective.kinds
    kinds = second.verb.objects if second.passive else second.verb.subjects
    if second.joined:
        kinds = "".join(set(kinds) & set(second.joined.verb.subjects))
    return kinds


_SENTENCE_BUILDERS, _SENTENCE_WEIGHTS = tuple(SENTENCES), tuple(SENTENCES.values())
