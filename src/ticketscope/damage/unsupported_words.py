"""Words of a translation that nothing in the source stands for, by an alignment of words."""

from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.partners import places, why_none


def _counter(texts: Texts) -> Count | str:
    return why_none(texts) or _count


def _count(sentence: Sentence) -> Counts | None:
    if sentence.links is None:
        return None
    supported = {target for _, target in sentence.links}
    said = set(places(sentence.translation))
    return Counts(len(said), len(said - supported))


UNSUPPORTED_WORDS: Final = Kind(
    name="unsupported_words",
    metric="rate",
    says="Of the words of the translation so many have no partner in the source: text without "
    "source.",
    counter=_counter,
)
