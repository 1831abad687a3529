"""Words of a translation that nothing in the source stands for."""

from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.partners import places, unspaced


def _counter(texts: Texts) -> Count | str:
    return unspaced(texts) or texts.why_no_support or _count


def _count(sentence: Sentence) -> Counts | None:
    if sentence.unsupported is None:
        return None
    said = frozenset(places(sentence.translation))
    return Counts(len(said), len(said & sentence.unsupported))


UNSUPPORTED_WORDS: Final = Kind(
    name="unsupported_words",
    metric="rate",
    says="Of the words of the translation so many have nothing in the source that they stand for: "
    "text without source.",
    counter=_counter,
)
