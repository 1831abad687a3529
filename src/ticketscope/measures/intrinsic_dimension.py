"""TwoNN: the intrinsic dimension of points from the distances to their two nearest neighbours.

Our own, since scikit-dimension 0.5.0 would bring fourteen packages and 0.5 GB for these few lines,
holds far more distances at once, and sorts all of them; and since duplicates must be found by us in
any case: its distances are differences of large numbers, so that those of equal points are not 0.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.moments import Array

_KEPT = 0.9  # the largest ratios are left out of the fit, as the paper does
_DUPLICATE = 1e-5  # of the typical distance from the middle; float32 and padding differ by less
_EQUAL_RATIO = 1e-9
_BLOCK_CELLS = 1 << 22  # distances held at once: 32 MiB


def two_nn(activations: NDArray[np.floating]) -> float:
    """Intrinsic dimension of the words `[n, d]` by TwoNN (Facco et al. 2017).

    The ratio μ of the distances to the second and the first neighbour has the distribution
    F(μ) = 1 − μ^(−dimension), and the dimension is the slope of −ln(1 − F) against ln μ, fitted
    through the origin to the smallest 90 % of the ratios. Of words closer than 1e-5 of the typical
    (median) distance from the middle only the first counts. 0 for fewer than three distinct words;
    where all distances are equal, the most dimensions that the words can span.
    """
    points = np.asarray(activations, dtype=np.float64)
    points = _distinct(points - np.median(points, axis=0))
    num_points, width = points.shape
    if num_points < 3:
        return 0.0
    nearest, second = _two_distances(points).T
    logarithms = np.sort(np.log(second / nearest))[: int(_KEPT * num_points)]
    if logarithms[-1] < _EQUAL_RATIO:
        return float(min(num_points - 1, width))
    empirical = np.arange(1, len(logarithms) + 1) / num_points
    return float(logarithms @ -np.log1p(-empirical) / (logarithms @ logarithms))


def _distinct(points: Array) -> Array:
    """The points without those that (nearly) equal an earlier one."""
    norms = np.einsum("nd,nd->n", points, points)
    tolerances = _DUPLICATE**2 * np.maximum(norms, np.median(norms))
    is_new = np.empty(len(points), dtype=bool)
    for rows in _blocks(len(points)):
        earlier = np.arange(rows.stop) < np.arange(rows.start, rows.stop)[:, None]
        near = _squared_distances(points[rows], points[: rows.stop]) <= tolerances[rows, None]
        is_new[rows] = ~(near & earlier).any(axis=1)
    return points[is_new]


def _two_distances(points: Array) -> Array:
    """Distances of each point to its two nearest neighbours, `[n, 2]`."""
    distances = np.empty((len(points), 2))
    for rows in _blocks(len(points)):
        squares = _squared_distances(points[rows], points)
        squares[np.arange(len(squares)), np.arange(rows.start, rows.stop)] = np.inf
        neighbours = np.argpartition(squares, 1, axis=1)[:, :2]
        # The product has found them; their distances are taken anew, free of its cancellation.
        differences = points[rows, None] - points[neighbours]
        distances[rows] = np.sort(np.linalg.norm(differences, axis=2), axis=1)
    return distances


def _squared_distances(a: Array, b: Array) -> Array:
    norms_a, norms_b = (np.einsum("nd,nd->n", points, points) for points in (a, b))
    return np.asarray(norms_a[:, None] + norms_b - 2 * a @ b.T)


def _blocks(num_points: int) -> Iterator[slice]:
    num_rows = max(1, _BLOCK_CELLS // max(1, num_points))
    for start in range(0, num_points, num_rows):
        yield slice(start, min(start + num_rows, num_points))
