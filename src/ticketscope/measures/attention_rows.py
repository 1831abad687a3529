"""Attention weights of two networks on the same sentences, row by row: one row per query."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.moments import Array

Maps = Sequence[NDArray[np.floating]]
"""Attention weights, one array `[heads, query, key]` per sentence."""
DEAD = 1e-6  # of the norm: rounding of float32 makes equal weights differ by less


@dataclass(frozen=True, eq=False)
class Rows:
    """The valid cells of one sentence, `[A + B, cells]`, row after row of these `lengths`.

    The heads of a go first, then those of b.
    """

    cells: Array
    lengths: NDArray[np.intp]

    def with_a_choice(self) -> "Rows":
        """The rows of two valid keys or more: on one key all heads agree."""
        chosen = self.lengths > 1
        if chosen.all():
            return self
        return Rows(self.cells[:, np.repeat(chosen, self.lengths)], self.lengths[chosen])

    def sums(self, cells: Array) -> Array:
        """Sums over each row of such cells, `[heads, rows]`."""
        starts = np.cumsum(self.lengths) - self.lengths
        return np.add.reduceat(cells, starts, axis=1)

    def spread(self, figures: Array) -> Array:
        """A figure for each row, `[heads, rows]`, at each of its cells."""
        return np.repeat(figures, self.lengths, axis=1)


def sentences_of(maps_a: Maps, maps_b: Maps, causal: bool) -> Iterator[Rows]:
    """The rows of each sentence."""
    for number, (map_a, map_b) in enumerate(zip(maps_a, maps_b, strict=True)):
        shape = map_a.shape[1:]
        if 0 in shape:
            continue
        valid = np.ones(shape, dtype=np.bool_)
        if causal:
            valid = np.tril(valid)
        cells_a, cells_b = map_a[:, valid], map_b[:, valid]
        _check_weights(cells_a, f"maps_a[{number}]")
        _check_weights(cells_b, f"maps_b[{number}]")
        cells = np.concatenate([cells_a, cells_b], dtype=np.float64)
        yield Rows(cells, valid.sum(axis=1))


def standardised(rows: Rows) -> tuple[Array, Array]:
    """Each row with mean 0 and sample variance 1, 0 where it does not vary; and 1 where it does,
    else 0; `[heads, cells]` and `[heads, rows]`.

    The product of two rows of n cells is n − 1 times their correlation.
    """
    means = rows.sums(rows.cells) / rows.lengths
    centred = rows.cells - rows.spread(means)
    squares = rows.sums(centred * centred)
    varies = squares > DEAD**2 * (squares + rows.lengths * means**2)
    deviations = np.sqrt(squares)
    norms = np.broadcast_to(np.sqrt(rows.lengths - 1), deviations.shape)
    scales = np.divide(norms, deviations, out=np.zeros_like(deviations), where=varies)
    centred *= rows.spread(scales)
    return centred, varies.astype(np.float64)


def distributions(rows: Rows) -> Array:
    """The cells, each row with sum 1. Raises `ValueError` for a row of zeros."""
    sums = rows.sums(rows.cells)
    if not sums.all():
        raise ValueError(
            "a query whose attention weights are all 0 has no divergence; leave it out"
        )
    return rows.cells / rows.spread(sums)


def _check_weights(cells: NDArray[np.floating], name: str) -> None:
    if not (cells.min() >= 0 and cells.max() < np.inf):  # false for NaN, too
        raise ValueError(
            f"{name}: attention weights must be finite and not negative; give the probabilities, "
            "not the scores"
        )


def check_shapes(maps_a: Maps, maps_b: Maps) -> tuple[int, int]:
    """The number of heads of a and of b. Raises `ValueError` for maps that do not fit."""
    if len(maps_a) != len(maps_b):
        raise ValueError(
            f"attention of {len(maps_a)} sentences and of {len(maps_b)}; both must see the same"
        )
    for name, maps in (("maps_a", maps_a), ("maps_b", maps_b)):
        for number, weights in enumerate(maps):
            if weights.ndim != 3 or len(weights) != len(maps[0]) or not len(weights):
                raise ValueError(
                    f"{name}[{number}]: shape {weights.shape}, expected [heads, query, key] with "
                    "the same heads in every sentence"
                )
    for number, (map_a, map_b) in enumerate(zip(maps_a, maps_b, strict=True)):
        if map_a.shape[1:] != map_b.shape[1:]:
            raise ValueError(
                f"sentence {number}: {map_a.shape[1:]} queries and keys in maps_a, "
                f"{map_b.shape[1:]} in maps_b; both must see the same tokens"
            )
    if not any(weights[0].size for weights in maps_a):
        raise ValueError("no rows of attention to compare; give a sentence with tokens")
    return len(maps_a[0]), len(maps_b[0])
