"""What each neuron and each head is worth: a score per unit, the lowest of which go first.

Losses and gradients are those of calibration pairs. By

* `loss`: the negative log-likelihood in nats with the unit masked, less that without: one forward
  pass per unit;
* `taylor`: of a neuron |Σ w · ∂L/∂w| over its row of `fc1` (and of the gate), its bias and its
  column of `fc2` (Molchanov et al. 2019); of a head the mean over sentences of |∂L/∂ξ|, where ξ is
  a gate on it that stands at 1 (Michel et al. 2019): one backward pass;
* `magnitude`: the root of the sum of squares of the unit's weights; needs no text.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.networks.batches import Batch
from ticketscope.networks.families.family import Family
from ticketscope.networks.head_importance import importance
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses
from ticketscope.networks.model import parameters
from ticketscope.shrinking.kept import STACK_OF, Kept, Place
from ticketscope.shrinking.masking import gated_neurons, masked

By = Literal["loss", "taylor", "magnitude"]
BY: tuple[By, ...] = get_args(By)

Scores = dict[Place, NDArray[np.float64]]
"""By stack or kind of attention, and layer: the score of each unit."""


def neuron_scores(network: LoadedNetwork, batches: Sequence[Batch], kept: Kept, by: By) -> Scores:
    """Scores of all neurons of the layers that are left, `[width]`; the network computes as if the
    others were removed."""
    assert not network.model.training, "dropout would drown the units"
    with masked(network, kept):
        if by == "loss":
            return _by_loss(network, batches, kept)
        weights = _of_neurons(network, kept)
        if by == "magnitude":
            return _summed(network.family, weights, lambda _, w: w.double() ** 2, torch.sqrt)
        with torch.enable_grad():
            gradients = _gradients(network, batches, weights)
    return _summed(network.family, weights, lambda name, w: w.double() * gradients[name], torch.abs)


def head_scores(network: LoadedNetwork, batches: Sequence[Batch], kept: Kept, by: By) -> Scores:
    """Scores of all heads of the layers that are left, `[heads]`, likewise."""
    places = [(kind, n) for kind, stack in STACK_OF.items() for n in kept.layers[stack]]
    if by == "magnitude":
        return {place: _head_magnitudes(network, place) for place in places}
    with masked(network, kept):
        found = importance(network, batches)
    figures = {
        kind: (one.loss_change_LHS if by == "loss" else one.gradient_LHS).mean(axis=2)
        for kind, one in found.items()
    }
    return {(kind, layer): figures[kind][layer - 1] for kind, layer in places}


# ----------------------------------------------------------------------------- neurons


@torch.no_grad()
def _by_loss(network: LoadedNetwork, batches: Sequence[Batch], kept: Kept) -> Scores:
    family, model = network.family, network.model
    places = [(stack, layer) for stack, left in kept.layers.items() for layer in left]
    last = {
        (stack, layer): family.feed_forward(family.layers(model, stack)[layer - 1])
        for stack, layer in places
    }
    found = {place: np.zeros(last[place].get_parameter("weight").shape[1]) for place in places}
    for batch in batches:
        encoded = network.encoded(batch)
        whole = batch_losses(network, batch, encoded).sum()
        for (stack, layer), scores in found.items():
            # Masking in the decoder leaves the encoder as it was.
            known = None if stack == "encoder" else encoded
            for unit in range(len(scores)):
                others = torch.ones(len(scores), device=encoded.device)
                others[unit] = 0.0
                with gated_neurons(last[stack, layer], others):
                    losses_B = batch_losses(network, batch, known)
                scores[unit] += float(losses_B.sum() - whole)
    return found


def _of_neurons(network: LoadedNetwork, kept: Kept) -> dict[str, Tensor]:
    """The parameters that neurons of layers that are left consist of."""
    found = {}
    for name, tensor in parameters(network.model).items():
        role = network.family.role(name)
        assert role is not None, name
        if role.neuron_axis is not None and role.layer in kept.layers[role.module]:
            found[name] = tensor
    return found


def _gradients(
    network: LoadedNetwork, batches: Sequence[Batch], weights: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Of the negative log-likelihood of all pairs, in float64."""
    sums = {name: torch.zeros_like(tensor, dtype=torch.float64) for name, tensor in weights.items()}
    for batch in batches:
        total = batch_losses(network, batch).sum()
        gradients = torch.autograd.grad(total, list(weights.values()))
        for name, gradient in zip(sums, gradients, strict=True):
            sums[name] += gradient
    return sums


def _summed(
    family: Family,
    weights: Mapping[str, Tensor],
    of_weight: Callable[[str, Tensor], Tensor],
    finish: Callable[[Tensor], Tensor],
) -> Scores:
    """Sum a figure of every weight over the weights of each neuron."""
    sums: dict[Place, Tensor] = {}
    for name, tensor in weights.items():
        role = family.role(name)
        assert role is not None, name
        assert role.layer is not None, name
        assert role.neuron_axis is not None, name
        figure = of_weight(name, tensor.detach())
        place = (role.module, role.layer)
        of_units = (
            figure.movedim(role.neuron_axis, 0).flatten(1).sum(1) if figure.ndim > 1 else figure
        )
        sums[place] = sums.get(place, torch.zeros_like(of_units)) + of_units
    return {place: finish(total).cpu().numpy() for place, total in sums.items()}


# ----------------------------------------------------------------------------- heads


def _head_magnitudes(network: LoadedNetwork, place: Place) -> NDArray[np.float64]:
    kind, layer = place
    block = "cross_attention" if kind == "encoder_decoder" else "self_attention"
    num_heads = network.family.attention_blocks(network.model)[kind][layer - 1].num_heads
    total = torch.zeros(num_heads, dtype=torch.float64)
    for name, tensor in parameters(network.model).items():
        role = network.family.role(name)
        assert role is not None, name
        here = (role.module, role.layer, role.block) == (STACK_OF[kind], layer, block)
        if here and role.head_axis is not None:
            squares = tensor.detach().cpu().double().movedim(role.head_axis, 0) ** 2
            total += squares.reshape(num_heads, -1).sum(1)
    return total.sqrt().numpy()
