"""Languages by their codes, which are also the endings of parallel files."""

import re

OF_GOLD_DATA = "en"
"""Language of the real corpora of gold data, and of what the embedded grammar annotates."""
_NAMES = {"en": "English", "de": "German"}
# Other codes of the languages of the gold data.
_TWO_LETTERS = {"eng": "en", "english": "en", "deu": "de", "ger": "de", "german": "de"}


def same_language(one: str, other: str) -> bool:
    """Whether two codes mean one language: ``en``, ``EN``, ``en_GB``, ``eng_Latn`` do."""
    return base_code(one) == base_code(other)


def in_words(code: str) -> str:
    """``English (en)``, or the code alone where no name is known."""
    name = _NAMES.get(base_code(code))
    return f"{name} ({code})" if name else code


def base_code(code: str) -> str:
    """A language's code without script and country, in lower case."""
    first = re.split(r"[-_.]", code.lower(), maxsplit=1)[0]
    return _TWO_LETTERS.get(first, first)
