"""Words aligned to the pieces of a tokenizer by characters alone.

Slow tokenizers say nothing of where a piece lies in the text, and fast ones err where the text is
normalised first. The pieces themselves spell the normalised text; so each character of the raw text
is found again in what they spell.

Both sides are folded to atoms: a character is decomposed (NFKD), its case is folded, and runs of
blanks become one. Where the atoms are the same, which holds for NFKC, lower-casing, composed and
decomposed accents and dummy prefixes, the alignment is exact. Elsewhere (characters that vanish or
become others) it is the monotone alignment of least cost.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import TypeAlias

from ticketscope.text.words import RawSentence

Surface: TypeAlias = str | bytes | None
"""What a piece spells: characters, a blank for SentencePiece's space mark included; bytes of UTF-8,
where a character may be spread over several pieces; None for the unknown symbol, which stands for
one character or several."""

_Held: TypeAlias = tuple[int, ...]


def pieces_of_words(sentence: RawSentence, surfaces: Sequence[Surface]) -> tuple[_Held, ...]:
    """For each word the positions of the pieces that hold what became of its characters, ascending.

    A piece that is only blank belongs to no word; a piece that straddles two words to both. A word
    of which nothing is left has no piece.
    """
    held = _pieces_of_characters(sentence.text, surfaces)
    return tuple(
        tuple(sorted(set(chain.from_iterable(held[start:end])))) for start, end in sentence.spans
    )


def _pieces_of_characters(text: str, surfaces: Sequence[Surface]) -> list[_Held]:
    """For each character of a text the pieces that hold what became of it; none for a blank."""
    spelled, holders = _spelling(surfaces)
    held: list[_Held] = [()] * len(text)
    visible = [place for place, character in enumerate(text) if not character.isspace()]
    kept = [place for place, character in enumerate(spelled) if not character.isspace()]
    if len(visible) == len(kept) and "".join(text.split()) == "".join(spelled.split()):
        for place, mine in zip(visible, kept, strict=True):
            held[place] = holders[mine]
        return held

    raw, raw_places = _atoms(text.replace(_UNKNOWN, "\ufffd"))
    became, places = _atoms(spelled)
    for atom, found in enumerate(_aligned(raw, became)):
        if raw[atom] != _BLANK:
            visible_here = (other for other in found if became[other] != _BLANK)
            new = chain.from_iterable(holders[places[other]] for other in visible_here)
            held[raw_places[atom]] = (*held[raw_places[atom]], *new)
    return held


# ----------------------------------------------------------------------------- what pieces spell

_UNKNOWN = "\uffff"  # stands for an unknown piece; it is no character
_BLANK = " "


def _spelling(surfaces: Sequence[Surface]) -> tuple[str, list[_Held]]:
    """The text that pieces spell, and for each of its characters the pieces that hold it."""
    spelled: list[str] = []
    holders: list[_Held] = []
    pending: list[tuple[int, bytes]] = []  # pieces of bytes, which may not end with a character
    for number, surface in enumerate(surfaces):
        if isinstance(surface, bytes):
            pending.append((number, surface))
            continue
        if pending:
            _spell_bytes(pending, spelled, holders)
            pending = []
        one = _UNKNOWN if surface is None else surface
        spelled.append(one)
        holders.extend([(number,)] * len(one))
    if pending:
        _spell_bytes(pending, spelled, holders)
    return "".join(spelled), holders


def _spell_bytes(
    pieces: Sequence[tuple[int, bytes]], spelled: list[str], holders: list[_Held]
) -> None:
    """Append the characters that pieces of bytes spell together, and the holders of each."""
    numbers = [number for number, surface in pieces for _ in surface]
    text = b"".join(surface for _, surface in pieces).decode("utf-8", "replace")
    start = 0
    for character in text:
        # What is not UTF-8 becomes a mark of replacement, which takes at least one byte.
        end = start + (1 if character == "\ufffd" else len(character.encode()))
        holders.append(tuple(sorted(set(numbers[start:end]))))
        start = end
    spelled.append(text)


def _atoms(text: str) -> tuple[str, list[int]]:
    """A text decomposed, without case, runs of blanks as one and none at the ends; and the
    character that each atom came from."""
    atoms: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for atom in _folded(character):
            if atom != _BLANK or (atoms and atoms[-1] != _BLANK):
                atoms.append(atom)
                places.append(place)
    if atoms and atoms[-1] == _BLANK:
        del atoms[-1], places[-1]
    return "".join(atoms), places


@cache
def _folded(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    # To fold the case may compose (U+0345).
    return "".join(
        _BLANK if atom.isspace() else atom for atom in unicodedata.normalize("NFKD", decomposed)
    )


# ----------------------------------------------------------------------------- the alignment


def _aligned(raw: str, became: str) -> list[range]:
    """For each atom of the raw text the atoms that it became, a stretch; they ascend."""
    if raw == became:
        return [range(place, place + 1) for place in range(len(raw))]
    return _around_unknown(raw, became) or _by_least_cost(raw, became)


def _around_unknown(raw: str, became: str) -> list[range] | None:
    """Where only unknown pieces hide what became of the raw text: each takes as little as it can,
    one atom at least. None where what lies between them is not in the raw text."""
    first, *others = became.split(_UNKNOWN)
    if not others or not raw.startswith(first):
        return None
    found = [range(place, place + 1) for place in range(len(first))]
    unknown = len(first)  # its place in `became`
    for number, known in enumerate(others, start=1):
        start = len(found)
        place = len(raw) - len(known) if number == len(others) else raw.find(known, start + 1)
        if place <= start or not raw.startswith(known, place):
            return None
        found += [range(unknown, unknown + 1)] * (place - start)
        found += [range(unknown + 1 + k, unknown + 2 + k) for k in range(len(known))]
        unknown += 1 + len(known)
    return found


# Costs of what may happen to an atom. That something invisible becomes something visible, or the
# other way round, costs more than that one vanishes and the other comes anew. Control characters
# vanish or become blanks.
_VANISHES, _NEW, _CHANGES, _SHOWS, _MORE_UNKNOWN = 10, 10, 12, 30, 1
_INVISIBLE_VANISHES, _BECOMES_BLANK, _INVISIBLE_UNKNOWN = 4, 3, 6
_SLACK = 32
"""How far from the straight line between the ends an alignment may lead, beyond their difference in
length."""


def _by_least_cost(raw: str, became: str) -> list[range]:
    """The monotone alignment of least cost, word by word where there are as many on both sides and
    nothing else can have become a blank."""
    words, others = raw.split(_BLANK), became.split(_BLANK)
    if len(words) != len(others) or any(map(_is_invisible, "".join(words))):
        return _of_stretch(raw, became, 0)
    found: list[range] = []
    start = 0
    for word, other in zip(words, others, strict=True):
        if start:
            found.append(range(start - 1, start))
        found += _of_stretch(word, other, start)
        start += len(other) + 1
    return found


def _of_stretch(raw: str, became: str, start: int) -> list[range]:
    """The same for a stretch; `became` starts at atom `start` of all."""
    head = _common_head(raw, became)
    tail = _common_head(raw[head:][::-1], became[head:][::-1])
    end, other_end = len(raw) - tail, len(became) - tail
    path = _cheapest_path(raw[head:end], became[head:other_end])
    middle = _along_path(raw[head:end], became[head:other_end], path)
    return [
        *(range(start + k, start + k + 1) for k in range(head)),
        *(range(start + head + one.start, start + head + one.stop) for one in middle),
        *(range(start + k, start + k + 1) for k in range(other_end, len(became))),
    ]


def _common_head(one: str, other: str) -> int:
    """How many atoms two texts have in common at the start; an unknown one is none of them."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b or b == _UNKNOWN:
            break
        count += 1
    return count


def _cheapest_path(raw: str, became: str) -> list[tuple[int, int]]:
    """Steps (0 or 1 atom of the raw text, 0 or 1 of what it became) from the start to the end."""
    if not raw or not became:
        return [(1, 0)] * len(raw) + [(0, 1)] * len(became)
    num_raw, num_became = len(raw), len(became)
    reach = abs(num_raw - num_became) + _SLACK
    never = 1 << 60
    costs: dict[int, int] = {}
    steps: list[dict[int, tuple[int, int]]] = []
    for i in range(num_raw + 1):
        middle = i * num_became // max(num_raw, 1)
        row: dict[int, int] = {}
        row_steps: dict[int, tuple[int, int]] = {}
        invisible = i > 0 and _is_invisible(raw[i - 1])
        gone = _INVISIBLE_VANISHES if invisible else _VANISHES
        for j in range(max(0, middle - reach), min(num_became, middle + reach) + 1):
            if i == j == 0:
                row[0] = 0
                continue
            changed = vanished = new = never
            if i and j:
                changed = costs.get(j - 1, never) + _cost_of_change(raw[i - 1], became[j - 1])
            if i:
                more_unknown = j and became[j - 1] == _UNKNOWN and not invisible
                vanished = costs.get(j, never) + (_MORE_UNKNOWN if more_unknown else gone)
            if j:
                new = row.get(j - 1, never) + _NEW
            row[j], row_steps[j] = min((changed, (1, 1)), (vanished, (1, 0)), (new, (0, 1)))
        costs = row
        steps.append(row_steps)
    path = []
    i, j = num_raw, num_became
    while i or j:
        step = steps[i][j]
        path.append(step)
        i, j = i - step[0], j - step[1]
    return path[::-1]


def _cost_of_change(atom: str, other: str) -> int:
    if atom == other:
        return 0
    if other == _UNKNOWN:
        return _INVISIBLE_UNKNOWN if _is_invisible(atom) else 0
    if _is_invisible(atom):
        return _BECOMES_BLANK if other == _BLANK else _SHOWS
    return _SHOWS if other == _BLANK else _CHANGES


@cache
def _is_invisible(atom: str) -> bool:
    """Whether an atom is a blank, a mark of a space (``▁``) or a control character."""
    return atom in (_BLANK, "▁") or unicodedata.category(atom) in ("Cc", "Cf")


def _along_path(raw: str, became: str, path: Sequence[tuple[int, int]]) -> list[range]:
    """What each atom became; what is new belongs to the visible atom before it, or after it."""
    found: list[range] = []
    j = 0
    pending = 0  # new atoms before j that wait for a visible atom of the raw text
    for taken, made in path:
        if taken and made:
            visible = raw[len(found)] != _BLANK
            found.append(range(j - pending if visible else j, j + 1))
            pending = 0
        elif taken:
            again = j and became[j - 1] == _UNKNOWN and not _is_invisible(raw[len(found)])
            found.append(range(j - 1, j) if again else range(j, j))
        elif found and found[-1] and raw[len(found) - 1] != _BLANK and not pending:
            found[-1] = range(found[-1].start, j + 1)
        else:
            pending += 1
        j += made
    return found
