"""Attention between words: the maps of sentences, or of pairs, from pieces to words.

Of a target word the row is that of the positions that read it, or of those that predict it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.heads import word_map
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace import (
    DECODER_SELF,
    ENCODER_DECODER,
    ENCODER_SELF,
    attended,
)
from ticketscope.text.tokenizer import AlignedSentence, Frame

PREDICTED = "encoder_decoder_predicted"
"""Encoder-decoder maps whose rows are those of the positions that predict a target word."""

Unfit = Literal["empty", "too_long"]
"""empty: a side has no word with a piece; too_long: the network cannot read a side at once."""
UNFIT: tuple[Unfit, ...] = get_args(Unfit)

WordMaps = dict[str, NDArray[np.float64]]
"""By kind, and of `PREDICTED`, ``[heads of all layers, query words, key words + 1]``."""


@dataclass(frozen=True)
class Side:
    """One side of a pair.

    Args:
        ids: its pieces.
        words: the pieces of each word that has some.
        places: of the words that have pieces, by their places among all words.
        num_without_piece: words that vanish in the vocabulary.
    """

    ids: tuple[int, ...]
    words: tuple[tuple[int, ...], ...]
    places: Mapping[int, int]
    num_without_piece: int

    @classmethod
    def of(cls, aligned: AlignedSentence) -> "Side":
        kept = [place for place, pieces in enumerate(aligned.pieces_of_words) if pieces]
        return cls(
            aligned.ids,
            tuple(aligned.pieces_of_words[place] for place in kept),
            {place: number for number, place in enumerate(kept)},
            len(aligned.pieces_of_words) - len(kept),
        )

    def at(self, first: int) -> list[list[int]]:
        """The positions of each word where the first piece of the side stands at `first`."""
        return [[first + piece for piece in word] for word in self.words]


def fits(frame: Frame, max_positions: int, source: Side, target: Side | None = None) -> bool:
    """Whether a network with so many positions can read a sentence, or a pair, at once."""
    longest = len(source.ids) + frame.num_source
    if target:
        longest = max(longest, len(target.ids) + frame.num_target)
    return longest <= max_positions


def unfit(
    frame: Frame, max_positions: int, source: Side, target: Side | None = None
) -> Unfit | None:
    """Why a sentence, or a pair, has no map: the first reason that holds; None where it has one."""
    if not (source.words and (target is None or target.words)):
        return "empty"
    return None if fits(frame, max_positions, source, target) else "too_long"


def num_unfit(reasons: Sequence[Unfit | None]) -> dict[str, int]:
    """How many sentences were left out for each reason, as results name it."""
    return {f"num_{reason}": reasons.count(reason) for reason in UNFIT}


def word_maps(
    network: LoadedNetwork, pairs: Sequence[tuple[Side, Side | None]], device: str
) -> Iterator[list[tuple[int, WordMaps]]]:
    """Batches of places and maps; all pairs have a target, or none."""
    if not pairs:
        return
    sources = [source.ids for source, _ in pairs]
    targets = [target.ids for _, target in pairs if target]
    for batch in attended(network, sources, targets or None, device=device):
        yield [
            (
                one.index,
                of_words(
                    {kind: maps.reshape(-1, *maps.shape[2:]) for kind, maps in one.maps.items()},
                    network.frame,
                    *pairs[one.index],
                ),
            )
            for one in batch
        ]


def of_words(
    stacked: Mapping[str, NDArray[np.float32]], frame: Frame, source: Side, target: Side | None
) -> WordMaps:
    """The maps of words from those of pieces, by kind ``[heads of all layers, query, key]``."""
    words = source.at(len(frame.source_before))
    around = [*range(len(frame.source_before))]
    around += [len(around) + len(source.ids) + place for place in range(len(frame.source_after))]
    maps = {ENCODER_SELF: word_map(stacked[ENCODER_SELF], words, words, around)}
    if target:
        read_at, cross = target.at(frame.num_target), stacked[ENCODER_DECODER]
        maps |= {
            DECODER_SELF: word_map(
                stacked[DECODER_SELF], read_at, read_at, range(frame.num_target)
            ),
            ENCODER_DECODER: word_map(cross, read_at, words, around),
            # The position before a piece predicts it.
            PREDICTED: word_map(cross, target.at(frame.num_target - 1), words, around),
        }
    return maps
