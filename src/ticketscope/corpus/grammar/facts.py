"""How much of a fact each event of a sentence is, from -3 (certainly not) to 3 (certainly).

A clause hands the value that its place gives it, times its own polarity (negation, modal, adverb,
negative subject or object), to its verb; a verb with a clausal complement hands on what its meaning
implies of it (Karttunen 1971; the scale of Saurí and Pustejovsky 2009 as in White et al. 2016).
"""

from collections.abc import Iterator

from ticketscope.corpus.grammar.adjuncts import is_negative
from ticketscope.corpus.grammar.derivation import Clause, Common, Sentence, phrases_of
from ticketscope.corpus.grammar.lexicon.entries import Adverb

_FUTURE = 0.6
"""What is left of a fact that lies ahead."""


def factuality(derivation: Sentence) -> Iterator[tuple[Clause, float]]:
    """Each clause with the value of its verb."""
    main = 0.0 if derivation.question == "yes_no" else 3.0
    if derivation.subordinator and derivation.subordinate:
        share = derivation.subordinator.factuality
        yield from _of_clause(derivation.subordinate, 3.0 * share)
        # what depends on a condition is no more certain than the condition
        main = main if share else 1.0
    yield from _of_clause(derivation.main, main)
    if derivation.coordinated:
        yield from _of_clause(derivation.coordinated, 3.0)


def _of_clause(clause: Clause, given: float) -> Iterator[tuple[Clause, float]]:
    value = given * _polarity(clause)
    yield clause, value
    if clause.joined:
        yield from _of_clause(clause.joined, value)
    if clause.content:
        yield from _of_clause(clause.content.clause, _implied(clause.verb.facts, value))
    for phrase in phrases_of(clause):
        if isinstance(phrase, Common) and phrase.relative:
            # not and never deny what stands behind them, not the subject
            around = given if phrase is clause.subject else value
            yield from _of_clause(phrase.relative, _of_description(phrase, around))


def _of_description(phrase: Common, around: float) -> float:
    """What describes someone is a fact where there is someone: not in "no man who slept".

    A definite phrase implies that there is; an indefinite one says so where it is asserted, and
    neither in a question, nor in a condition, nor where it is denied.
    """
    if is_negative(phrase) or (around <= 0 and _is_indefinite(phrase)):
        return 0.0
    return 3.0


def _is_indefinite(phrase: Common) -> bool:
    return phrase.possessor is None and phrase.determiner.semantic_tag in _INDEFINITE


_INDEFINITE = ("", "DIS", "QUV", "QUC")
"""Semantic tags of determiners: none, a and some, many, numerals."""


def _polarity(clause: Clause) -> float:
    polarity = 1.0
    if clause.modal:
        polarity = clause.modal.denied if clause.negated else clause.modal.strength
    elif clause.negated:
        polarity = -1.0
    if clause.tense == "future":
        polarity *= _FUTURE
    for adjunct in clause.adjuncts:
        if isinstance(adjunct, Adverb):
            polarity *= adjunct.certainty
    if any(
        is_negative(phrase) for phrase in (clause.subject, clause.direct, clause.indirect) if phrase
    ):
        polarity = -abs(polarity)
    return polarity


def _implied(facts: tuple[float, float], value: float) -> float:
    """Between what the verb implies when it is a fact and when it is denied."""
    true, denied = facts
    share = (value + 3) / 6
    return denied + share * (true - denied)
