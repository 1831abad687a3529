"""What a clause gets whatever its verb: tense, negation, and adjuncts."""

from collections.abc import Callable
from dataclasses import replace

from ticketscope.corpus.grammar.derivation import (
    Adjunct,
    Clause,
    Common,
    Conjoined,
    Indefinite,
    Phrase,
    Prepositional,
    Pronoun,
    Tense,
    Time,
    phrases_of,
)
from ticketscope.corpus.grammar.draw import MOVING, Draw, adverbs_of, parts
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Adverb
from ticketscope.corpus.grammar.phrases import prepositional, span, time

Tenses = dict[str, float]
"""Tenses (and modals) with their weights."""


EITHER: Tenses = {"present": 40, "past": 33, "perfect": 7, "future": 8, "modal": 12}


def in_some_tense(draw: Draw, built: Clause, tenses: Tenses = EITHER) -> Clause:
    if built.existential:
        tenses = {tense: 1 for tense in tenses if tense in ("present", "past")}
    drawn = draw.weighted(tuple(tenses), tuple(tenses.values()))
    if drawn == "modal":
        return replace(built, modal=draw.choose(closed.MODALS))
    tense: Tense = drawn  # type: ignore[assignment]
    return replace(built, tense=tense)


def tells_tense(built: Clause, plural: bool) -> bool:
    """Whether present and past differ: "they read" is either, "he reads" is not."""
    alike = built.verb.english == built.verb.past and plural and not built.passive
    return not alike or bool(built.modal) or built.tense not in ("present", "past")


def is_negatable(built: Clause) -> bool:
    """Whether a negation has one clear reading beside all of its phrases."""
    has_form = not built.modal or built.modal.german_denied
    return (
        not built.adjuncts
        and bool(has_form)
        and all(_has_clear_scope(part) for part in parts(built))
    )


def is_negative(part: Phrase) -> bool:
    match part:
        case Common():
            return part.determiner.english == "no"
        case Indefinite():
            return part.entry.quantity == "no"
        case _:
            return False


def _has_clear_scope(part: Phrase) -> bool:
    match part:
        case Common():
            return part.determiner.negation != "none"
        case Indefinite() | Conjoined():
            return False
        case _:
            return True


def has_relative(built: Clause) -> bool:
    """Whether a phrase behind the verb ends in a relative clause."""
    return any(is_relative(part) for part in phrases_of(replace(built, subject=None)))


def is_relative(part: Phrase) -> bool:
    return isinstance(part, Common) and part.relative is not None


def with_adjuncts(draw: Draw, built: Clause) -> Clause:
    added: list[Adjunct] = list(built.adjuncts)
    if draw.chance(0.24):
        added += _when(draw, built)
    single = any(isinstance(part, Adverb) and part.use == "past" for part in added)
    if draw.chance(0.05) and not built.existential:
        added.append(draw.choose(adverbs_of("stance")))
    elif draw.chance(0.08) and not single and _can_recur(built):
        added.append(draw.choose(adverbs_of("frequency")))
    if not built.negated and draw.chance(0.3):
        added += _how(draw, built)
    if built.content or has_relative(built):
        # behind the verb of the inner clause they would belong to the wrong one
        added = [part for part in added if isinstance(part, Adverb) and part.use in BEFORE_VERB]
    goes_on = any(isinstance(part, Time) and part.preposition == "since" for part in added)
    return replace(built, adjuncts=tuple(added), goes_on=goes_on)


def _is_directed(built: Clause) -> bool:
    """Whether it ends where someone arrives."""
    place = built.place
    return isinstance(place, Prepositional) and place.preposition.use == "direction"


def _can_recur(built: Clause) -> bool:
    plain = not (built.negated or built.existential or built.modal)
    if not all(_has_clear_scope(part) for part in phrases_of(built)):
        # every man never sleeps: whose scope?
        return False
    return plain and built.tense in ("present", "past")


BEFORE_VERB = ("stance", "frequency")


def _when(draw: Draw, built: Clause) -> list[Adjunct]:
    tense: str = "modal" if built.modal else built.tense
    if tense == "perfect":
        durative = "durative" in built.verb.traits and not built.passive
        return [time(draw, ("since",))] if durative and not built.negated else []
    draws: list[Callable[[], Adjunct]] = [
        lambda: time(draw, ("on", "in", "at")),
        lambda: prepositional(draw, "event"),
    ]
    if tense in ("past", "present", "future"):
        draws += [lambda: draw.choose(adverbs_of(tense))] * 2
    if tense in ("future", "modal"):
        draws.append(lambda: time(draw, ("by", "until", "before", "after")))
    if tense == "future":
        draws.append(lambda: span(draw, "interval"))
    lasts = "durative" in built.verb.traits and not _is_directed(built)
    if tense in ("past", "future") and lasts and not built.negated and not built.governed:
        draws.append(lambda: span(draw, "duration"))
    return [draw.any_of(draws)()]


def _how(draw: Draw, built: Clause) -> list[Adjunct]:
    """Manner, instrument, company and the like: at most one."""
    verb, subject = built.verb, built.subject
    if verb is closed.BE or built.existential or built.content:
        return []
    if "stative" in verb.traits:
        return [prepositional(draw, "place")] if verb.english in ("see", "hear") else []
    if verb.frame == "located":
        return [prepositional(draw, "companion")] if draw.chance(0.3) else []
    by_human = subject is not None and not built.passive and "h" in draw.kinds_of(subject)
    with_manner = by_human and "no-manner" not in verb.traits
    uses = ["manner", "manner adverb"] if with_manner else []
    if "travelling" in verb.traits and by_human and built.place:
        uses += ["means"] * 9
    # "sees the man with a friend" would be the man's friend
    alone = built.direct is None or isinstance(built.direct, Pronoun)
    if by_human and alone and not built.governed and not isinstance(subject, Conjoined):
        uses.append("companion")
    if verb.frame == "transitive" and by_human and verb.subjects == "h" and not built.passive:
        uses += ["instrument", "beneficiary"] * 2 if "h" not in verb.objects else []
    if verb.english == "work":
        uses += ["employer"] * 3
    if verb.frame in ("transitive", "intransitive") and verb.english not in MOVING:
        uses += ["place"] * 3
    if any(isinstance(part, Common) and part.attribute for part in phrases_of(built)):
        # "with" once: an attribute and an adjunct would be hard to tell apart
        uses = [use for use in uses if use in ("manner adverb", "means", "employer", "place")]
    if not uses:
        return []
    use = draw.any_of(uses)
    if use == "manner adverb":
        return [draw.choose(adverbs_of("manner"))]
    return [prepositional(draw, use)]
