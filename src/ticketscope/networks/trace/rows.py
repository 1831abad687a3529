"""Padded rows of pieces as the encoder and the decoder read them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from ticketscope.errors import InputError
from ticketscope.networks.batches import SpecialIds

Pieces = Sequence[int]


@dataclass(frozen=True)
class Rows:
    """The R rows of a batch, padded on the right to width S.

    `mask_RS`: what is not padding; `is_piece_RS`: what is neither padding nor a special symbol.
    """

    ids_RS: Tensor
    mask_RS: Tensor
    is_piece_RS: Tensor


def encoder_rows(sentences: Sequence[Pieces], ids: SpecialIds, device: str) -> Rows:
    """Each of the `sentences` with an end of sentence behind it."""
    ids_RS, mask_RS = _padded([(*sentence, ids.eos) for sentence in sentences], ids.pad)
    is_piece_RS = functional.pad(mask_RS[:, 1:], (0, 1))
    return Rows(ids_RS.to(device), mask_RS.to(device), is_piece_RS.to(device))


def decoder_rows(sentences: Sequence[Pieces], ids: SpecialIds, device: str) -> Rows:
    """Each behind a start symbol; as in training the end of sentence is never read."""
    ids_RS, mask_RS = _padded([(ids.decoder_start, *sentence) for sentence in sentences], ids.pad)
    is_piece_RS = mask_RS.clone()
    is_piece_RS[:, 0] = False
    return Rows(ids_RS.to(device), mask_RS.to(device), is_piece_RS.to(device))


def check_pairs(sources: Sequence[object], targets: Sequence[object] | None) -> None:
    """Raise `InputError` for no sources, and unless there is one target per source."""
    if not sources:
        raise InputError("sources: no sentences; give at least one")
    if targets is not None and len(targets) != len(sources):
        raise InputError(
            f"targets: {len(targets)} for {len(sources)} sources; give one translation per source"
        )


def check_lengths(network: PreTrainedModel, *sides: Sequence[Pieces]) -> None:
    """Raise `InputError` for a sentence longer than the network has positions."""
    longest = max(len(pieces) + 1 for side in sides for pieces in side)
    most = network.config.max_position_embeddings
    if longest > most:
        raise InputError(
            f"a sentence has {longest} positions, special symbol included, but the model has "
            f"{most}; leave it out"
        )


def _padded(rows: Sequence[Pieces], padding: int) -> tuple[Tensor, Tensor]:
    """Rows of one width, and which positions are real."""
    lengths_R = torch.tensor([len(row) for row in rows])
    mask_RS = torch.arange(int(lengths_R.max())) < lengths_R[:, None]
    padded_RS = torch.full(mask_RS.shape, padding)
    padded_RS[mask_RS] = torch.tensor([symbol for row in rows for symbol in row])
    return padded_RS, mask_RS


@contextmanager
def evaluating(network: PreTrainedModel) -> Iterator[None]:
    """Put the network back into the mode that it was in, also after an error."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)
