"""SNIP (Lee et al. 2019): how much the loss changes, to first order, if the weight is zero."""

from functools import partial
from typing import Final

from ticketscope.networks.masks import Mask
from ticketscope.pruning import gradients
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut, Scored


def by_sensitivity(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove the weights of least |w · ∂L/∂w|, L being the loss of all calibration pairs."""
    del seed  # nothing random here
    calibration = evidence.reading
    network = calibration.network()
    found = gradients.summed(network, calibration.with_logits(network), mask.kept)
    return Pruned(mask=cut.prune(partial(_sensitivities, evidence, found), mask))


def _sensitivities(evidence: Evidence, gradient: gradients.Gradients) -> Scored:
    for name in sorted(evidence.weights):
        weight = evidence.weights[name].detach().cpu()
        yield name, (weight * gradient[name]).abs().numpy()


SNIP: Final = Criterion(
    prune=by_sensitivity,
    ranks="the weights w of least absolute w · ∂L/∂w, L being the loss (SNIP, Lee et al. 2019)",
    reads_text=True,
)
