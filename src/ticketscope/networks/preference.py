"""How likely a network finds each of two translations: the test of a minimal pair."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from ticketscope.networks.batches import Batch, SpecialIds, ordered_batches
from ticketscope.networks.loss import batch_losses
from ticketscope.networks.model import special_ids
from ticketscope.networks.trace.rows import Pieces, decoder_rows, encoder_rows, evaluating


def log_probabilities(
    network: PreTrainedModel,
    sources: Sequence[Pieces],
    rights: Sequence[Pieces],
    wrongs: Sequence[Pieces],
    *,
    max_tokens: int,
    device: str,
) -> NDArray[np.float64]:
    """Log-probability in nats of the right and of the wrong translation of each source,
    ``[num_pairs, 2]``.

    The sum over target pieces, end of sentence included, each predicted from the right or the wrong
    pieces before it (Sennrich 2017). Pieces are given without special symbols. A source is encoded
    once. Translations of the same pieces have the very same log-probability. The network is left in
    the mode (training or evaluation) it was in; no sentence may be longer than its positions.
    """
    ids = special_ids(network)
    triples = zip(sources, rights, wrongs, strict=True)
    lengths = np.array([max(map(len, triple)) + 1 for triple in triples])
    found = np.zeros((len(lengths), 2))
    # Half the tokens, since every source is read with two translations.
    for places in ordered_batches(lengths, max_tokens // 2):
        targets = [side[place] for side in (rights, wrongs) for place in places]
        with evaluating(network), torch.no_grad():
            losses_B = _losses(network, [sources[place] for place in places], targets, ids, device)
        found[places] = -losses_B.reshape(2, -1).T
    same = np.array([tuple(a) == tuple(b) for a, b in zip(rights, wrongs, strict=True)], dtype=bool)
    found[same, 1] = found[same, 0]
    return found


def _losses(
    network: PreTrainedModel,
    sources: Sequence[Pieces],
    targets: Sequence[Pieces],
    ids: SpecialIds,
    device: str,
) -> NDArray[np.float64]:
    """Of twice as many targets as sources: the right ones, then the wrong ones."""
    source = encoder_rows(sources, ids, device)
    labels, read = encoder_rows(targets, ids, device), decoder_rows(targets, ids, device)
    hidden_RSD = network.model.encoder(
        input_ids=source.ids_RS, attention_mask=source.mask_RS
    ).last_hidden_state
    batch = Batch(
        source_BS=source.ids_RS.repeat(2, 1),
        source_mask_BS=source.mask_RS.repeat(2, 1),
        decoder_input_BT=read.ids_RS,
        labels_BT=labels.ids_RS,
        label_mask_BT=labels.mask_RS,
        num_tokens=int(labels.mask_RS.sum()),
    )
    encoded = BaseModelOutput(last_hidden_state=hidden_RSD.repeat(2, 1, 1))
    losses: NDArray[np.float64] = batch_losses(network, batch, encoded).cpu().numpy()
    return losses
