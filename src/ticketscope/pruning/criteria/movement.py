"""Movement pruning (Sanh et al. 2020): the weights that training takes away from zero stay.

Departures from the authors: the scores take plain gradient steps. Of these only the sum counts for
a ranking, whatever their rate, and scores of two tensors are in one unit, the nats that the moves
of a weight are worth. The authors' Adam takes steps of one size for all. The weights that compete
are those of the cut; no other parameter than the prunable ones moves.
"""

from functools import partial
from typing import Final

import torch

from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut
from ticketscope.pruning.moving import Tensors, held, in_order, moved, partly_cut


def by_movement(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove the weights of least S = -Σ w · ∂L/∂w', summed over the updates of a training in which
    the weights of highest S compute; and give the others the values that they have moved to."""
    scores = {name: torch.zeros(kept.shape) for name, kept in mask.kept.items()}

    def next_mask(movements: Tensors, share: float) -> Mask:
        for name, movement in movements.items():
            scores[name] += movement
        return partly_cut(scores, mask, cut, share)

    weights = moved(evidence.weights, evidence.reading, mask, seed, next_mask)
    found = cut.prune(partial(in_order, scores), mask)
    return Pruned(mask=found, changed=held(weights, found))


MOVEMENT: Final = Criterion(
    prune=by_movement,
    ranks="the weights that training takes towards zero, by the sum of w · ∂L/∂w (movement "
    "pruning, Sanh et al. 2020)",
    reads_text=True,
    draws=True,
    trains=True,
)
