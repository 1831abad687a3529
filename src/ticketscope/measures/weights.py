"""What pruning did to the weights: spectra, distances, overlap of masks, dead rows and columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.moments import Array
from ticketscope.measures.spectrum import spectral_complexity


@dataclass(frozen=True)
class Distance:
    """How far weights have moved: Σ|Δ| and √ΣΔ² over all of them, in the weights' unit."""

    l1: float
    l2: float


@dataclass(frozen=True)
class Overlap:
    """What two masks keep in common: |both| / |either|, and what chance alone would give."""

    jaccard: float
    by_chance: float


@dataclass(frozen=True)
class Dead:
    """Rows (outputs) and columns (inputs) of a weight matrix of which nothing is kept."""

    num_rows: int
    num_columns: int


def singular_values(matrix: NDArray[np.floating]) -> Array:
    """The spectrum of a projection `[outputs, inputs]`, descending, in the weights' unit."""
    return np.linalg.svd(np.asarray(matrix, dtype=np.float64), compute_uv=False)


def weight_complexity(matrix: NDArray[np.floating]) -> dict[str, float]:
    """Effective rank and the other complexities of a projection `[outputs, inputs]`.

    Those of `spectral_complexity`, with the squared singular values for variances. Weights are not
    centred: they have no offset that could hide the rest. All 0 where every weight is 0.
    """
    return spectral_complexity(singular_values(matrix) ** 2)


def distance(
    weights: Sequence[NDArray[np.floating]], others: Sequence[NDArray[np.floating]]
) -> Distance:
    """Distance of tensors from the same tensors of another model, taken together.

    Raises `ValueError` for unequal numbers or shapes.
    """
    l1 = squares = 0.0
    for tensor, other in zip(weights, others, strict=True):
        _check_shapes(tensor, other)
        difference = np.subtract(tensor, other, dtype=np.float64)
        l1 += float(np.abs(difference).sum())
        squares += float(np.sum(difference**2))
    return Distance(l1=l1, l2=float(np.sqrt(squares)))


def overlap(kept: Sequence[NDArray[np.bool_]], others: Sequence[NDArray[np.bool_]]) -> Overlap:
    """Jaccard overlap of two masks of the same tensors, True where a weight is kept.

    Chance is two independent masks that keep as many weights of each tensor as these do. The number
    that both keep is then hypergeometric in each; with its mean μ and variance σ² over all tensors
    and K the sum of the weights kept by either mask, E |both| / |either| is μ / (K − μ) +
    σ² K / (K − μ)³ but for terms of the order of 1 / N² in the N weights. Two masks that keep
    nothing overlap fully: 1. Raises `ValueError` for unequal numbers or shapes.
    """
    num_both = num_kept = 0
    mean = variance = 0.0
    for one, other in zip(kept, others, strict=True):
        _check_shapes(one, other)
        num_weights, num_one, num_other = one.size, int(one.sum()), int(other.sum())
        num_both += int(np.count_nonzero(one & other))
        num_kept += num_one + num_other
        expected = num_one * num_other / num_weights
        mean += expected
        if num_weights > 1:
            lost = (num_weights - num_one) * (num_weights - num_other)
            variance += expected * lost / (num_weights * (num_weights - 1))
    if not num_kept:
        return Overlap(jaccard=1.0, by_chance=1.0)
    return Overlap(
        jaccard=num_both / (num_kept - num_both),
        by_chance=mean / (num_kept - mean) + variance * num_kept / (num_kept - mean) ** 3,
    )


def dead(kept: NDArray[np.bool_]) -> Dead:
    """Dead rows and columns of the mask `[outputs, inputs]` of a projection."""
    if kept.ndim != 2:
        raise ValueError(f"a projection has rows and columns, not the shape {kept.shape}")
    return Dead(
        num_rows=int(np.count_nonzero(~kept.any(axis=1))),
        num_columns=int(np.count_nonzero(~kept.any(axis=0))),
    )


def _check_shapes(one: NDArray[np.generic], other: NDArray[np.generic]) -> None:
    if one.shape != other.shape or not one.size:
        raise ValueError(f"tensors of shapes {one.shape} and {other.shape} cannot be compared")
