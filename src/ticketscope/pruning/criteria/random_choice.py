"""Random pruning, a control: what is lost when the choice carries no information."""

from functools import partial
from typing import Final

import numpy as np

from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut, Scored


def by_chance(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove weights by chance, each as likely as those that it competes with."""
    del evidence  # nothing of the network is looked at but its shapes
    return Pruned(mask=cut.prune(partial(_drawn, mask, seed), mask))


def _drawn(mask: Mask, seed: int) -> Scored:
    generator = np.random.default_rng(seed)
    for name, kept in mask.kept.items():
        yield name, generator.random(kept.shape)


RANDOM: Final = Criterion(prune=by_chance, ranks="weights drawn by chance", draws=True)
