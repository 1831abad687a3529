"""Names: words with a capital that source and reference write alike.

A word at the start of a sentence has its capital from there. It counts as a name if the same word
has one within other sentences, and never is without. So does a word of a language whose nouns have
capitals, if the other side of the pair has it with a capital, too.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from functools import partial
from typing import Final, NamedTuple

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.locales import language_of
from ticketscope.damage.running_words import words_in_sentences

_CAPITAL_NOUNS: Final = frozenset(("de", "lb", "nds", "frr", "stq", "bar", "gsw"))
_INFLECTING: Final = frozenset(
    ("bg", "bs", "cs", "hr", "lt", "lv", "pl", "ru", "sk", "sl", "sr", "uk")
)
"""Languages that change the last vowel of a name: Anna, Annu."""
_ENDING: Final = 3
"""Letters that an ending has at the most: Londoner."""


class _Capitals(NamedTuple):
    """Words of texts: with a capital within a sentence, and in lower case."""

    within: frozenset[str]
    lower: frozenset[str]


def _counter(texts: Texts) -> Count | str:
    codes = texts.source_language, texts.target_language
    if all(language_of(code) in _CAPITAL_NOUNS for code in codes):
        return f"{codes[0]} and {codes[1]} write all nouns with capitals, not names alone"
    for code, side in zip(codes, (texts.sources, texts.references), strict=True):
        if any(side) and not any(_has_case(text) for text in side):
            return f"the texts in {code} have no letters with case"
    known = [
        _capitals(side)
        for code, side in zip(codes, (texts.sources, texts.references), strict=True)
        if language_of(code) not in _CAPITAL_NOUNS
    ]
    within = frozenset[str]().union(*(each.within for each in known))
    lower = _capitals((*texts.sources, *texts.references)).lower
    return partial(_count, within - lower, language_of(codes[1]) in _INFLECTING)


def _has_case(text: str) -> bool:
    return text.lower() != text.upper()


def _capitals(texts: Iterable[str]) -> _Capitals:
    within, lower = set(), set()
    for text in texts:
        for word, is_first in words_in_sentences(text):
            if word[0].islower():
                lower.add(word)
            elif word[0].isupper() and not is_first:
                within.add(word)
    return _Capitals(frozenset(within), frozenset(word.capitalize() for word in lower))


def names(text: str, known: Collection[str]) -> Counter[str]:
    """The words of a text that may be names: `known` ones at any place, others with a capital
    within a sentence. None in a text all in capitals."""
    if not any(map(str.islower, text)):
        return Counter()
    return Counter(
        word
        for word, is_first in words_in_sentences(text)
        if len(word) > 1 and word[0].isupper() and (word in known or not is_first)
    )


def _count(known: Collection[str], is_inflecting: bool, sentence: Sentence) -> Counts:
    expected = names(sentence.source, known) & names(sentence.reference, known)
    if not expected:
        return Counts(0, 0)
    found = [word for word, _ in words_in_sentences(sentence.translation)]
    broken = 0
    for name, num in expected.items():
        broken += max(0, num - sum(_is_form(word, name, is_inflecting) for word in found))
    return Counts(expected.total(), broken)


def _is_form(word: str, name: str, is_inflecting: bool) -> bool:
    """Whether a word is the name, with an ending perhaps: Annas, Londoner."""
    if word in (name, f"{name}s"):
        return True
    if len(name) <= _ENDING:
        return False
    stem = name[:-1] if is_inflecting and name[-1] in "aeioyаеиоуы" else name
    return word.startswith(stem) and len(word) <= len(name) + _ENDING


NAMES: Final = Kind(
    name="names",
    metric="recall",
    says="Of the names that source and reference write alike, the translation has so many.",
    counter=_counter,
)
