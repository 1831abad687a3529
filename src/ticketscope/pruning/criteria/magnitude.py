"""Magnitude pruning (Han et al. 2015): the study's criterion."""

from functools import partial
from typing import Final

from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut, Scored


def by_magnitude(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove the weights of least absolute value."""
    del seed  # nothing random here
    return Pruned(mask=cut.prune(partial(_magnitudes, evidence), mask))


def _magnitudes(evidence: Evidence) -> Scored:
    for name in sorted(evidence.weights):
        yield name, evidence.weights[name].detach().abs().cpu().numpy()


MAGNITUDE: Final = Criterion(
    prune=by_magnitude, ranks="the weights of least magnitude (Han et al. 2015)"
)
