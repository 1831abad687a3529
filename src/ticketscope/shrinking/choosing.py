"""Which units go: layers one after the other by the loss, neurons and heads by their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ticketscope.networks.batches import Batch
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import total_loss
from ticketscope.pruning.cuts import num_to_prune
from ticketscope.pruning.lowest import keys
from ticketscope.shrinking.asked_for import Asked
from ticketscope.shrinking.kept import STACKS, Kept, Units
from ticketscope.shrinking.masking import masked
from ticketscope.shrinking.unit_scores import By, head_scores, neuron_scores


@dataclass(frozen=True)
class RemovedLayer:
    """A layer that was removed, and the loss without it and those before it.

    Args:
        stack, layer: which; counted from 1 in the whole network.
        loss: negative log-likelihood of the calibration pairs, in nats.
    """

    stack: str
    layer: int
    loss: float


def chosen(
    network: LoadedNetwork, batches: Sequence[Batch], asked: Asked, kept: Kept
) -> tuple[Kept, list[RemovedLayer]]:
    """What is left: layers go first, so that neurons and heads count by what is left of these."""
    kept, removed = without_layers(network, batches, kept, asked.depths)
    if asked.neurons is not None:
        shares = dict.fromkeys(STACKS, asked.neurons)
        kept = without_neurons(network, batches, kept, shares, asked.neurons_by)
    if asked.heads is not None:
        kept = without_heads(network, batches, kept, asked.heads, asked.heads_by)
    return kept, removed


def without_layers(
    network: LoadedNetwork,
    batches: Sequence[Batch],
    kept: Kept,
    depths: Mapping[str, int],
) -> tuple[Kept, list[RemovedLayer]]:
    """Remove layers until as many are left as `depths` says of each stack.

    The one without which the loss is lowest goes, then all others are measured again (greedy); of
    equal ones the first of the encoder. Each trial is a forward pass over the pairs.
    """
    removed = []
    while stacks := [stack for stack, depth in depths.items() if len(kept.layers[stack]) > depth]:
        best = least_needed_layer(network, batches, kept, stacks)
        kept = kept.without_layer(best.stack, best.layer)
        removed.append(best)
    return kept, removed


def least_needed_layer(
    network: LoadedNetwork, batches: Sequence[Batch], kept: Kept, stacks: Sequence[str]
) -> RemovedLayer:
    """The layer of these stacks without which the loss is lowest; of equal ones the first."""
    trials = []
    for stack in stacks:
        for layer in kept.layers[stack]:
            with masked(network, kept.without_layer(stack, layer)):
                trials.append(RemovedLayer(stack, layer, total_loss(network, batches)))
    return min(trials, key=lambda trial: trial.loss)


def without_neurons(
    network: LoadedNetwork,
    batches: Sequence[Batch],
    kept: Kept,
    shares: Mapping[str, float],
    by: By,
) -> Kept:
    """Remove a share of the neurons of every feed-forward block that is left of a stack, to the
    nearest whole one: those of the lowest scores, of equal ones the first."""
    scores = neuron_scores(network, batches, kept, by)
    neurons = {place: _left(values, shares[place[0]]) for place, values in scores.items()}
    return replace(kept, neurons=neurons)


def without_heads(
    network: LoadedNetwork, batches: Sequence[Batch], kept: Kept, share: float, by: By
) -> Kept:
    """Remove a share of the heads of every attention block that is left, likewise."""
    scores = head_scores(network, batches, kept, by)
    return replace(kept, heads={place: _left(values, share) for place, values in scores.items()})


def _left(scores: np.ndarray, share: float) -> Units:
    left = np.ones(len(scores), dtype=bool)
    left[np.argsort(keys(scores), kind="stable")[: num_to_prune(len(scores), share)]] = False
    return left
