"""Which sentences are shown where all of them are too many."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Drawn:
    """How many sentences there are for a reason, and the places of those that are shown."""

    why: str
    num_sentences: int
    places: NDArray[np.int64]


def drawn(
    reasons: Mapping[str, NDArray[np.bool_]], sizes: NDArray[np.int64], most: int, most_bytes: int
) -> Iterator[Drawn]:
    """What is shown for each reason: of the first all sentences that fit, and so on.

    reasons: for each of them which sentences it holds for; a sentence counts for the first.
    sizes: bytes that each sentence takes.
    most, most_bytes: sentences that are shown, and bytes that they take, at the most.

    Where not all of a reason fit, those that do are evenly spread over them.
    """
    taken = np.zeros(len(sizes), dtype=bool)
    for why, holds in reasons.items():
        there = np.flatnonzero(holds & ~taken)
        taken |= holds
        shown = _fitting(there, sizes, most, most_bytes)
        most -= len(shown)
        most_bytes -= int(sizes[shown].sum())
        yield Drawn(why, len(there), shown)


def _fitting(
    places: NDArray[np.int64], sizes: NDArray[np.int64], most: int, most_bytes: int
) -> NDArray[np.int64]:
    num = min(len(places), most)
    while sizes[spread := _spread(places, num)].sum() > most_bytes:
        num -= -(-num // 50)
    return spread


def _spread(places: NDArray[np.int64], num: int) -> NDArray[np.int64]:
    """So many of them, at even distances."""
    return np.asarray(places[np.linspace(0, len(places) - 1, num).round().astype(int)])
