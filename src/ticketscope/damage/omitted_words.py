"""Source words that the reference says and the translation does not, by an alignment of words."""

from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.partners import places, why_none


def _counter(texts: Texts) -> Count | str:
    return why_none(texts) or _count


def _count(sentence: Sentence) -> Counts | None:
    if sentence.links is None or sentence.reference_links is None:
        return None
    said = {source for source, _ in sentence.links}
    in_reference = {source for source, _ in sentence.reference_links}
    expected = in_reference.intersection(places(sentence.source))
    return Counts(len(expected), len(expected - said))


OMITTED_WORDS: Final = Kind(
    name="omitted_words",
    metric="rate",
    says="Of the source words that have a partner in the reference, so many have none in the "
    "translation.",
    counter=_counter,
)
