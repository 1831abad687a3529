"""Which pieces a byte-pair encoding makes on its way to others.

A merge takes two neighbours that are pieces already, so whoever leaves out a piece must see that it
is no step on the way to one that stays. Merges within a piece do not look beyond it, so that each
piece is derived by itself.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

Rank = Callable[[str, str], float | None]
"""How early two neighbours are merged, the lowest first; None where they never are."""


def steps(pieces: Iterable[str], rank: Rank) -> set[str]:
    """All pieces that are made on the way to these, themselves and their characters included."""
    found: set[str] = set()
    for piece in pieces:
        if piece not in found:
            found |= _steps_to(piece, rank)
    return found


def _steps_to(piece: str, rank: Rank) -> set[str]:
    symbols = list(piece)
    found = {piece, *symbols}
    while len(symbols) > 1:
        ranks = [rank(left, right) for left, right in pairwise(symbols)]
        possible = [(one, place) for place, one in enumerate(ranks) if one is not None]
        if not possible:  # a symbol that the user defined is cut out as a whole
            break
        _, place = min(possible)
        symbols[place : place + 2] = [symbols[place] + symbols[place + 1]]
        found.add(symbols[place])
    return found
