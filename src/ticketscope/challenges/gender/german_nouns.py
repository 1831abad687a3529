"""Which gender a German sentence gives to a person, read off the noun and its article.

German says the gender of a person twice: by the noun (*Lehrer*, *Lehrerin*; *Arzt*, *Ärztin*) and
by what stands before it (*der*, *die*, *einen*, *zur*). Here the form of the noun decides, and what
stands before it must agree: *der Lehrerin* is a woman in the dative, *dem Lehrerin* is nothing. Of
nouns that are adjectives (*der Angestellte*, *die Angestellte*) the word before decides alone.

No gender is read where a noun is said of everybody (*Lehrkraft*, *Lehrer:in*), may be a plural
(*die Lehrer*), or comes with both genders. Such sentences are counted as unclear, those without any
of the nouns as not found.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from ticketscope.challenges.gender.professions import PROFESSIONS, Profession

Said = Literal["male", "female", "unclear", "not found"]
_Form = Literal["male", "female", "adjective", "everybody"]

_TOKENS: Final = re.compile(
    r"(?P<word>[^\W_]+(?:-[^\W_]+)*)"
    r"(?P<inclusive>[*:_/]-?in(?:nen)?(?![^\W_])|\(in(?:nen)?\))?|[^\w\s]"
)
_INNER_I: Final = re.compile(r"(?<=[a-zß])In(?:nen)?$")
"""As in LehrerIn."""
_SHORTEST_END: Final = 5
"""Letters that a noun must have to be found at the end of a compound."""
_NO_COMPOUNDS: Final = frozenset({"sekunde", "sekunden", "urkunde", "urkunden"})
"""Words that end like a noun (Kunde) and are no compounds of it."""
_MOST_BETWEEN: Final = 3
"""Words between an article and its noun."""


def _with_endings(stems: Collection[str], *endings: str) -> frozenset[str]:
    return frozenset(stem + ending for stem in stems for ending in endings)


_LIKE_EIN: Final = frozenset("ein kein mein dein sein ihr unser euer eur".split())  # noqa: SIM905
_LIKE_DIESER: Final = frozenset({"dies", "jen", "jed", "welch"})
_DER: Final = _with_endings(_LIKE_DIESER, "er") | {"der"}
"""A man as a subject, or a woman to whom or of whom."""
_DIE: Final = _with_endings(_LIKE_EIN | _LIKE_DIESER, "e") | {"die"}
_EINER: Final = _with_endings(_LIKE_EIN, "er") | {"zur"}
"""A woman to whom or of whom."""
_DEN: Final = _with_endings(_LIKE_EIN | _LIKE_DIESER, "en", "em", "es") | {
    *("den", "dem", "des", "vom", "zum", "beim", "am", "im")
}
"""A man who is no subject."""
_BEFORE_MEN: Final = _DER | _DEN | _LIKE_EIN
_BEFORE_WOMEN: Final = _DIE | _DER | _EINER
_DETERMINERS: Final = _BEFORE_MEN | _BEFORE_WOMEN | {"das", "ins", "ans", "aufs"}
_OF_ADJECTIVES: Final = ("e", "en", "er", "em", "es")


@dataclass(frozen=True)
class _Token:
    word: str
    is_inclusive: bool


def gender_said(sentence: str, profession: Profession) -> Said:
    """The gender that a German sentence gives to the one person of a profession in it.

    A noun may be the end of a compound (*Grundschullehrerin*), unless that is a noun of another
    profession: a *Sozialarbeiter* is no *Arbeiter*.
    """
    tokens = list(_tokens(sentence))
    found = {
        _read(tokens, place, form)
        for place, token in enumerate(tokens)
        if (form := _form(token, profession.nouns))
    }
    if not found:
        return "not found"
    return found.pop() if len(found) == 1 else "unclear"


def forms(nouns: str) -> dict[str, _Form]:
    """All forms of nouns in the singular, in small letters, by the gender that they mean.

    Nouns stand between blanks: ``Lehrer`` has *Lehrerin*; ``Arzt/Ärztin`` names both;
    ``/Krankenschwester`` has no noun for men; ``Kunde~`` is weak: *den Kunden*, *Kundin*;
    ``Angestellte+`` is an adjective, which may have a noun for women: ``Beamte+/Beamtin``; a
    ``Lehrkraft?`` is anybody.
    """
    return dict(pair for noun in nouns.split() for pair in _forms_of(noun))


# ----------------------------------------------------------------------------- details


def _tokens(sentence: str) -> Iterator[_Token]:
    for match in _TOKENS.finditer(sentence):
        word = match["word"] or match[0]
        plain = _INNER_I.sub("", word)
        yield _Token(plain, bool(match["inclusive"]) or plain != word)


def _forms_of(noun: str) -> Iterator[tuple[str, _Form]]:
    spelled, _, woman = noun.partition("/")
    if spelled.endswith("?"):
        yield spelled[:-1].lower(), "everybody"
        return
    man = spelled.rstrip("~+").lower()
    if woman:
        yield woman.lower(), "female"
    if spelled.endswith("+"):
        of_man: _Form = "male" if woman else "adjective"
        yield from ((man + ending, of_man) for ending in ("", "n", "r", "m", "s"))
        return
    if not man:
        return
    if not woman:
        yield f"{man.removesuffix('e')}in", "female"
    yield man, "male"
    oblique = (
        ("n" if man.endswith(("e", "er")) else "en",) if spelled.endswith("~") else ("s", "es")
    )
    yield from ((man + ending, "male") for ending in oblique)


@cache
def _known(nouns: str) -> dict[str, _Form]:
    return forms(nouns)


@cache
def _all_forms() -> frozenset[str]:
    return frozenset(form for each in PROFESSIONS.values() for form in _known(each.nouns))


def _form(token: _Token, nouns: str) -> _Form | None:
    """What a word says as one of these nouns, or as a compound that ends with one."""
    known, word = _known(nouns), token.word.lower()
    found = known.get(word)
    may_be_compound = token.word[:1].isupper() and word not in _all_forms() | _NO_COMPOUNDS
    if not found and may_be_compound:
        ends = [form for form in known if len(form) >= _SHORTEST_END and word.endswith(form)]
        found = known[max(ends, key=len)] if ends else None
    return "everybody" if found and token.is_inclusive else found


def _read(tokens: Sequence[_Token], place: int, form: _Form) -> Said:
    """The gender that a noun says together with what stands before it."""
    before = _determiner(tokens, place)
    for_man = before is None or before in _BEFORE_MEN
    for_woman = before is None or before in _BEFORE_WOMEN
    match form:
        case "male" if for_man:
            return "male"
        case "female" if for_woman:
            return "female"
        case "adjective":
            return _of_adjective(tokens[place].word.lower(), before)
        case _:
            return "unclear"


def _determiner(tokens: Sequence[_Token], place: int) -> str | None:
    """The article before a noun, past adjectives; None where there is none."""
    for token in reversed(tokens[max(place - 1 - _MOST_BETWEEN, 0) : place]):
        word = token.word.lower()
        if word in _DETERMINERS:
            return word
        if not (token.word.islower() and word.endswith(_OF_ADJECTIVES)):
            return None
    return None


def _of_adjective(noun: str, before: str | None) -> Said:
    """Of *der Angestellte*, *ein Angestellter*, *den Angestellten*; *die Angestellte*, *der
    Angestellten*. *die Angestellten* are many, and so may *Angestellte* be."""
    if noun.endswith("er"):
        is_man, is_woman = before is None or before in _LIKE_EIN | _DER, False
    elif noun.endswith("en"):
        is_man, is_woman = before in _DEN, before in _DER | _EINER
    else:
        is_man, is_woman = before in _DER, before in _DIE
    return "male" if is_man else "female" if is_woman else "unclear"
