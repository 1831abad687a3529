"""Soft movement pruning (Sanh et al. 2020): weights whose score falls under a threshold are masked.

A penalty λ Σ σ(S) takes the scores down, so that only those stay up which the loss holds up. How
many do follows from λ, which the authors search by training again and again. Here it is found at
each update: the least λ that brings as many scores under the threshold as the schedule asks for.
Weights that have sunk may come back until the end, when the cut takes exact counts.

Departures from the authors: that search; and the steps of the scores, which are of one root mean
square over all weights together, where the authors' Adam takes steps of one size for each.
"""

import math
from functools import partial
from typing import Final

import torch
from torch import Tensor

from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut
from ticketscope.pruning.moving import Tensors, held, in_order, moved, partly_cut

THRESHOLD: Final = 0.1
"""A weight is masked where σ(S) is no more, as in the authors' code."""
STEP: Final = 0.1
"""Root mean square of the step that the loss makes the scores take at an update."""


def by_soft_movement(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove the weights of least score, and give the others the values that they have moved to."""
    scores = {name: torch.zeros(kept.shape) for name, kept in mask.kept.items()}
    # How many go is the same whatever the scores are.
    num_going = partly_cut(scores, mask, cut, 1.0).num_pruned - mask.num_pruned

    def next_mask(movements: Tensors, share: float) -> Mask:
        scale = STEP / _root_mean_square(movements, mask)
        for name, movement in movements.items():
            scores[name] += scale * movement
        strength = penalty(scores, mask, round(share * num_going))
        for score in scores.values():
            score.sub_(strength * _slope(score))
        return Mask({name: kept & (scores[name] > _LIMIT) for name, kept in mask.kept.items()})

    weights = moved(evidence.weights, evidence.reading, mask, seed, next_mask)
    found = cut.prune(partial(in_order, scores), mask)
    return Pruned(mask=found, changed=held(weights, found))


def penalty(scores: Tensors, mask: Mask, num: int) -> float:
    """The least λ >= 0 whose step S - λ σ'(S) brings so many of the scores of the weights that are
    left to the threshold."""
    if num == 0:
        return 0.0
    needed = torch.cat(
        [((scores[name] - _LIMIT) / _slope(scores[name]))[kept] for name, kept in mask.kept.items()]
    )
    return max(0.0, float(needed.kthvalue(num).values))


_LIMIT: Final = math.log(THRESHOLD / (1 - THRESHOLD))


def _slope(score: Tensor) -> Tensor:
    """σ', but where it is next to nothing."""
    share = torch.sigmoid(score)
    return (share * (1 - share)).clamp_min(1e-6)


def _root_mean_square(movements: Tensors, mask: Mask) -> float:
    total = sum(float(movement.double().square().sum()) for movement in movements.values())
    num = mask.num_weights - mask.num_pruned
    return math.sqrt(total / max(num, 1)) or 1.0


SOFT_MOVEMENT: Final = Criterion(
    prune=by_soft_movement,
    ranks="the weights that training takes towards zero, against a penalty on all that stay (soft "
    "movement pruning, Sanh et al. 2020)",
    reads_text=True,
    draws=True,
    trains=True,
)
