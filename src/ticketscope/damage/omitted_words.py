"""Source words that the reference says and the translation does not."""

from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.partners import places, unspaced


def _counter(texts: Texts) -> Count | str:
    return unspaced(texts) or texts.why_no_unsaid or _count


def _count(sentence: Sentence) -> Counts | None:
    if sentence.unsaid is None or sentence.unsaid_in_reference is None:
        return None
    expected = frozenset(places(sentence.source)) - sentence.unsaid_in_reference
    return Counts(len(expected), len(expected & sentence.unsaid))


OMITTED_WORDS: Final = Kind(
    name="omitted_words",
    metric="rate",
    says="Of the source words that the reference says, so many are not said by the translation.",
    counter=_counter,
)
