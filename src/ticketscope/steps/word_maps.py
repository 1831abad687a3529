"""Attention between words: the maps of sentences, or of pairs, from pieces to words.

Of a target word the row is that of the positions that read it, or of those that predict it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel

from ticketscope.measures.heads import word_map
from ticketscope.networks.trace import (
    DECODER_SELF,
    ENCODER_DECODER,
    ENCODER_SELF,
    Attended,
    attended,
)
from ticketscope.text.tokenizer import AlignedSentence

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

    @property
    def read_at(self) -> list[list[int]]:
        """Decoder positions that read each word: the start symbol takes the first."""
        return [[piece + 1 for piece in word] for word in self.words]


def unfit(network: PreTrainedModel, *sides: Side) -> Unfit | None:
    """Why a sentence, or a pair, has no map: the first reason that holds; None where it has one."""
    if not all(side.words for side in sides):
        return "empty"
    longest = network.config.max_position_embeddings - 1
    return "too_long" if any(len(side.ids) > longest for side in sides) else None


def num_unfit(reasons: Sequence[Unfit | None]) -> dict[str, int]:
    """How many sentences were left out for each reason, as results name it."""
    return {f"num_{reason}": reasons.count(reason) for reason in UNFIT}


def word_maps(
    network: PreTrainedModel, pairs: Sequence[tuple[Side, Side | None]], device: str
) -> Iterator[list[tuple[int, WordMaps]]]:
    """Batches of places and maps; all pairs have a target, or none."""
    if not pairs:
        return
    sources = [source.ids for source, _ in pairs]
    targets = [target.ids for _, target in pairs if target]
    for batch in attended(network, sources, targets or None, device=device):
        yield [(one.index, _of_words(one, *pairs[one.index])) for one in batch]


def _of_words(one: Attended, source: Side, target: Side | None) -> WordMaps:
    stacked = {kind: maps.reshape(-1, *maps.shape[2:]) for kind, maps in one.maps.items()}
    end = len(source.ids)
    maps = {ENCODER_SELF: word_map(stacked[ENCODER_SELF], source.words, source.words, end)}
    if target:
        read_at, cross = target.read_at, stacked[ENCODER_DECODER]
        maps |= {
            DECODER_SELF: word_map(stacked[DECODER_SELF], read_at, read_at, 0),
            ENCODER_DECODER: word_map(cross, read_at, source.words, end),
            # The position before a piece predicts it.
            PREDICTED: word_map(cross, target.words, source.words, end),
        }
    return maps
