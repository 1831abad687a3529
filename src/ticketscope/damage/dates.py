"""Dates by their value: ``4 March 2012``, ``03/04/12`` and ``4. März 2012`` are one.

How a language writes dates is taken from the CLDR, by way of Babel.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.locales import locale_of, unknown
from ticketscope.damage.running_words import UNSPACED, is_unspaced

if TYPE_CHECKING:
    from babel import Locale

_SKELETONS: Final = ("yMMMMd", "yMMMd", "yMd", "MMMMd", "MMMd", "yMMMM", "yMMM")
_FIELD: Final = re.compile(r"'([^']*)'|([dMLy])\2*|[a-zA-Z]+|.", re.DOTALL)
_BLANK: Final = r"\s+"
_ISO: Final = "y-MM-dd"
_ENGLISH: Final = ("en_GB", "en_US")
"""Two ways to write English dates; texts hold both."""


class _Date(NamedTuple):
    year: int | None
    """Its last two digits."""
    month: int
    day: int | None


_Readings = frozenset[_Date]
"""What a written date may mean: 03/04/12 is two."""


def _counter(texts: Texts) -> Count | str:
    codes = texts.source_language, texts.target_language
    for code in codes:
        if locale_of(code) is None:
            return unknown(code)
    return partial(_count, *codes)


def _count(source: str, target: str, sentence: Sentence) -> Counts:
    expected = _in_both(dates(sentence.source, source), dates(sentence.reference, target))
    kept = _in_both(expected, dates(sentence.translation, target)) if expected else []
    return Counts(len(expected), len(expected) - len(kept))


def _in_both(one: list[_Readings], other: list[_Readings]) -> list[_Readings]:
    """What each date of the first side means that the other side has, too."""
    left, found = list(other), []
    for readings in one:
        same = next((each for each in left if each & readings), None)
        if same:
            left.remove(same)
            found.append(readings & same)
    return found


def dates(text: str, code: str) -> list[_Readings]:
    """The dates of a text in a language that is known, in their order."""
    if not any(map(str.isdigit, text)):
        return []
    patterns, months = _patterns(code)
    found: dict[tuple[int, int], set[_Date]] = {}
    for pattern in patterns:
        for match in pattern.finditer(text):
            if date := _value(match.groupdict(), months):
                found.setdefault(match.span(), set()).add(date)
    kept, end = [], 0
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= end:
            kept.append(frozenset(found[start, stop]))
            end = stop
    return kept


def _value(fields: Mapping[str, str | None], months: Mapping[str, int]) -> _Date | None:
    name, number = fields.get("name"), fields.get("month")
    month = months[_plain(name)] if name else int(number or 0)
    day, year = fields.get("day"), fields.get("year")
    if not 1 <= month <= 12 or (day and not 1 <= int(day) <= 31):
        return None
    return _Date(int(year) % 100 if year else None, month, int(day) if day else None)


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], ...], Mapping[str, int]]:
    """What matches the dates of a language, and the names of its months."""
    from babel import Locale

    locale = locale_of(code)
    assert locale
    locales = [locale]
    if locale.language == "en":
        locales += map(Locale.parse, _ENGLISH)
    months = {
        _plain(name): number
        for each in locales
        for number, name in _names_of_months(each)
        if not name.isdigit()
    }
    names = "|".join(map(re.escape, sorted(months, key=len, reverse=True)))
    written = dict.fromkeys((_ISO, *(form for each in locales for form in _forms(each))))
    found = (_pattern(form, names) for form in written)
    return tuple(pattern for pattern in found if pattern), months


def _names_of_months(locale: "Locale") -> Iterator[tuple[int, str]]:
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            yield from locale.months[context][width].items()


def _forms(locale: "Locale") -> Iterator[str]:
    for width in ("long", "medium", "short"):
        yield locale.date_formats[width].pattern
    for skeleton in _SKELETONS:
        if skeleton in locale.datetime_skeletons:
            yield locale.datetime_skeletons[skeleton].pattern


def _pattern(form: str, names: str) -> re.Pattern[str] | None:
    """What matches dates of a form of the CLDR; None for one with fields that are no date."""
    parts, fields = [], set()
    for match in _FIELD.finditer(form):
        field, quoted = match.group(), match.group(1)
        if quoted is not None:
            parts.append(re.escape(quoted))
        elif match.group(2) is None:
            if field.isalpha() and field.isascii():
                return None  # a weekday, an era
            parts.append(_between(field))
        elif field[0] == "d":
            parts.append(r"(?P<day>\d{1,2})(?:st|nd|rd|th|er)?(?:\s+of)?")
        elif field[0] == "y":
            if parts and parts[-1] == _BLANK:
                parts[-1] = rf",?{_BLANK}"
            parts.append(r"(?P<year>\d{4}|\d{2})")
        else:
            parts.append(rf"(?P<name>{names})\.?" if len(field) > 2 else r"(?P<month>\d{1,2})")
        fields.add(field[0])
    if "month" in "".join(parts) and not {"d", "y"} <= fields:
        return None  # 3/4 is no date
    letter = rf"[^\W{UNSPACED}]"
    around = rf"(?<!{letter})(?<![.,/-])", rf"(?!{letter}|[/-]|[.,]\d)"
    return re.compile("".join(parts).join(around), re.IGNORECASE)


def _between(field: str) -> str:
    """What stands between fields, also as a writer or a tokenizer leaves it."""
    if field.isspace():
        return _BLANK
    written = re.escape(field)
    if field == ",":
        return f"{written}?"
    return rf"\s*{written}\s*" if is_unspaced(field) else written


def _plain(name: str) -> str:
    return name.casefold().rstrip(".")


DATES: Final = Kind(
    name="dates",
    metric="recall",
    says="Of the dates that source and reference share, the translation has so many, as the target "
    "language may write them.",
    counter=_counter,
)
