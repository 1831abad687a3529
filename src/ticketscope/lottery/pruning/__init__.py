"""From a trained model to the next mask: score every weight, remove the lowest."""

from collections.abc import Mapping

from torch import Tensor

from ticketscope.lottery.pruning.allocation import prune_globally
from ticketscope.lottery.pruning.scores import SCORES
from ticketscope.networks.masks import Mask


def next_mask(
    weights: Mapping[str, Tensor], mask: Mask, *, score: str, fraction: float, seed: int
) -> Mask:
    """The mask that removes `fraction` of what `mask` keeps, lowest `score` first."""
    return prune_globally(SCORES[score](weights, seed), mask, fraction)
