"""Cross-entropy over the target vocabulary without the pad symbol."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from ticketscope.networks.batches import Batch, Pairs, collate, longer_side, ordered_batches
from ticketscope.networks.model import output_rows, special_ids

_BLOCK = 256  # target positions that go through the output layer together in training


def summed_loss(model: PreTrainedModel, batch: Batch, label_smoothing: float) -> Tensor:
    """Sum over target tokens of the label-smoothed cross-entropy, in nats.

    Logits are computed for real positions only; padding costs no output layer.
    """
    hidden_ND, rows_VD, labels_N = _real_positions(model, batch)
    # All logits at once are the largest tensors of a training by far: asking the system for their
    # memory anew at every update took a tenth of its time.
    blocks = zip(torch.split(hidden_ND, _BLOCK), torch.split(labels_N, _BLOCK), strict=True)
    losses = [
        functional.cross_entropy(
            functional.linear(hidden_BD, rows_VD),
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
    model: PreTrainedModel, pairs: Pairs, *, max_tokens: int, device: str
) -> SentenceLosses:
    """Teacher-forced loss of every pair, in their order.

    The model is left in the mode (training or evaluation) it was in.
    """
    was_training = model.training
    model.eval()
    ids = special_ids(model)
    nll = np.zeros(len(pairs))
    for indices in ordered_batches(longer_side(pairs), max_tokens):
        batch = collate(pairs, indices, ids).to(device)
        nll[indices] = batch_losses(model, batch).cpu().numpy()
    model.train(was_training)
    return SentenceLosses(nll, pairs.target_lengths.astype(np.int64) + 1)


def batch_losses(
    model: PreTrainedModel, batch: Batch, encoded: BaseModelOutput | None = None
) -> Tensor:
    """Negative log-likelihood in nats of each sentence of a batch, `[B]`, float64.

    `encoded`: what the encoder made of the sources, where that is known already.
    """
    hidden_ND, rows_VD, labels_N = _real_positions(model, batch, encoded)
    logits_NV = functional.linear(hidden_ND, rows_VD)
    losses_N = functional.cross_entropy(logits_NV.float(), labels_N, reduction="none")
    losses_BT = torch.zeros(
        batch.labels_BT.shape, dtype=torch.float64, device=losses_N.device
    ).masked_scatter(batch.label_mask_BT, losses_N.double())
    return losses_BT.sum(1)


def _real_positions(
    model: PreTrainedModel, batch: Batch, encoded: BaseModelOutput | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """What the loss is made of: last hidden states of the N real target positions, the rows of the
    output matrix that take part, and the labels counted from the first of these rows."""
    hidden_BTD = model.model(
        input_ids=None if encoded else batch.source_BS,
        encoder_outputs=encoded,
        attention_mask=batch.source_mask_BS,
        # Padding is on the right, so the causal mask already hides it from real positions.
        decoder_input_ids=batch.decoder_input_BT,
        use_cache=False,
    ).last_hidden_state
    first, last = output_rows(model)
    rows_VD = model.get_output_embeddings().weight[first:last]
    labels_N = batch.labels_BT[batch.label_mask_BT] - first
    return hidden_BTD[batch.label_mask_BT], rows_VD, labels_N
