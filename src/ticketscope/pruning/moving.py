"""Weights that move on text while a score says of each where it moves.

Movement pruning (Sanh et al. 2020) trains the weights W and, beside them, a score S of each. The
network computes with W' = W ⊙ M, the mask M being made of the scores. The gradient goes straight
through M to the scores: ∂L/∂S = ∂L/∂W' · W. So the score of a weight that descent takes away from
zero rises, that of one that it takes to zero falls, and one that is masked can come back.
"""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from ticketscope.networks import model
from ticketscope.networks.masks import Mask
from ticketscope.pruning import gradients
from ticketscope.pruning.calibration import Calibration
from ticketscope.pruning.cuts import Cut, OfTheRest, Scored

Tensors = Mapping[str, Tensor]
NextMask = Callable[[Tensors, float], Mask]
"""Given how the loss of a batch would move each weight, -w · ∂L/∂w', and the share of the cut that
is to be masked next, it learns the scores and gives the mask of the next update."""


def moved(
    given: Tensors, calibration: Calibration, mask: Mask, seed: int, next_mask: NextMask
) -> dict[str, Tensor]:
    """The given weights after a training on the calibration pairs, in float32 on the CPU; those
    under the mask have the value that they had when they came under it, but for momentum.

    Adam moves them, at the rate of the calibration. L is the negative log-likelihood of all targets
    of a batch, in nats, without label smoothing and dropout. The first update has the mask that the
    network has; the share of the cut that is masked then rises along a cubic (Zhu and Gupta 2018),
    and the last update has all of it.
    """
    network = calibration.network()
    weights = {name: given[name].detach().float().cpu().clone() for name in mask.kept}
    optimiser = torch.optim.Adam(list(weights.values()), lr=calibration.rate)
    in_network = model.parameters(network.model)
    last = calibration.trained.steps - 1
    now = mask
    _put(weights, now, in_network)
    found = gradients.of_batches(network, calibration.training(network, seed), tuple(mask.kept))
    for update, of_batch in enumerate(found):
        movements = {}
        for name, gradient in of_batch:
            on_cpu = gradient.float().cpu()
            movements[name] = -weights[name] * on_cpu
            weights[name].grad = torch.where(now.kept[name], on_cpu, 0.0)
        now = next_mask(movements, cubic((update + 1) / last) if last else 0.0)
        optimiser.step()
        _put(weights, now, in_network)
    return weights


def held(weights: Tensors, mask: Mask) -> dict[str, Tensor]:
    """The weights, with +0.0 where the mask keeps none."""
    return {name: torch.where(kept, weights[name], 0.0) for name, kept in mask.kept.items()}


def cubic(done: float) -> float:
    """The share of a cut that is masked when this share of the updates is done; 1 behind them."""
    return 1 - (1 - min(done, 1.0)) ** 3


def in_order(scores: Tensors) -> Scored:
    """Scores as a cut takes them."""
    for name in sorted(scores):
        yield name, scores[name].numpy()


def partly_cut(scores: Tensors, mask: Mask, cut: Cut, share: float) -> Mask:
    """The mask without the lowest of the weights that a cut would take, so large a share of these.

    So every cut can be gone to in steps, be it by row, by tensor or in a pattern.
    """
    whole = cut.prune(partial(in_order, scores), mask)
    going = Mask({name: mask.kept[name] & ~kept for name, kept in whole.kept.items()})
    still = OfTheRest(share).prune(partial(in_order, scores), going)
    return Mask({name: kept | still.kept[name] for name, kept in whole.kept.items()})


@torch.no_grad()
def _put(weights: Tensors, mask: Mask, in_network: Tensors) -> None:
    for name, weight in held(weights, mask).items():
        in_network[name].copy_(weight)
