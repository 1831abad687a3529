"""From which layer of the decoder on the output matrix already gives the token that is said in the
end (the logit lens: nostalgebraist 2020)."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.networks.batches import Batch, Pairs, collate, longer_side, ordered_batches
from ticketscope.networks.layer_states import streams
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace.rows import evaluating


@dataclass(frozen=True)
class Settled:
    """The tokens of some sentences, in an order of their own.

    Args:
        layers_N: the first layer of the decoder, from 1, from which on every layer gives the token
            that the network says; the number of layers where the last one alone does.
        labels_N: the token that the reference has at its place.
        sentences_N: the sentence that it is in.
    """

    layers_N: NDArray[np.int64]
    labels_N: NDArray[np.int64]
    sentences_N: NDArray[np.int64]


@torch.no_grad()
def settled(network: LoadedNetwork, pairs: Pairs, *, max_tokens: int) -> Settled:
    """Of every target token, end of sentence included, with the right ones before it.

    The state of a layer goes through the norm that ends the decoder, if it has one, and then
    through the output matrix. The last state has been through that norm already.
    """
    found = []
    with evaluating(network):
        for indices in ordered_batches(longer_side(pairs), max_tokens):
            batch = collate(pairs, indices, network.frame).to(network.device)
            places_N = batch.label_places_N
            labels_N = batch.labels_BT.flatten()[places_N]
            rows = places_N.cpu().numpy() // batch.labels_BT.shape[1]
            layers_N = _settled(network, batch)
            found.append(Settled(layers_N, labels_N.cpu().numpy(), indices[rows]))
    return Settled(
        np.concatenate([of_batch.layers_N for of_batch in found]),
        np.concatenate([of_batch.labels_N for of_batch in found]),
        np.concatenate([of_batch.sentences_N for of_batch in found]),
    )


def _settled(network: LoadedNetwork, batch: Batch) -> NDArray[np.int64]:
    norm = network.family.last_norm(network.model, "decoder")
    *below, last = streams(network, batch).decoder

    def said(state_BTD: Tensor) -> Tensor:
        states_ND = state_BTD.flatten(0, 1).index_select(0, batch.label_places_N)
        return network.logits(states_ND).argmax(1)

    final_N = said(last)
    first_N = torch.full_like(final_N, len(below) + 1)
    is_settled_N = torch.ones_like(final_N, dtype=torch.bool)
    for layer, state in reversed([*enumerate(below, 1)]):
        is_settled_N &= said(norm(state) if norm else state) == final_N
        first_N[is_settled_N] = layer
    return first_N.cpu().numpy()
