"""The mark at the end of a sentence."""

import unicodedata
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts

_ALIKE: Final = {
    **dict.fromkeys("。।॥۔።", "."),
    **dict.fromkeys("؟;՞፧", "?"),
    "՜": "!",
    "؛": ";",
}
_MARKS: Final = frozenset(".?!:;…")
_CLOSING: Final = "\"'“”‘’«»‹›„‚)]}）」』】"


def _counter(_texts: Texts) -> Count | str:
    return _count


def _count(sentence: Sentence) -> Counts:
    expected = _mark(sentence.reference)
    if not (expected and sentence.translation.strip()):
        return Counts(0, 0)
    return Counts(1, int(_mark(sentence.translation) != expected))


def _mark(text: str) -> str:
    """The last mark, whatever quotation mark or bracket follows; "" where there is none."""
    last = text.rstrip().rstrip(_CLOSING).rstrip()[-3:]
    if last == "...":
        return "…"
    if last[-1:] in "?!" and "?" in last[len(last.rstrip("?!")) :]:
        return "?"  # ?! asks, too
    plain = _ALIKE.get(last[-1:]) or (unicodedata.normalize("NFKC", last[-1:]) if last else "")
    plain = "…" if last.endswith("…") else plain
    return plain if plain in _MARKS else ""


END_MARKS: Final = Kind(
    name="end_marks",
    metric="recall",
    says="Of the references that end with a full stop, a question mark or the like, so many have a "
    "translation that ends with the same mark.",
    counter=_counter,
)
