"""Upper and lower case of words that the translation has in common with the reference."""

from collections import Counter
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.running_words import words, words_in_sentences


def _counter(texts: Texts) -> Count | str:
    if any(texts.references) and not any(text.lower() != text.upper() for text in texts.references):
        return f"the texts in {texts.target_language} have no letters with case"
    return _count


def _count(sentence: Sentence) -> Counts:
    """The first word of either side may have a capital or not; that of both must agree. Other words
    at the start of a sentence are none: what one side says in two the other may say in one."""
    expected, said = words(sentence.reference), words(sentence.translation)
    if not (expected and said):
        return Counts(0, 0)
    num_events = num_broken = 0
    if _has_case(expected[0]) and _has_case(said[0]):
        num_events += 1
        num_broken += expected[0][0].isupper() != said[0][0].isupper()
    ours, theirs = _within(sentence.reference), _within(sentence.translation)
    num_alike = (ours & theirs).total()
    num_shared = (_lower(ours) & _lower(theirs)).total()
    return Counts(num_events + num_shared, num_broken + num_shared - num_alike)


def _within(text: str) -> Counter[str]:
    """Words with case that are not at the start of a sentence."""
    found = words_in_sentences(text)
    return Counter(word for word, is_first in found if not is_first and _has_case(word))


def _lower(counts: Counter[str]) -> Counter[str]:
    return Counter(word.lower() for word in counts.elements())


def _has_case(word: str) -> bool:
    return word[0].lower() != word[0].upper()


CASING: Final = Kind(
    name="casing",
    metric="rate",
    says="Of the words that translation and reference have in common, so many have other capitals "
    "in the translation.",
    counter=_counter,
)
