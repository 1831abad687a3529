"""Words of any language: runs of letters, digits and the marks on them.

Where a script does not part words by blanks (Chinese, Japanese, Thai, Lao, Khmer, Burmese,
Tibetan), each character is taken alone.
"""

import re
import sys
import unicodedata
from functools import cache
from typing import Final

UNSPACED: Final = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Ranges of the characters of scripts that do not part words by blanks."""
_ENDS: Final = frozenset(".!?…:;\"“”„»«'‘’‚–—-(*•")
"""What a word with a capital may follow that has it from there."""
_LANGUAGES: Final = frozenset(
    ("zh", "yue", "wuu", "lzh", "nan", "hak", "ja", "th", "lo", "km", "my", "shn", "bo", "dz")
)


def words(text: str) -> list[str]:
    """The words of a text, as they are written, after NFKC."""
    return _patterns()[0].findall(unicodedata.normalize("NFKC", text))


def tokens(text: str) -> list[str]:
    """Words, and runs of one other visible character, such as ``...``."""
    found = _patterns()[1].finditer(unicodedata.normalize("NFKC", text))
    return [match.group() for match in found]


def words_in_sentences(text: str) -> list[tuple[str, bool]]:
    """Words that begin with a letter, and whether each is at the start of a sentence or of what is
    quoted."""
    found, is_first = [], True
    for token in tokens(text):
        if token[0].isalpha():
            found.append((token, is_first))
            is_first = False
        elif token[0] in _ENDS:
            is_first = True
    return found


def is_unspaced(character: str) -> bool:
    """Whether a character is of a script that does not part words by blanks."""
    return bool(_of_unspaced().match(character))


def parts_words(language: str) -> bool:
    """Whether a language, by its two-letter code, has blanks between words."""
    return language not in _LANGUAGES


@cache
def _of_unspaced() -> re.Pattern[str]:
    return re.compile(f"[{UNSPACED}]")


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    categories = ((chr(point), unicodedata.category(chr(point))) for point in _assigned())
    marks = "".join(re.escape(mark) for mark, category in categories if category[0] == "M")
    word = rf"[{UNSPACED}][{marks}]*|(?:(?![{UNSPACED}])\w[{marks}\u200c\u200d]*)+"
    return re.compile(word), re.compile(rf"{word}|([^\w\s])\1*")


def _assigned() -> range:
    """The points below those of rare scripts and of emoji."""
    return range(0x300, min(0x10000, sys.maxunicode))
