"""What a network expects at every position of right translations, over its whole distribution."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.networks.batches import Pairs, collate, longer_side, ordered_batches
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import real_positions
from ticketscope.networks.trace.rows import evaluating

_BLOCK: Final = 256
"""Positions whose distributions are in memory together: one has the size of the vocabulary."""


@dataclass(frozen=True, eq=False)
class NextPieces:
    """Of every target piece, end of sentence included, sentence after sentence, ``[num_pieces]``.

    Args:
        confidence: the probability of the likeliest piece.
        is_right: whether that is the piece of the translation.
        entropy: of the distribution, in nats.
        loss: the negative log-probability of the piece of the translation, in nats.
        num_pieces: how many each sentence has, ``[num_sentences]``.
    """

    confidence: NDArray[np.float64]
    is_right: NDArray[np.bool_]
    entropy: NDArray[np.float64]
    loss: NDArray[np.float64]
    num_pieces: NDArray[np.int64]


@torch.no_grad()
def next_pieces(
    network: LoadedNetwork, pairs: Pairs, *, max_tokens: int, device: str
) -> NextPieces:
    """Each piece is predicted from the right ones before it (teacher forcing), among the pieces
    that can be said, as for the loss. The network is left in the mode that it was in."""
    found: list[NDArray[np.float64]] = [np.empty((0, 4))] * len(pairs)
    with evaluating(network):
        for indices in ordered_batches(longer_side(pairs), max_tokens):
            batch = collate(pairs, indices, network.frame).to(device)
            hidden_ND, labels_N = real_positions(network, batch)
            blocks = zip(torch.split(hidden_ND, _BLOCK), torch.split(labels_N, _BLOCK), strict=True)
            figures_N4 = torch.cat([_figures(network.logits(one), right) for one, right in blocks])
            ends = np.cumsum(batch.label_mask_BT.sum(1).numpy(force=True))[:-1]
            for index, rows in zip(
                indices, np.split(figures_N4.numpy(force=True), ends), strict=True
            ):
                found[index] = rows
    confidence, is_right, entropy, loss = np.concatenate(found).T
    num_pieces = np.array([len(rows) for rows in found], dtype=np.int64)
    return NextPieces(confidence, is_right.astype(np.bool_), entropy, loss, num_pieces)


def _figures(logits_NV: Tensor, labels_N: Tensor) -> Tensor:
    """``[N, 4]``: confidence, whether right, entropy, loss."""
    logs_NV = logits_NV.float().log_softmax(-1)
    best = logs_NV.max(-1)
    columns = (
        best.values.exp(),
        best.indices == labels_N,
        torch.special.entr(logs_NV.exp()).sum(-1),
        -logs_NV.gather(-1, labels_N[:, None])[:, 0],
    )
    return torch.stack([column.double() for column in columns], dim=-1)
