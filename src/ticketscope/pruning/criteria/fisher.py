"""Diagonal Fisher: how much the loss changes, to second order, if the weight is zero.

Near a minimum the first order is gone, and the second derivative by a weight is about the mean over
sentences of the squared gradient of one sentence's loss (the empirical Fisher: LeCun et al. 1990
with the second derivative of Theis et al. 2018). The squared gradient of a batch would be another
quantity, in which the gradients of its sentences cancel.
"""

from functools import partial
from typing import Final

import torch

from ticketscope.networks.masks import Mask
from ticketscope.pruning import gradients
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut, Scored


def by_curvature(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove the weights of least w² · mean g², g being the gradient of the loss of one pair."""
    del seed  # nothing random here
    calibration = evidence.reading
    network = calibration.network()
    squares = gradients.summed(network, calibration.each(network), mask.kept, torch.square)
    return Pruned(mask=cut.prune(partial(_changes, evidence, squares), mask))


def _changes(evidence: Evidence, squares: gradients.Gradients) -> Scored:
    """The root of each, times a number that all have: it ranks alike and does not underflow."""
    for name in sorted(evidence.weights):
        weight = evidence.weights[name].detach().cpu()
        yield name, (weight.abs() * squares[name].sqrt()).numpy()


FISHER: Final = Criterion(
    prune=by_curvature,
    ranks="the weights w of least w² · mean g², g being the gradient of one sentence's loss "
    "(empirical Fisher, after LeCun et al. 1990 and Theis et al. 2018)",
    reads_text=True,
)
