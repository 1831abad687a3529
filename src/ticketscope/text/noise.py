"""Noise in sentences, as people type it: a kind is one function and one line in `KINDS`.

Noise hits words. The strength is the share of words that are hit, each by chance; a word that has
nothing of the kind, such as no accent, stays as it is. What happens to a sentence hangs on itself,
the kind and the seed alone, so that no other sentence, nor their number, changes it; and what a
weaker noise hits, a stronger one hits in the same way. No sentence loses its last word.

A letter is a character with the marks that combine with it, so that no mark is left alone or moved
to another letter. Scripts without blanks between words are cut into words of two letters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

_KEYBOARDS: Final = (
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    ("ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
)
"""Rows of letters; a key touches those above and below it, half a key to the right and left."""
_MARKS: Final = frozenset('.,;:!?…"“”„‟«»‹›()[]{}¡¿。、，．；：！？「」『』（）【】《》〈〉।')
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana, Han."""
_JOINER: Final = "\u200d"


@dataclass(frozen=True)
class Word:
    """A word that is hit.

    Args:
        letters: its characters, each with the marks that combine with it.
        gap: the blanks behind it, which may be none.
        what: a number from 0 to 1 that decides what happens.
        where: likewise, where.
    """

    letters: Sequence[str]
    gap: str
    what: float
    where: float

    @property
    def text(self) -> str:
        """As it is written."""
        return "".join(self.letters)

    def place(self, places: Sequence[int]) -> int:
        """One of the places, which are not none."""
        return places[int(self.where * len(places))]

    def having(self, letters: Sequence[str]) -> str:
        """It and its gap, with other letters."""
        return "".join(letters) + self.gap


@dataclass(frozen=True)
class Noise:
    """A kind of noise: in a few words what it is, and what it makes of a word and its gap."""

    title: str
    says: str
    hit: Callable[[Word], str]


def noisy(text: str, kind: str, strength: float, seed: int) -> str:
    """The sentence with noise of one of `KINDS`; `strength`: the share of words that are hit."""
    draws = Random(f"{seed} {kind} {text}")
    made = ""
    for word, gap in _words(text):
        chance, what, where = draws.random(), draws.random(), draws.random()
        is_hit = word and chance < strength
        hit = Word(list(_letters(word)), gap, what, where)
        made += KINDS[kind].hit(hit) if is_hit else word + gap
    return made if made.strip() else text


# ----------------------------------------------------------------------------- kinds


def _typo(word: Word) -> str:
    """One of four slips, as of Belinkov and Bisk (2018): two neighbours swapped, a letter left out,
    a letter of a neighbouring key put in, or in place of the right one."""
    letters = list(word.letters)
    places = [place for place, letter in enumerate(letters) if letter[0].isalpha()]
    if len(places) < 2:
        return word.having(letters)
    swaps = [a for a, b in pairwise(places) if b == a + 1 and letters[a] != letters[b]]
    slip, place = int(word.what * 4), word.place(places)
    if slip == 0 and swaps:
        place = word.place(swaps)
        letters[place : place + 2] = reversed(letters[place : place + 2])
    elif slip <= 1:
        del letters[place]
    else:
        right = letters[place]
        beside = _beside(right, word.what * 4 % 1)
        is_in_place = slip == 3 and beside != right  # else it is typed beside, or twice
        letters[place : place + 1] = [beside] if is_in_place else [beside, right]
    return word.having(letters)


def _without_accents(word: Word) -> str:
    """Of Latin and Greek letters; in other scripts marks are no accents."""
    return word.having([_plain(letter) for letter in word.letters])


def _title(word: Word) -> str:
    first, *others = word.letters
    return word.having([first.upper(), *others])


def _without_marks(word: Word) -> str:
    """Those at its ends, not those inside it, as of numbers; in scripts without blanks all."""
    letters = list(word.letters)
    while letters and letters[0] in _MARKS:
        del letters[0]
    while letters and letters[-1] in _MARKS:
        del letters[-1]
    return word.having(letters)


def _with_mark(word: Word) -> str:
    """A mark behind it, unless there is one."""
    if word.letters[-1] in _MARKS:
        return word.having(word.letters)
    mark = ",.!?"[int(word.what * 4)]
    return word.having([*word.letters, mark])


def _spaced(word: Word) -> str:
    """Joined with the next word, or cut in two."""
    num = len(word.letters)
    if word.gap and (word.what < 0.5 or num < 2):
        return word.text
    if num < 2:
        return word.having(word.letters)
    place = word.place(range(1, num))
    return word.having([*word.letters[:place], " ", *word.letters[place:]])


KINDS: Final[dict[str, Noise]] = {
    "typos": Noise(
        "typos", "letters swapped, left out, put in or replaced by that of a key beside", _typo
    ),
    "accents": Noise("accents dropped", "“é” is typed as “e”", _without_accents),
    "lower": Noise("lower case", "no capital letters", lambda word: word.having(word.text.lower())),
    "upper": Noise("upper case", "capitals alone", lambda word: word.having(word.text.upper())),
    "title": Noise("title case", "the first letter is a capital", _title),
    "marks_dropped": Noise("punctuation dropped", "no marks at the ends of words", _without_marks),
    "marks_added": Noise("punctuation added", "a mark behind words that have none", _with_mark),
    "spacing": Noise("spacing", "words joined with the next one, or cut in two", _spaced),
}


# ----------------------------------------------------------------------------- letters and words


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Words with the blanks behind them; joined they are the text. Blanks in front of the first
    word are behind an empty one."""
    blanks = re.match(r"\s*", text)
    assert blanks
    start = blanks.group()
    if start:
        yield "", start
    for run, gap in re.findall(r"(\S+)(\s*)", text[len(start) :]):
        *parts, last = _cut(run)
        yield from ((part, "") for part in parts)
        yield last, gap


def _cut(run: str) -> list[str]:
    """A run without blanks: whole, or cut where its script has no blanks. Marks stay with what is
    before them."""
    if not _UNSPACED.search(run):
        return [run]
    parts: list[str] = []
    room = 0
    for letter in _letters(run):
        unspaced = bool(_UNSPACED.match(letter))
        if parts and (letter in _MARKS or (unspaced and room)):
            parts[-1] += letter
            room = 0
        elif parts and not unspaced and not _UNSPACED.match(parts[-1]):
            parts[-1] += letter
        else:
            parts.append(letter)
            room = int(unspaced)
    return parts


def _letters(word: str) -> Iterator[str]:
    """Characters with the marks, joiners and modifiers behind them; a second medial or final of
    Hangul belongs to the first."""
    letter = ""
    for character in word:
        goes_on = letter and (
            unicodedata.category(character).startswith("M")
            or character == _JOINER
            or letter.endswith(_JOINER)
            or "\U0001f3fb" <= character <= "\U0001f3ff"
            or "\u1160" <= character <= "\u11ff"
        )
        if letter and not goes_on:
            yield letter
            letter = ""
        letter += character
    if letter:
        yield letter


def _plain(letter: str) -> str:
    taken_apart = unicodedata.normalize("NFD", letter)
    base, marks = taken_apart[0], taken_apart[1:]
    has_accents = unicodedata.name(base, "").startswith(("LATIN", "GREEK"))
    if not marks or not has_accents:
        return letter
    return base + "".join(mark for mark in marks if unicodedata.category(mark) != "Mn")


def _beside(letter: str, which: float) -> str:
    """A letter of a key beside that of one, in the same case; itself where no keyboard has it."""
    base = unicodedata.normalize("NFD", letter)[0]
    keys = _NEIGHBOURS.get(base.lower(), letter)
    if keys == letter:
        return letter
    found = keys[int(which * len(keys))]
    return found.upper() if base.isupper() else found


def _neighbours() -> Iterator[tuple[str, str]]:
    for rows in _KEYBOARDS:
        for number, row in enumerate(rows):
            for place, key in enumerate(row):
                beside = [row[place - 1 : place] if place else "", row[place + 1 : place + 2]]
                if number:
                    beside.append(rows[number - 1][place : place + 2])
                if number + 1 < len(rows):
                    beside.append(rows[number + 1][max(place - 1, 0) : place + 1])
                yield key, "".join(beside)


_NEIGHBOURS: Final = dict(_neighbours())
