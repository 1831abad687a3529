"""Upper and lower case of words that the translation has in common with the reference."""

from collections import defaultdict
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.running_words import words


def _counter(texts: Texts) -> Count | str:
    if any(texts.references) and not any(text.lower() != text.upper() for text in texts.references):
        return f"the texts in {texts.target_language} have no letters with case"
    return _count


def _count(sentence: Sentence) -> Counts:
    """The first word of either side may have a capital or not; that of both must agree."""
    expected, said = words(sentence.reference), words(sentence.translation)
    if not (expected and said):
        return Counts(0, 0)
    num_events = num_broken = 0
    if _has_case(expected[0]) and _has_case(said[0]):
        num_events += 1
        num_broken += expected[0][0].isupper() != said[0][0].isupper()
    written = defaultdict(list)
    for word in said[1:]:
        written[word.lower()].append(word)
    for word in expected[1:]:
        if _has_case(word) and (alike := written[word.lower()]):
            num_events += 1
            num_broken += word not in alike
            alike.remove(word if word in alike else alike[0])
    return Counts(num_events, num_broken)


def _has_case(word: str) -> bool:
    return word[0].lower() != word[0].upper()


CASING: Final = Kind(
    name="casing",
    metric="rate",
    says="Of the words that translation and reference have in common, so many have other capitals "
    "in the translation.",
    counter=_counter,
)
