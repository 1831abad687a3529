"""Cross-entropy over the target vocabulary without the pad symbol."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ticketscope.errors import JobError
from ticketscope.networks.batches import Batch, Pairs, collate, longer_side, ordered_batches
from ticketscope.networks.loaded import LoadedNetwork

_BLOCK: Final = 256
"""Target positions that go through the output layer together in training on a CPU. All logits at
once are the largest tensors of a training by far: asking the system for their memory anew at every
update took a tenth of its time."""

_NUM_LOGITS: Final = 2**29
"""Logits that are computed together on a GPU, where memory is kept and every block costs a copy of
the output matrix in 16 bits and one of its gradient: 16,384 positions of a vocabulary of 32,768.
The largest is then a tensor of 2 GiB, of which some three are there at a time."""


def summed_loss(network: LoadedNetwork, batch: Batch, label_smoothing: float) -> Tensor:
    """Sum over target tokens of the label-smoothed cross-entropy, in nats; under autocast the
    softmax and the sum are in float32 all the same.

    Logits are computed for real positions only; padding costs no output layer.
    """
    hidden_ND, labels_N = real_positions(network, batch)
    on_cpu = hidden_ND.device.type == "cpu"
    first, last = network.frame.labels
    size = _BLOCK if on_cpu else max(1, _NUM_LOGITS // (last - first))
    blocks = zip(torch.split(hidden_ND, size), torch.split(labels_N, size), strict=True)
    losses = [
        functional.cross_entropy(
            network.logits(hidden_BD, by_columns=not on_cpu).float(),
            labels_B,
            label_smoothing=label_smoothing,
            reduction="sum",
        )
        for hidden_BD, labels_B in blocks
    ]
    return torch.stack(losses).sum()


@dataclass(frozen=True)
class SentenceLosses:
    """Negative log-likelihood in nats, and number of target tokens (end included), per sentence."""

    negative_log_likelihood: np.ndarray
    num_tokens: np.ndarray

    @property
    def mean(self) -> float:
        """Nats per target token."""
        return float(self.negative_log_likelihood.sum() / self.num_tokens.sum())


@torch.no_grad()
def sentence_losses(
    network: LoadedNetwork, pairs: Pairs, *, max_tokens: int, device: str
) -> SentenceLosses:
    """Teacher-forced loss of every pair, in their order.

    The network is left in the mode (training or evaluation) it was in.
    """
    was_training = network.model.training
    network.model.eval()
    nll = np.zeros(len(pairs))
    for indices in ordered_batches(longer_side(pairs), max_tokens):
        batch = collate(pairs, indices, network.frame).to(device)
        nll[indices] = batch_losses(network, batch).cpu().numpy()
    network.model.train(was_training)
    num_more = len(network.frame.target_after)
    return SentenceLosses(nll, pairs.target_lengths.astype(np.int64) + num_more)


def batch_losses(network: LoadedNetwork, batch: Batch, encoded_BSD: Tensor | None = None) -> Tensor:
    """Negative log-likelihood in nats of each sentence of a batch, `[B]`, float64.

    `encoded_BSD`: what the encoder made of the sources, where that is known already.
    """
    if encoded_BSD is None:
        encoded_BSD = network.encoded(batch)
    return losses_of_states(network, batch, network.decoded(batch, encoded_BSD))


def losses_of_states(network: LoadedNetwork, batch: Batch, hidden_BTD: Tensor) -> Tensor:
    """The same where the decoder's last states are known already."""
    hidden_ND, labels_N = _labelled(network, batch, hidden_BTD)
    logits_NV = network.logits(hidden_ND)
    losses_N = functional.cross_entropy(logits_NV.float(), labels_N, reduction="none")
    losses_BT = torch.zeros(batch.labels_BT.shape, dtype=torch.float64, device=losses_N.device)
    losses_B_T = losses_BT.flatten().index_copy(0, batch.label_places_N, losses_N.double())
    return losses_B_T.view_as(losses_BT).sum(1)


@torch.no_grad()
def total_loss(network: LoadedNetwork, batches: Iterable[Batch]) -> float:
    """Negative log-likelihood in nats of all targets. Raises `JobError` where it is not finite."""
    total = sum(float(batch_losses(network, batch).sum()) for batch in batches)
    if not math.isfinite(total):
        raise JobError(
            f"the loss on the pairs is {total}: what the network computes is not finite or too "
            "large; check the network, or have it compute in float32"
        )
    return total


def real_positions(
    network: LoadedNetwork, batch: Batch, encoded_BSD: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """What the loss is made of: the decoder's last states at the positions that have a label, and
    the labels counted from the first row that can be one."""
    if encoded_BSD is None:
        encoded_BSD = network.encoded(batch)
    return _labelled(network, batch, network.decoded(batch, encoded_BSD))


def _labelled(network: LoadedNetwork, batch: Batch, hidden_BTD: Tensor) -> tuple[Tensor, Tensor]:
    places_N = batch.label_places_N
    labels_N = batch.labels_BT.flatten().index_select(0, places_N) - network.frame.labels[0]
    return hidden_BTD.flatten(0, 1).index_select(0, places_N), labels_N
