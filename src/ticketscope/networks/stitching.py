"""The lower layers of one network under the upper layers of another (Lenc and Vedaldi 2015; Bansal
et al. 2021).

One stream is stitched at a time. Where it is the encoder's, the decoder is the upper network's, and
reads nothing else. Where it is the decoder's, each half reads what the encoder of its own network
made of the source.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.measures.affine import Affine, Matrix, fitted, products, reversed_products
from ticketscope.networks.batches import Batch, Pairs, collate, longer_side, ordered_batches
from ticketscope.networks.layer_states import STACKS, Stack, handing_on, streams
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses, losses_of_states
from ticketscope.networks.trace.rows import evaluating

Place = tuple[Stack, int]
"""A stack, and the layer of it, from 1, above which the other network goes on."""
Maps = Mapping[Place, Affine]


@torch.no_grad()
def stitched_losses(
    lower: LoadedNetwork,
    upper: LoadedNetwork,
    pairs: Pairs,
    maps: Sequence[Maps | None],
    *,
    max_tokens: int,
) -> list[dict[Place, NDArray[np.float64]]]:
    """Negative log-likelihood in nats of each sentence, by where the networks are stitched; once
    for each of the `maps` that states go through, None: as they are.

    Both networks have as many layers of one width, and read the same pieces.
    """
    found: list[dict[Place, NDArray[np.float64]]] = [
        {place: np.empty(len(pairs)) for place in places(lower)} for _ in maps
    ]
    with evaluating(lower), evaluating(upper):
        for indices in ordered_batches(longer_side(pairs), max_tokens):
            batch = collate(pairs, indices, lower.frame).to(lower.device)
            below, encoded = streams(lower, batch), upper.encoded(batch)
            for of_maps, each in zip(found, maps, strict=True):
                for (stack, layer), nats_S in of_maps.items():
                    state = below.of(stack)[layer - 1]
                    if each is not None:
                        state = mapped(state, each[stack, layer])
                    losses = _losses(upper, batch, (stack, layer), state, encoded)
                    nats_S[indices] = losses.cpu().numpy()
    return found


def places(network: LoadedNetwork) -> list[Place]:
    """Above each layer of either stack."""
    return [
        (stack, layer)
        for stack in STACKS
        for layer in range(1, len(network.family.layers(network.model, stack)) + 1)
    ]


def _losses(
    upper: LoadedNetwork, batch: Batch, place: Place, state: Tensor, encoded_BSD: Tensor
) -> Tensor:
    stack, layer = place
    if stack == "decoder":
        return losses_of_states(
            upper, batch, decoded_above(upper, batch, layer, state, encoded_BSD)
        )
    return batch_losses(upper, batch, encoded_above(upper, batch, layer, state))


def encoded_above(upper: LoadedNetwork, batch: Batch, layer: int, state: Tensor) -> Tensor:
    """The last states of the encoder, if its layer of this number hands on this state."""
    if layer == len(upper.family.layers(upper.model, "encoder")):
        return state
    with handing_on(upper, "encoder", layer, state):
        return upper.encoded(batch)


def decoded_above(
    upper: LoadedNetwork, batch: Batch, layer: int, state: Tensor, encoded_BSD: Tensor
) -> Tensor:
    """The last states of the decoder, likewise."""
    if layer == len(upper.family.layers(upper.model, "decoder")):
        return state
    with handing_on(upper, "decoder", layer, state):
        return upper.decoded(batch, encoded_BSD)


def mapped(state: Tensor, affine: Affine) -> Tensor:
    """A state in the directions of the other network."""
    matrix_DD, shift_D = (
        torch.from_numpy(part).to(state.device, state.dtype)
        for part in (affine.matrix_DD, affine.shift_D)
    )
    return state @ matrix_DD + shift_D


# ----------------------------------------------------------------------------- maps


@torch.no_grad()
def maps_between(
    ours: LoadedNetwork, theirs: LoadedNetwork, fit: Pairs, validation: Pairs, *, max_tokens: int
) -> tuple[Maps, Maps]:
    """Maps of the states of each place from the first network to the second, and back.

    They are nearest in squares (ridge) on the pieces of `fit`, padding left out; the strength of
    the ridge is the best on those of `validation`.
    """
    sums, of_validation = (
        _products(ours, theirs, pairs, max_tokens=max_tokens) for pairs in (fit, validation)
    )
    return (
        {place: fitted(sums[place], of_validation[place]) for place in sums},
        {
            place: fitted(reversed_products(sums[place]), reversed_products(of_validation[place]))
            for place in sums
        },
    )


def _products(
    ours: LoadedNetwork, theirs: LoadedNetwork, pairs: Pairs, *, max_tokens: int
) -> dict[Place, Matrix]:
    found: dict[Place, Matrix] = {}
    with evaluating(ours), evaluating(theirs):
        for indices in ordered_batches(longer_side(pairs), max_tokens):
            batch = collate(pairs, indices, ours.frame).to(ours.device)
            real = {"encoder": batch.source_mask_BS, "decoder": batch.label_mask_BT}
            both = streams(ours, batch), streams(theirs, batch)
            for stack, layer in places(ours):
                a_ND, b_ND = (
                    each.of(stack)[layer - 1][real[stack]].double().cpu().numpy() for each in both
                )
                of_batch = products(a_ND, b_ND)
                found[stack, layer] = found.get((stack, layer), np.zeros(())) + of_batch
    return found
