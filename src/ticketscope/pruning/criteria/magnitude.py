"""Magnitude pruning (Han et al. 2015): the study's criterion."""

from functools import partial

from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria.criterion import Evidence
from ticketscope.pruning.cuts import Cut, Scored


def by_magnitude(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Mask:
    """Remove the weights of least absolute value."""
    del seed  # nothing random here
    return cut.prune(partial(_magnitudes, evidence), mask)


def _magnitudes(evidence: Evidence) -> Scored:
    for name in sorted(evidence.weights):
        yield name, evidence.weights[name].detach().abs().cpu().numpy()
