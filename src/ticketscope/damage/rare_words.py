"""Rare words of the reference: those that a network has seen least."""

from collections import Counter
from collections.abc import Collection
from functools import partial
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.locales import language_of
from ticketscope.damage.running_words import parts_words, words

PER_MILLION: Final = 10
"""A word is rare that comes less often in the training text."""


def _counter(texts: Texts) -> Count | str:
    if not parts_words(language_of(texts.target_language)):
        return f"{texts.target_language} has no blanks between words"
    return partial(_count, rare_words(texts))


def rare_words(texts: Texts) -> Collection[str]:
    """Words of the references that are rare in training, in lower case; where that is not known,
    those that all references have once."""
    in_training = PER_MILLION * texts.num_occurrences / 1_000_000
    bound = in_training if texts.counted_in == "training" else 2
    return frozenset(
        word
        for reference in texts.references
        for word in _of_letters(reference)
        if texts.occurrences.get(word, 0) < bound
    )


def _count(rare: Collection[str], sentence: Sentence) -> Counts:
    expected = Counter(word for word in _of_letters(sentence.reference) if word in rare)
    return Counts(expected.total(), (expected - Counter(_of_letters(sentence.translation))).total())


def _of_letters(text: str) -> list[str]:
    """Its words in lower case, without those that have a digit."""
    found = [word.lower() for word in words(text)]
    return [word for word in found if not any(map(str.isdigit, word))]


RARE_WORDS: Final = Kind(
    name="rare_words",
    metric="recall",
    says="Of the words of the reference that are rare in the training text (in a dissection: that "
    "all references have once), the translation has so many.",
    counter=_counter,
)
