"""Words whose partners on the other side are looked for: those with a letter or a digit.

Words are what blanks separate, as in the format of Pharaoh.
"""

from collections.abc import Iterator

from ticketscope.damage.kind import Texts
from ticketscope.damage.locales import language_of
from ticketscope.damage.running_words import parts_words


def why_none(texts: Texts) -> str:
    """Why there are no partners in a test set; "" where there are."""
    for code in (texts.source_language, texts.target_language):
        if not parts_words(language_of(code)):
            return f"{code} has no blanks between words"
    return "" if texts.aligner else texts.why_unaligned


def places(text: str) -> Iterator[int]:
    """The places of such words."""
    for place, word in enumerate(text.split()):
        if any(map(str.isalnum, word)):
            yield place
