"""Random pruning, a control: what is lost when the choice carries no information."""

import numpy as np

from ticketscope.config import Lottery
from ticketscope.lottery.criteria.allocation import prune_globally
from ticketscope.lottery.criteria.criterion import Evidence
from ticketscope.networks.masks import Mask


def by_chance(evidence: Evidence, mask: Mask, settings: Lottery, seed: int) -> Mask:
    """Remove weights by chance, each as likely as the others."""
    generator = np.random.default_rng(seed)
    scores = {
        name: generator.random(evidence.weights[name].shape) for name in sorted(evidence.weights)
    }
    return prune_globally(scores, mask, settings.prune_fraction)
