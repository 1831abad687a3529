"""What a network makes of every word: the activations of all its layers, one vector per word.

Layer 0 is what goes into the first layer (scaled embeddings plus positions), layer L what the
encoder (or decoder) hands on. In a pre-norm network L therefore comes after the last layer norm,
and the layers below it are read through the norm of the layer above, or raw (`states`). The vector
of a word is the mean over the pieces that hold a character of it, so a piece that straddles two
words counts for both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from ticketscope.config import States
from ticketscope.errors import InputError
from ticketscope.networks.batches import ordered_batches
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace.rows import (
    Rows,
    check_pairs,
    decoder_rows,
    encoder_rows,
    evaluating,
)
from ticketscope.networks.trace.states import Memory, decoder_states, encoder_states
from ticketscope.text.tokenizer import AlignedSentence
from ticketscope.text.words import RawSentence


@dataclass(frozen=True)
class Trace:
    """Activations of every layer for the words of some sentences, in the order given.

    Args:
        encoder: layers 0 … L, each `[num_words, d]`, of the source words.
        decoder: the same of the target words, teacher-forced; empty unless targets were given.
        sentences: `[num_words]`, the sentence of each source word, from 0.
        decoder_sentences: likewise of each target word.
        words: `[num_words]`, the place of each source word among all words of all sentences, those
            without a piece included.
        decoder_words: likewise of each target word.
        num_without_piece: words of either side that vanish in the vocabulary; they are left out.
        num_windowed: sentences of either side that were too long to be seen in one piece.
    """

    encoder: tuple[NDArray[np.float32], ...]
    decoder: tuple[NDArray[np.float32], ...]
    sentences: NDArray[np.int64]
    decoder_sentences: NDArray[np.int64]
    words: NDArray[np.int64]
    decoder_words: NDArray[np.int64]
    num_without_piece: int
    num_windowed: int


def raw_words(text: str) -> RawSentence:
    """A raw text whose words are its longest runs of characters that are not blank."""
    return RawSentence(text, tuple(match.span() for match in re.finditer(r"\S+", text)))


@torch.no_grad()
def trace(
    network: LoadedNetwork,
    sources: Sequence[AlignedSentence],
    *,
    targets: Sequence[AlignedSentence] | None = None,
    states: States,
    max_tokens: int,
    max_positions: int,
    device: str,
) -> Trace:
    """Activations of every word of `sources`, and of their translations where `targets` are given.

    Sentences are aligned (`Vocabulary.align`) by the caller, once for all networks of a vocabulary.
    The encoder reads a sentence as in training, its pieces and the end of sentence, whose own
    vector is dropped. The decoder reads the start symbol and then the target's pieces; the vector
    of a target piece is the state at the position that *reads* the piece (and predicts the next).

    `states` says which states of a pre-norm network, `normed` or `raw`. The norm is that of each
    piece, and a word is the mean of what comes out; a post-norm network has the same of either.

    A sentence of more than `max_positions` positions is cut into windows, between words wherever a
    word is not longer than a window itself. Each source window has an end of sentence, each target
    window a start symbol of its own and attends to all windows of its source.

    Batches hold neighbours in length, at most `max_tokens` padded positions a side; padding does
    not change what comes out. The network, already on `device`, is left in the mode (training or
    evaluation) it was in.

    Raises `InputError` for no sources, unless there is one target per source, and for
    `max_positions` that the network does not have.
    """
    _check(network, sources, targets, max_positions)
    frame = network.frame
    in_source, in_target = (
        _Room(max_positions, frame.num_source),
        _Room(max_positions, frame.num_target),
    )
    source_side = [_prepared(sentence, in_source.num_pieces) for sentence in sources]
    target_side = [_prepared(sentence, in_target.num_pieces) for sentence in targets or ()]
    encoder, decoder = _Layers(source_side), _Layers(target_side)
    lengths = np.array([in_source.num_padded(sentence) for sentence in source_side])
    if target_side:
        of_targets = [in_target.num_padded(sentence) for sentence in target_side]
        lengths = np.maximum(lengths, of_targets)
    with evaluating(network):
        for indices in ordered_batches(lengths, max_tokens):
            source = [source_side[i] for i in indices]
            source_rows = encoder_rows(_windows(source), frame, device)
            layers = encoder_states(network, source_rows, states)
            encoder.fill(indices, _word_vectors(layers, source_rows, source))
            if target_side:
                target = [target_side[i] for i in indices]
                target_rows = decoder_rows(_windows(target), frame, device)
                memory = _memory(layers[-1], source_rows, source, target, frame.num_source)
                layers = decoder_states(network, target_rows, memory, states)
                decoder.fill(indices, _word_vectors(layers, target_rows, target))

    both = source_side + target_side
    return Trace(
        encoder=encoder.layers,
        decoder=decoder.layers,
        sentences=encoder.sentences,
        decoder_sentences=decoder.sentences,
        words=_places(sources),
        decoder_words=_places(targets or ()),
        num_without_piece=sum(sentence.num_without_piece for sentence in both),
        num_windowed=sum(len(sentence.windows) > 1 for sentence in both),
    )


def _check(
    network: LoadedNetwork,
    sources: Sequence[AlignedSentence],
    targets: Sequence[AlignedSentence] | None,
    max_positions: int,
) -> None:
    check_pairs(sources, targets)
    most = network.max_positions
    fewest = max(network.frame.num_source, network.frame.num_target) + 1
    if not fewest <= max_positions <= most:
        raise InputError(
            f"max_positions: {max_positions}, but the model has {most}; give {fewest} to {most}"
        )


# ----------------------------------------------------------------------------- sentences


@dataclass(frozen=True)
class _Sentence:
    """A sentence in pieces.

    `windows`: ids of each window, one at least; `pieces_of_words`: numbers of the pieces of every
    word, word after word; `num_pieces_of_words`: how many of these each word has, never none.
    """

    windows: tuple[tuple[int, ...], ...]
    pieces_of_words: NDArray[np.int64]
    num_pieces_of_words: NDArray[np.int64]
    num_without_piece: int

    @property
    def num_words(self) -> int:
        """Words that have a vector."""
        return len(self.num_pieces_of_words)

    @property
    def num_pieces(self) -> int:
        """Pieces of all windows."""
        return sum(map(len, self.windows))


@dataclass(frozen=True)
class _Room:
    """The positions of a side, and how many of them its frame takes."""

    max_positions: int
    num_of_frame: int

    @property
    def num_pieces(self) -> int:
        """The most pieces of a window."""
        return self.max_positions - self.num_of_frame

    def num_padded(self, sentence: _Sentence) -> int:
        """Positions that all windows of a sentence may take up, beside any others in a batch."""
        num_windows = len(sentence.windows)
        if num_windows > 1:
            return num_windows * self.max_positions
        return sentence.num_pieces + self.num_of_frame


def _prepared(aligned: AlignedSentence, longest: int) -> _Sentence:
    starts = _window_starts(aligned, longest)
    words = [pieces for pieces in aligned.pieces_of_words if pieces]
    return _Sentence(
        windows=tuple(
            aligned.ids[start:end]
            for start, end in zip(starts, [*starts[1:], len(aligned.ids)], strict=True)
        ),
        pieces_of_words=np.array([piece for pieces in words for piece in pieces], dtype=np.int64),
        num_pieces_of_words=np.array([len(pieces) for pieces in words], dtype=np.int64),
        num_without_piece=len(aligned.pieces_of_words) - len(words),
    )


def _windows(sentences: Sequence[_Sentence]) -> list[tuple[int, ...]]:
    return [window for sentence in sentences for window in sentence.windows]


def _window_starts(aligned: AlignedSentence, longest: int) -> list[int]:
    """The first piece of each window: as late as it can be without cutting a word in two."""
    starts = [0]
    if len(aligned.ids) <= longest:
        return starts
    words = [pieces for pieces in aligned.pieces_of_words if pieces]
    within_words = {piece for word in words for piece in range(word[0] + 1, word[-1] + 1)}
    # Right behind a word: the blank before the next one belongs in the same window as that.
    between_words = {word[-1] + 1 for word in words} - within_words
    while len(aligned.ids) - starts[-1] > longest:
        latest = starts[-1] + longest
        candidates = (piece for piece in range(latest, starts[-1], -1) if piece in between_words)
        starts.append(next(candidates, latest))
    return starts


def _memory(
    states_RSD: Tensor,
    rows: Rows,
    sources: Sequence[_Sentence],
    targets: Sequence[_Sentence],
    num_of_frame: int,
) -> Memory:
    """For each target window the states of all windows of its source, one after the other."""
    places = rows.mask_RS.flatten().nonzero().squeeze(1)
    of_sentences = torch.split(
        places, [s.num_pieces + len(s.windows) * num_of_frame for s in sources]
    )
    of_windows = [
        places_of_source
        for places_of_source, target in zip(of_sentences, targets, strict=True)
        for _ in target.windows
    ]
    places_RS = pad_sequence(of_windows, True, padding_value=-1)
    return Memory(states_RSD.flatten(0, 1)[places_RS.clamp(min=0)], places_RS >= 0)


# ----------------------------------------------------------------------------- words


def _word_vectors(
    states: Sequence[Tensor], rows: Rows, sentences: Sequence[_Sentence]
) -> list[Tensor]:
    """Of each layer the mean state of every word's pieces `[num_words, d]`, sentence by sentence.

    All words of a batch are gathered at once, as bags of places in the flattened batch.
    """
    places = rows.is_piece_RS.flatten().nonzero().squeeze(1)  # of the batch's pieces, in order
    num_pieces = np.array([sentence.num_pieces for sentence in sentences])
    pieces = np.concatenate(
        [
            sentence.pieces_of_words + first
            for sentence, first in zip(sentences, _starts(num_pieces), strict=True)
        ]
    )
    bag_starts = _starts(np.concatenate([sentence.num_pieces_of_words for sentence in sentences]))
    bags = places[torch.from_numpy(pieces).to(places.device)]
    offsets = torch.from_numpy(bag_starts).to(places.device)
    return [
        functional.embedding_bag(bags, states_RSD.flatten(0, 1), offsets, mode="mean")
        for states_RSD in states
    ]


class _Layers:
    """The words of every layer, filled batch by batch; `sentences` `[num_words]` of each word."""

    layers: tuple[NDArray[np.float32], ...] = ()

    def __init__(self, sentences: Sequence[_Sentence]) -> None:
        num_words = np.array([sentence.num_words for sentence in sentences], dtype=np.int64)
        self.sentences = np.repeat(np.arange(len(sentences)), num_words)
        self._words = np.split(np.arange(len(self.sentences)), np.cumsum(num_words)[:-1])

    def fill(self, indices: NDArray[np.int64], vectors: Sequence[Tensor]) -> None:
        """Put the words of the sentences `indices` where they belong, layer by layer."""
        if not self.layers:
            self.layers = tuple(
                np.empty((len(self.sentences), layer.shape[1]), dtype=np.float32)
                for layer in vectors
            )
        words = np.concatenate([self._words[i] for i in indices])
        for filled, layer in zip(self.layers, vectors, strict=True):
            filled[words] = layer.float().cpu().numpy()


def _places(sentences: Sequence[AlignedSentence]) -> NDArray[np.int64]:
    """The places of words that have a piece among all words."""
    has_piece = [bool(pieces) for sentence in sentences for pieces in sentence.pieces_of_words]
    return np.flatnonzero(has_piece)


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of several runs, one after the other, begins."""
    return np.cumsum(lengths) - lengths
