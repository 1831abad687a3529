"""What German needs to know of the English sentence, and how it goes wrong without.

Each phenomenon yields, from a derivation, derivations whose German is wrong in one respect: the
wrong gender, the other sense, the verb in another place. The right and the wrong translation make a
contrastive pair (Sennrich 2017): a model prefers one of them. A sentence is tagged with a
phenomenon when it has such a pair. To add one, write a function in `wrong_forms` or
`wrong_meanings` and enter it in `PHENOMENA`.
"""

from collections.abc import Callable, Iterator

from ticketscope.corpus.grammar import wrong_forms, wrong_meanings
from ticketscope.corpus.grammar.clauses import object_control
from ticketscope.corpus.grammar.derivation import Sentence
from ticketscope.corpus.grammar.german import german
from ticketscope.corpus.grammar.phrases import conjoined, with_attribute

Wrong = Callable[[Sentence], Iterator[Sentence]]


def wrong_translations(phenomenon: str, sentence: Sentence, right: str) -> Iterator[str]:
    """German translations that are wrong in this one respect, if the sentence has it."""
    seen = {right}
    for variant in PHENOMENA[phenomenon](sentence):
        wrong = german(variant)
        if wrong not in seen:
            seen.add(wrong)
            yield wrong


def phenomena_of(sentence: Sentence, right: str) -> tuple[str, ...]:
    """The phenomena that a sentence with this translation shows."""
    return tuple(name for name in PHENOMENA if any(wrong_translations(name, sentence, right)))


def may_show(phenomenon: str, sentence: Sentence) -> bool:
    """A quick check whether something can be wrong; the German may still be the same."""
    return next(PHENOMENA[phenomenon](sentence), None) is not None


CONSTRUCTIONS: dict[str, Callable[..., object]] = {
    "attachment": with_attribute,
    "coordination": conjoined,
    "control": object_control,
}
"""Phenomena that sentences rarely show, with the construction to ask for when pairs are drawn."""

PHENOMENA: dict[str, Wrong] = {
    "gender": wrong_forms.gender,
    "case": wrong_forms.case,
    "number": wrong_meanings.number,
    "agreement": wrong_forms.agreement,
    "verb_second": wrong_forms.verb_second,
    "verb_final": wrong_forms.verb_final,
    "separable_verb": wrong_forms.separable_verb,
    "auxiliary": wrong_forms.auxiliary,
    "pronoun_gender": wrong_meanings.pronoun_gender,
    "place_or_direction": wrong_meanings.place_or_direction,
    "preposition_sense": wrong_meanings.preposition_sense,
    "attachment": wrong_meanings.attachment,
    "word_sense": wrong_meanings.word_sense,
    "negation": wrong_meanings.negation,
    "modality": wrong_meanings.modality,
    "passive": wrong_meanings.passive,
    "ditransitive": wrong_meanings.ditransitive,
    "relative_clause": wrong_forms.relative_clause,
    "coordination": wrong_forms.coordination,
    "control": wrong_meanings.control,
    "quantifier": wrong_meanings.quantifier,
}
