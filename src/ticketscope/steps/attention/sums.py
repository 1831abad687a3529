"""What the heads of two networks have in common on the same sentences, block by block.

Networks that read the same pieces are compared piece by piece, all others word by word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.attention import (
    DivergenceSums,
    HeadSums,
    divergence_sums,
    head_sums,
    total,
)
from ticketscope.measures.resampling import NUM_BLOCKS
from ticketscope.networks.trace import DECODER_SELF
from ticketscope.steps.attention.reading import Reading

_SENTENCES_AT_ONCE = 50
"""Whose maps are in memory."""


@dataclass(frozen=True)
class Sums:
    """What the heads of two networks have in common on some sentences, of one kind."""

    products: HeadSums
    divergences: DivergenceSums

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.products + other.products, self.divergences + other.divergences)

    @property
    def reversed(self) -> "Sums":
        """The same seen from the other network."""
        num_a, num_b = self.divergences.divergences.shape
        heads = np.roll(np.arange(num_a + num_b), num_b)  # those of the other network first
        return Sums(
            replace(
                self.products,
                correlations=self.products.correlations.T,
                row_weights=self.products.row_weights.T,
                num_used=self.products.num_used.T,
                weights=self.products.weights[heads],
                products=self.products.products[np.ix_(heads, heads)],
            ),
            replace(self.divergences, divergences=self.divergences.divergences.T),
        )


@dataclass(frozen=True)
class Blocks:
    """Sums over blocks of sentences.

    Args:
        unit: of the rows and columns of maps: a piece of both networks, or a word.
        kinds: by kind the sums over each of `NUM_BLOCKS` runs of neighbouring sentences; over all
            in one where there are not as many. No kind where no sentence is left.
        num_left_out: sentences that one of the networks cannot read at once or, by words, that have
            a word without a piece.
    """

    unit: Literal["piece", "word"]
    kinds: Mapping[str, list[Sums]]
    num_left_out: int


def sums_by_block(ours: Reading, theirs: Reading) -> Blocks:
    """What the heads of two networks have in common."""
    by_piece = ours.sees_pieces_of(theirs)
    num = len(ours.sides)
    fitting = {
        place
        for place in range(num)
        if all(_is_compared(each, place, by_piece) for each in (ours, theirs))
    }
    runs = [
        [place for place in run.tolist() if place in fitting]
        for run in np.array_split(np.arange(num), NUM_BLOCKS if num >= NUM_BLOCKS else 1)
    ]
    if not all(runs):
        runs = [sorted(fitting)] if fitting else []
    of_runs = [_of_run(ours, theirs, places, by_piece) for places in runs]
    kinds = {kind: [sums[kind] for sums in of_runs] for kind in (ours.kinds if of_runs else ())}
    return Blocks("piece" if by_piece else "word", kinds, num - len(fitting))


def _is_compared(reading: Reading, place: int, by_piece: bool) -> bool:
    if by_piece:
        return reading.read[place]
    is_whole = not any(side.num_without_piece for side in reading.sides[place] if side)
    return is_whole and reading.unfits[place] is None


def _of_run(
    ours: Reading, theirs: Reading, places: Sequence[int], by_piece: bool
) -> dict[str, Sums]:
    """By kind, over some sentences."""
    found: dict[str, list[Sums]] = {}
    for start in range(0, len(places), _SENTENCES_AT_ONCE):
        at_once = places[start : start + _SENTENCES_AT_ONCE]
        our_maps = _maps(ours, at_once, by_piece)
        their_maps = our_maps if theirs is ours else _maps(theirs, at_once, by_piece)
        for kind in ours.kinds:
            both, causal = (our_maps[kind], their_maps[kind]), kind == DECODER_SELF
            sums = Sums(head_sums(*both, causal=causal), divergence_sums(*both, causal=causal))
            found.setdefault(kind, []).append(sums)
    return {kind: total(parts) for kind, parts in found.items()}


def _maps(
    reading: Reading, places: Sequence[int], by_piece: bool
) -> dict[str, list[NDArray[np.floating]]]:
    """By kind, sentence by sentence, of its pieces or of its words."""
    found = [reading.maps(place) if by_piece else reading.word_maps(place) for place in places]
    return {
        kind: [
            _with_start(maps[kind]) if kind == DECODER_SELF and not by_piece else maps[kind]
            for maps in found
        ]
        for kind in reading.kinds
    }


def _with_start(map_HQK: NDArray[np.floating]) -> NDArray[np.floating]:
    """A causal map of words with what the decoder is fed first in its place, before all words: as a
    key, and as a query that sees nothing but itself."""
    with_key = np.roll(map_HQK, 1, axis=2)
    start = np.zeros_like(with_key[:, :1])
    start[:, :, 0] = 1.0
    return np.concatenate([start, with_key], axis=1)
