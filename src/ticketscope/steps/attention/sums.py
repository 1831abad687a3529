"""What the heads of two networks have in common on the same sentences, block by block.

Networks that read the same pieces are compared piece by piece, all others word by word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace import DECODER_SELF, KINDS, Attended, attended
from ticketscope.steps.word_maps import Side, WordMaps, unfit, word_maps
from ticketscope.text.tokenizer import AlignedSentence, Tokenizer


@dataclass(frozen=True)
class Reader:
    """A network with the sentences in its pieces; `targets` where their translations are read."""

    network: LoadedNetwork
    tokenizer: Tokenizer
    sources: Sequence[AlignedSentence]
    targets: Sequence[AlignedSentence] | None

    def sides(self, place: int) -> tuple[Side, Side | None]:
        """A sentence, and its translation, by words."""
        target = None if self.targets is None else Side.of(self.targets[place])
        return Side.of(self.sources[place]), target

    def pieces(
        self, places: Sequence[int]
    ) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]] | None]:
        """Sentences and translations without words."""
        targets = self.targets
        return (
            [self.sources[place].ids for place in places],
            None if targets is None else [targets[place].ids for place in places],
        )


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


def sums_by_block(ours: Reader, theirs: Reader, device: str) -> Blocks:
    """What the heads of two networks have in common."""
    a, b = ours.tokenizer, theirs.tokenizer
    by_piece = (a.digest, a.frame) == (b.digest, b.frame)
    is_read = _is_read_by_pieces if by_piece else _is_read_by_words
    num = len(ours.sources)
    fitting = {place for place in range(num) if is_read(ours, place) and is_read(theirs, place)}
    runs = [
        [place for place in run.tolist() if place in fitting]
        for run in np.array_split(np.arange(num), NUM_BLOCKS if num >= NUM_BLOCKS else 1)
    ]
    if not all(runs):
        runs = [sorted(fitting)] if fitting else []
    kinds: dict[str, list[Sums]] = {}
    for places in runs:
        for kind, sums in (_by_piece if by_piece else _by_word)(ours, theirs, places, device):
            kinds.setdefault(kind, []).append(sums)
    return Blocks("piece" if by_piece else "word", kinds, num - len(fitting))


def _is_read_by_pieces(reader: Reader, place: int) -> bool:
    return unfit(reader.network, *reader.sides(place)) != "too_long"


def _is_read_by_words(reader: Reader, place: int) -> bool:
    sides = reader.sides(place)
    whole = not any(side.num_without_piece for side in sides if side)
    return whole and unfit(reader.network, *sides) is None


# ----------------------------------------------------------------------------- by pieces


def _by_piece(
    ours: Reader, theirs: Reader, places: Sequence[int], device: str
) -> Iterator[tuple[str, Sums]]:
    """By kind, of networks that read the same pieces."""
    sentences, translations = ours.pieces(places)
    our_batches = attended(ours.network, sentences, translations, device=device)
    batches: Iterable[tuple[list[Attended], list[Attended]]] = (
        ((batch, batch) for batch in our_batches)
        if theirs is ours
        else zip(
            our_batches,
            attended(theirs.network, sentences, translations, device=device),
            strict=True,
        )
    )
    found: dict[str, list[Sums]] = {}
    for our_batch, their_batch in batches:
        for kind in our_batch[0].maps:
            our_maps = _stacked(our_batch, kind)
            their_maps = our_maps if theirs is ours else _stacked(their_batch, kind)
            causal = kind == DECODER_SELF
            sums = Sums(
                head_sums(our_maps, their_maps, causal=causal),
                divergence_sums(our_maps, their_maps, causal=causal),
            )
            found.setdefault(kind, []).append(sums)
    for kind, parts in found.items():
        yield kind, total(parts)


def _stacked(batch: Sequence[Attended], kind: str) -> list[NDArray[np.float32]]:
    """The maps of each sentence with the heads of all layers along one axis."""
    return [one.maps[kind].reshape(-1, *one.maps[kind].shape[2:]) for one in batch]


# ----------------------------------------------------------------------------- by words


def _by_word(
    ours: Reader, theirs: Reader, places: Sequence[int], device: str
) -> Iterator[tuple[str, Sums]]:
    """By kind, of any two networks, on sentences of which both have every word."""
    our_maps, their_maps = (_word_maps(reader, places, device) for reader in (ours, theirs))
    for kind in (kind for kind in KINDS if kind in our_maps[0]):
        causal = kind == DECODER_SELF
        both = [
            [_with_start(maps[kind]) if causal else maps[kind] for maps in of_one]
            for of_one in (our_maps, their_maps)
        ]
        yield kind, Sums(head_sums(*both, causal=causal), divergence_sums(*both, causal=causal))


def _word_maps(reader: Reader, places: Sequence[int], device: str) -> list[WordMaps]:
    """Of each sentence, in the order given."""
    sides = [reader.sides(place) for place in places]
    found = dict(pair for batch in word_maps(reader.network, sides, device) for pair in batch)
    return [found[number] for number in range(len(places))]


def _with_start(map_HQK: NDArray[np.float64]) -> NDArray[np.float64]:
    """A causal map of words with what the decoder is fed first in its place, before all words: as a
    key, and as a query that sees nothing but itself."""
    with_key = np.roll(map_HQK, 1, axis=2)
    start = np.zeros_like(with_key[:, :1])
    start[:, :, 0] = 1.0
    return np.concatenate([start, with_key], axis=1)
