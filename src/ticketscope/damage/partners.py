"""Words whose partners on the other side are looked for: those with a letter or a digit.

Words are what blanks separate, as in the format of Pharaoh.
"""

from collections.abc import Iterator

from ticketscope.damage.kind import Texts
from ticketscope.damage.locales import language_of
from ticketscope.damage.running_words import parts_words


def unspaced(texts: Texts) -> str:
    """In words, that a language has no blanks between words; "" where both have."""
    for code in (texts.source_language, texts.target_language):
        if not parts_words(language_of(code)):
            return f"{code} has no blanks between words"
    return ""


def places(text: str) -> Iterator[int]:
    """The places of such words."""
    for place, word in enumerate(text.split()):
        if any(map(str.isalnum, word)):
            yield place
