"""Padded rows of pieces as the encoder and the decoder read them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ticketscope.errors import InputError
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.text.tokenizer import Frame

Pieces = Sequence[int]


@dataclass(frozen=True)
class Rows:
    """The R rows of a batch, padded on the right to width S.

    `mask_RS`: what is not padding; `is_piece_RS`: what is neither padding nor a special symbol.
    """

    ids_RS: Tensor
    mask_RS: Tensor
    is_piece_RS: Tensor


def encoder_rows(sentences: Sequence[Pieces], frame: Frame, device: str) -> Rows:
    """Each of the `sentences` in the frame of a source."""
    before, after = frame.source_before, frame.source_after
    return _framed(sentences, before, after, frame.pad, device)


def decoder_rows(sentences: Sequence[Pieces], frame: Frame, device: str) -> Rows:
    """Each behind what the decoder is fed first; as in training the end of sentence is never
    read."""
    return _framed(sentences, frame.target_before, (), frame.pad, device)


def _framed(
    sentences: Sequence[Pieces], before: Pieces, after: Pieces, pad: int, device: str
) -> Rows:
    ids_RS, mask_RS = _padded([(*before, *sentence, *after) for sentence in sentences], pad)
    is_piece_RS = functional.pad(mask_RS[:, len(after) :], (0, len(after)))
    is_piece_RS[:, : len(before)] = False
    return Rows(ids_RS.to(device), mask_RS.to(device), is_piece_RS.to(device))


def check_pairs(sources: Sequence[object], targets: Sequence[object] | None) -> None:
    """Raise `InputError` for no sources, and unless there is one target per source."""
    if not sources:
        raise InputError("sources: no sentences; give at least one")
    if targets is not None and len(targets) != len(sources):
        raise InputError(
            f"targets: {len(targets)} for {len(sources)} sources; give one translation per source"
        )


def check_lengths(
    frame: Frame, max_positions: int, sources: Iterable[int], targets: Iterable[int]
) -> None:
    """Raise `InputError` for a sentence longer than the network has positions, given the numbers of
    pieces of all."""
    longest = max(
        max(side, default=0) + num_more
        for side, num_more in ((sources, frame.num_source), (targets, frame.num_target))
    )
    if longest > max_positions:
        raise InputError(
            f"a sentence has {longest} positions, special symbol included, but the model has "
            f"{max_positions}; leave it out"
        )


def _padded(rows: Sequence[Pieces], padding: int) -> tuple[Tensor, Tensor]:
    """Rows of one width, and which positions are real."""
    lengths_R = torch.tensor([len(row) for row in rows])
    mask_RS = torch.arange(int(lengths_R.max())) < lengths_R[:, None]
    padded_RS = torch.full(mask_RS.shape, padding)
    padded_RS[mask_RS] = torch.tensor([symbol for row in rows for symbol in row])
    return padded_RS, mask_RS


@contextmanager
def evaluating(network: LoadedNetwork) -> Iterator[None]:
    """Put the network back into the mode that it was in, also after an error."""
    was_training = network.model.training
    network.model.eval()
    try:
        yield
    finally:
        network.model.train(was_training)
