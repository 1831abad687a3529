"""Numbers in digits, by their value: ``1,000`` in English is ``1.000`` in German.

Numbers written in words are no events, and one that a translation says in words counts as lost.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.locales import locale_of, unknown
from ticketscope.damage.running_words import is_unspaced

_BLANKS: Final = "\u00a0\u2009\u202f"
_MARKS: Final = ".,'’٫٬"
_TIME: Final = re.compile(r"(?<![\d.,:])(\d{1,2})\s?[:.h]\s?([0-5]\d)(?!\d|[.,:]\d)")
_DATE: Final = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?!\d|\.\d)")
_BY_PLAIN_BLANKS: Final = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
_ARABIC: Final = str.maketrans({"٬": None})


def _counter(texts: Texts) -> Count | str:
    codes = texts.source_language, texts.target_language
    for code in codes:
        if locale_of(code) is None:
            return unknown(code)
    return partial(_count, Convention.of(codes[0]), Convention.of(codes[1]))


def _count(of_source: "Convention", of_target: "Convention", sentence: Sentence) -> Counts:
    """Numbers of the source that the reference has, too, and that the translation has not."""
    expected = _shared(
        [*of_source.numbers(sentence.source)], [*of_target.numbers(sentence.reference)]
    )
    if not expected:
        return Counts(0, 0)
    found = of_target.readings(sentence.translation)
    return Counts(expected.total(), (expected - found).total())


def _shared(source: list[tuple[str, str]], reference: list[tuple[str, str]]) -> Counter[str]:
    """The values of the reference's numbers that are also in the source, by value or as written."""
    shared: Counter[str] = Counter()
    left = list(source)
    for written, value in reference:
        same = next((one for one in left if value == one[1] or written == one[0]), None)
        if same:
            left.remove(same)
            shared[value] += 1
    return shared


class Convention:
    """How a language writes numbers.

    Args:
        decimal: the mark before decimals, a full stop or a comma.
        blanks: whether a plain blank may part thousands.
    """

    def __init__(self, decimal: str, *, blanks: bool = False) -> None:
        self._decimal = decimal
        between = _MARKS + _BLANKS + (" " if blanks else "")
        self._number = re.compile(rf"\d+(?:[{between}]\d+)*")

    @classmethod
    def of(cls, code: str) -> "Convention":
        """That of a language that is known."""
        locale = locale_of(code)
        assert locale
        symbols = locale.number_symbols["latn"]
        decimal = "," if symbols["decimal"] == "," else "."
        return cls(decimal, blanks=symbols["group"].isspace())

    def numbers(self, text: str) -> Iterator[tuple[str, str]]:
        """Each number as it is written and by its value; none that is part of a word."""
        for match in self._number.finditer(text):
            before, after = text[: match.start()][-1:], text[match.end() :][:1]
            if not (_is_of_word(before) or _is_of_word(after)):
                for written in _by_blanks(match.group()):
                    yield written, self._value(written)

    def readings(self, text: str) -> Counter[str]:
        """All values that a translation may be said to have, each way to read it: beside `numbers`
        those with an ending or a unit on them (3rd, 5km), the parts of times and dates (10.30 is
        10:30, and 3.4.2012 has a day and a year), and thousands that plain blanks part."""
        found: Counter[str] = Counter(value for _, value in self.numbers(text))
        for match in self._number.finditer(text):
            before, after = text[: match.start()][-1:], text[match.end() :][:1]
            if _is_of_word(after) and not _is_of_word(before):
                found.update(map(self._value, _by_blanks(match.group())))
        others: Counter[str] = Counter(
            match.replace(" ", "") for match in _BY_PLAIN_BLANKS.findall(text)
        )
        for hours, minutes in _TIME.findall(text):
            others.update((_normal(hours, ""), _normal(minutes, ""), _normal(hours, minutes)))
        for date in _DATE.findall(text):
            others.update(_normal(part, "") for part in date)
        found |= others
        return found

    def _value(self, written: str) -> str:
        """Two numbers are one if these are equal; what is none, such as 1.2.3, is itself."""
        digits = "".join(_ascii(character) for character in written.translate(_ARABIC))
        digits = re.sub(rf"['’ {_BLANKS}]", "", digits).replace("٫", self._decimal)
        marks = [mark for mark in digits if mark in ".,"]
        if not marks:
            return _normal(digits, "")
        last = marks[-1]
        if len(set(marks)) == 2:
            if marks.count(last) > 1 or not _is_grouped(digits.rpartition(last)[0], marks[0]):
                return digits
            whole, _, decimals = digits.rpartition(last)
            return _normal(whole.replace(marks[0], ""), decimals)
        if len(marks) > 1:
            return _normal(digits.replace(last, ""), "") if _is_grouped(digits, last) else digits
        if last != self._decimal and _is_grouped(digits, last):
            return _normal(digits.replace(last, ""), "")
        whole, _, decimals = digits.partition(last)
        return _normal(whole, decimals)


def _is_of_word(character: str) -> bool:
    return character == "_" or (character.isalpha() and not is_unspaced(character))


def _by_blanks(written: str) -> list[str]:
    """Digits that blanks or apostrophes group by thousands are one number, others one each."""
    if re.fullmatch(rf"\d{{1,3}}(?:([ '’{_BLANKS}])\d{{3}})(?:\1\d{{3}})*(?:[.,٫]\d+)?", written):
        return [written]
    return [part for part in re.split(rf"[ '’{_BLANKS}]", written) if part]


def _is_grouped(digits: str, mark: str) -> bool:
    """By thousands, or as in India: 1,00,000."""
    by = re.escape(mark)
    return bool(
        re.fullmatch(rf"[1-9]\d{{0,2}}(?:{by}\d{{3}})+|[1-9]\d?(?:{by}\d{{2}})+{by}\d{{3}}", digits)
    )


def _ascii(character: str) -> str:
    return str(unicodedata.digit(character)) if character.isdigit() else character


def _normal(whole: str, decimals: str) -> str:
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


NUMBERS: Final = Kind(
    name="numbers",
    metric="recall",
    says="Of the numbers in digits that source and reference share, the translation has so many, "
    "written as the target language writes them.",
    counter=_counter,
)
