"""Magnitude pruning (Han et al. 2015): the study's criterion."""

from ticketscope.config import Lottery
from ticketscope.lottery.criteria.allocation import prune_globally
from ticketscope.lottery.criteria.criterion import Evidence
from ticketscope.networks.masks import Mask


def by_magnitude(evidence: Evidence, mask: Mask, settings: Lottery, seed: int) -> Mask:
    """Remove the weights of least absolute value over all tensors together."""
    del seed  # nothing random here
    scores = {
        name: tensor.detach().abs().cpu().numpy() for name, tensor in evidence.weights.items()
    }
    return prune_globally(scores, mask, settings.prune_fraction)
