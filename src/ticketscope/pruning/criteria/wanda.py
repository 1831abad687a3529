"""Wanda (Sun et al. 2024): the magnitude of a weight, times the norm of its input.

All inputs are those of the network before anything is pruned (the authors' code reads each layer
behind those that are pruned already), so that scores are the same whatever the cut. Padding is left
out (the authors' code counts it). A bias is a weight whose input is always 1.
"""

from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut, Scored
from ticketscope.pruning.matrix_inputs import matrices_of, matrix_of, reading

Norms = dict[str, NDArray[np.float32]]


def by_wanda(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove the weights of least |w_ij| · ‖x_j‖₂, over all positions of the calibration pairs."""
    del seed  # nothing random here
    norms = _input_norms(evidence, mask)
    return Pruned(mask=cut.prune(partial(_scores, evidence, norms), mask))


@torch.no_grad()
def _input_norms(evidence: Evidence, mask: Mask) -> Norms:
    """Of every tensor: for a matrix ``[columns]``, for a bias ``[1]``."""
    calibration, matrices = evidence.reading, matrices_of(mask)
    network = calibration.network()
    squares: dict[str, Tensor] = {}
    num_positions: dict[str, int] = dict.fromkeys(matrices, 0)

    def take(name: str, inputs_ND: Tensor) -> None:
        norms_D = torch.linalg.vector_norm(inputs_ND, dim=0, dtype=torch.float64)
        found = norms_D.square().cpu()
        squares[name] = squares[name] + found if name in squares else found
        num_positions[name] += len(inputs_ND)

    for batch in calibration.batches(network):
        with reading(network, matrices, batch, take):
            network.decoded(batch, network.encoded(batch))
    of_biases = {
        name: torch.tensor([float(num_positions[matrix_of(name)])])
        for name in mask.kept.keys() - matrices.keys()
    }
    return {name: found.sqrt().float().numpy() for name, found in {**squares, **of_biases}.items()}


def _scores(evidence: Evidence, norms: Norms) -> Scored:
    for name in sorted(evidence.weights):
        yield name, evidence.weights[name].detach().abs().cpu().numpy() * norms[name]


WANDA: Final = Criterion(
    prune=by_wanda,
    ranks="the weights of least magnitude times the norm of their input (Wanda, Sun et al. 2024)",
    reads_text=True,
    by_input=True,
)
