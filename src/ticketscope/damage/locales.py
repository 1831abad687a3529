"""What is known of languages: how they write numbers and dates, from the CLDR by way of Babel.

Babel's data are those of the Unicode Common Locale Data Repository, for some 200 languages.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from ticketscope.text.languages import base_code

if TYPE_CHECKING:
    from babel import Locale


@cache
def locale_of(code: str) -> "Locale | None":
    """What is known of a language by its code (``en``, ``eng_Latn``), or None; of a country's where
    the code names one: ``es_MX`` writes numbers as English does."""
    from babel import Locale, UnknownLocaleError

    if not (language := language_of(code)):
        return None
    country = re.search(r"[-_]([A-Z]{2})(?![A-Za-z])", code)
    for name in ([f"{language}_{country[1]}"] if country else []) + [language]:
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return None


@cache
def language_of(code: str) -> str:
    """The shortest code of a language, of two letters where it has such; "" for what is no code,
    such as the ending ``src``, which would be Logudorese."""
    from babel.core import get_global

    base = base_code(code)
    if base == "src" or not (base.isascii() and base.isalpha() and 2 <= len(base) <= 3):
        return ""
    alias = str(get_global("language_aliases").get(base, base))
    return alias.partition("_")[0]


def unknown(code: str) -> str:
    """In words, that a language is not known."""
    return f"what is known of languages has none with the code {code!r}"
