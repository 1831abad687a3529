"""Affine maps from the states of one network to those of another, by ridge regression.

Two networks that come from one training have their neurons in common, so the map is pulled towards
the one that changes nothing, not towards zero: with ever stronger pull it becomes the identity.
Everything follows from sums of products, so the states themselves need not be kept.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
_PULLS: Final = (*(10.0**power for power in range(-8, 5)), float("inf"))
"""Strengths of the pull, as multiples of the mean variance of a neuron. The last one is the
identity."""


@dataclass(frozen=True)
class Affine:
    """``states @ matrix_DD + shift_D``; `pull`: how strong the pull towards the identity was."""

    matrix_DD: Matrix
    shift_D: Matrix
    pull: float


def products(first_ND: Matrix, second_ND: Matrix) -> Matrix:
    """What a fit needs to know of states of the same words, ``[2 d + 1, 2 d + 1]``: the sums of the
    products of all neurons of either network and of 1. Those of further words are added."""
    everything = np.hstack([first_ND, second_ND, np.ones((len(first_ND), 1))]).astype(np.float64)
    return everything.T @ everything


def reversed_products(sums: Matrix) -> Matrix:
    """The same with the networks in the other order."""
    width = len(sums) // 2
    order = [*range(width, 2 * width), *range(width), 2 * width]
    return sums[np.ix_(order, order)]


def fitted(fit: Matrix, validation: Matrix) -> Affine:
    """The map from the first network's states to the second's that is nearest in squares on the
    words of `fit`, with the pull that is best on the words of `validation`."""
    width = len(fit) // 2
    first, second = slice(0, width), slice(width, 2 * width)
    num = fit[-1, -1]
    mean_2D = fit[-1, :-1] / num
    centred = fit[:-1, :-1] - num * np.outer(mean_2D, mean_2D)
    values_D, vectors_DD = np.linalg.eigh(centred[first, first])
    values_D = np.maximum(values_D, 0.0)
    # What the identity leaves to explain.
    to_explain_DD = vectors_DD.T @ (centred[first, second] - centred[first, first])
    unit = float(values_D.mean()) or 1.0
    candidates = []
    for pull in _PULLS:
        shrunk_D = 1.0 / (values_D + pull * unit)
        matrix_DD = np.eye(width) + vectors_DD @ (shrunk_D[:, None] * to_explain_DD)
        shift_D = mean_2D[second] - mean_2D[first] @ matrix_DD
        if np.isinf(pull):
            shift_D = np.zeros(width)
        candidates.append(Affine(matrix_DD, shift_D, pull))
    return min(candidates, key=lambda affine: squared_error(affine, validation))


def squared_error(affine: Affine, sums: Matrix) -> float:
    """The squares of what a map leaves, over all words and neurons."""
    width = len(sums) // 2
    # What is left over is a row of both states and a 1, multiplied by this.
    left = np.vstack([affine.matrix_DD, -np.eye(width), affine.shift_D[None]])
    return float(np.einsum("id,ij,jd->", left, sums, left, optimize=True))
