"""Similarity of attention heads: what two sets of heads have in common on the same sentences.

Heads are compared row by row, a row being how one query spreads its weight over its valid keys:
Pearson's correlation and the Jensen-Shannon divergence (Lin 1991) of every head with every head.
A row of one valid key is left out of both: all heads agree there. Two rows of two keys correlate by
1 or −1 whatever they are, and of unrelated rows of n keys the correlation has the variance
1 / (n − 1); so a row weighs n − 1 in the mean of Pearson's. Linear CKA (Kornblith et al. 2019)
compares whole layers, with heads for features and (query, key) cells for samples.

Nothing here knows layers but the functions that take a number of heads: stack the heads of all
layers into one axis, and one product over the cells gives all correlations of two networks,
another every CKA. The sums of blocks of sentences add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.attention_rows import (
    DEAD,
    Maps,
    check_shapes,
    distributions,
    sentences_of,
    standardised,
)
from ticketscope.measures.moments import Array

Measure = Literal["pearson", "jensen_shannon"]

_TINY = np.finfo(np.float64).tiny  # a logarithm of 0 must be finite to be multiplied by 0


# --------------------------------------------------------------------------------- one number


def attention_similarity(
    maps_a: Maps, maps_b: Maps, *, measure: Measure, causal: bool = False
) -> Array:
    """The similarity of every head of a to every head of b, `[heads_a, heads_b]`.

    `maps_a` and `maps_b` hold the attention weights of the same sentences, `[heads, query, key]`
    each, without padding; with `causal`, keys beyond the query's own position are left out whatever
    they hold. `pearson` is the mean correlation of two rows, each with its number of keys less one
    for weight, in [-1, 1]; `jensen_shannon` is 1 minus the mean divergence of two rows in bits, in
    [0, 1]. Rows of one valid key count in neither; without any other the similarity is 0. Raises
    `ValueError` for other input.
    """
    if measure not in get_args(Measure):
        known = ", ".join(get_args(Measure))
        raise ValueError(f"no measure of attention is called {measure!r}; there are {known}")
    if measure == "pearson":
        return pearson(head_sums(maps_a, maps_b, causal=causal))
    return jensen_shannon(divergence_sums(maps_a, maps_b, causal=causal))


def attention_cka(maps_a: Maps, maps_b: Maps, *, causal: bool = False) -> float:
    """Linear CKA of all heads of a with all heads of b, in [0, 1]; input as above."""
    sums = head_sums(maps_a, maps_b, causal=causal)
    num_heads_a, num_heads_b = sums.correlations.shape
    return float(_cka_of_groups(sums, num_heads_a, num_heads_b)[0, 0])


# ------------------------------------------------------------------------------ sums over rows


class Sums(Protocol):
    """Sums over sentences, which add up."""

    def __add__(self, other: Self, /) -> Self:
        """The sums over both sets of sentences."""


SumsT = TypeVar("SumsT", bound=Sums)


def total(blocks: Sequence[SumsT]) -> SumsT:
    """The sums over all of one or more blocks of sentences."""
    whole = blocks[0]
    for block in blocks[1:]:
        whole = whole + block
    return whole


@dataclass(frozen=True, eq=False)
class HeadSums:
    """What Pearson's correlation and CKA need of A heads and B heads.

    `correlations` `[A, B]` is the sum over rows of the correlation of two heads times the row's
    weight, its number of valid keys less one. Of the rows in which both heads vary, `row_weights`
    `[A, B]` is the sum of these weights and `num_used` `[A, B]` the number; `num_rows` is that of
    all rows. Over the `num_cells` cells, `weights` `[A + B]` are the sums of the weights of all
    these heads and `products` `[A + B, A + B]` those of their products.
    """

    correlations: Array
    row_weights: NDArray[np.int64]
    num_used: NDArray[np.int64]
    num_rows: int
    num_cells: int
    weights: Array
    products: Array

    @property
    def num_left_out(self) -> NDArray[np.int64]:
        """Rows with one valid key, or no variance in either head, `[A, B]`."""
        return self.num_rows - self.num_used

    def __add__(self, other: "HeadSums") -> "HeadSums":
        """The sums over both sets of sentences."""
        assert self.correlations.shape == other.correlations.shape
        return HeadSums(
            correlations=self.correlations + other.correlations,
            row_weights=self.row_weights + other.row_weights,
            num_used=self.num_used + other.num_used,
            num_rows=self.num_rows + other.num_rows,
            num_cells=self.num_cells + other.num_cells,
            weights=self.weights + other.weights,
            products=self.products + other.products,
        )


@dataclass(frozen=True, eq=False)
class DivergenceSums:
    """The sum over rows of the Jensen-Shannon divergence of heads, `[A, B]`, in nats.

    `num_used` is the number of rows with two valid keys or more, which alone count, `num_rows` that
    of all rows.
    """

    divergences: Array
    num_used: int
    num_rows: int

    def __add__(self, other: "DivergenceSums") -> "DivergenceSums":
        """The sums over both sets of sentences."""
        assert self.divergences.shape == other.divergences.shape
        return DivergenceSums(
            divergences=self.divergences + other.divergences,
            num_used=self.num_used + other.num_used,
            num_rows=self.num_rows + other.num_rows,
        )


def head_sums(maps_a: Maps, maps_b: Maps, *, causal: bool) -> HeadSums:
    """What Pearson's correlation and CKA need of some sentences; input as above."""
    num_a, num_b = check_shapes(maps_a, maps_b)
    correlations = np.zeros((num_a, num_b))
    row_weights, num_used = np.zeros((num_a, num_b)), np.zeros((num_a, num_b))
    num_rows = num_cells = 0
    weights = np.zeros(num_a + num_b)
    products = np.zeros((num_a + num_b, num_a + num_b))
    for rows in sentences_of(maps_a, maps_b, causal):
        standard, varies = standardised(rows)
        correlations += standard[:num_a] @ standard[num_a:].T
        row_weights += (varies[:num_a] * (rows.lengths - 1)) @ varies[num_a:].T
        num_used += varies[:num_a] @ varies[num_a:].T
        num_rows += len(rows.lengths)
        # Weights are not negative and mostly near 1 / keys, so their spread is of the order of
        # their mean, and moments about 0 lose no digits in float64.
        num_cells += rows.cells.shape[1]
        weights += rows.cells.sum(axis=1)
        products += rows.cells @ rows.cells.T
    return HeadSums(
        correlations=correlations,
        row_weights=np.rint(row_weights).astype(np.int64),
        num_used=np.rint(num_used).astype(np.int64),
        num_rows=num_rows,
        num_cells=num_cells,
        weights=weights,
        products=products,
    )


def divergence_sums(maps_a: Maps, maps_b: Maps, *, causal: bool) -> DivergenceSums:
    """What the Jensen-Shannon divergence needs of some sentences; input as above.

    Each row is taken over its sum. JSD(p, q) is the entropy of (p + q) / 2 less the mean of those
    of p and q, and only the former belongs to a pair; it is computed for one head of a and all of
    b at a time, which takes as much memory as one sentence of b. Rows add up, so that entropies
    are summed over all cells at once. Heads compared with themselves are the same both ways.
    """
    num_a, num_b = check_shapes(maps_a, maps_b)
    with_itself = maps_a is maps_b
    divergences = np.zeros((num_a, num_b))
    num_used = num_rows = 0
    for all_rows in sentences_of(maps_a, maps_b, causal):
        num_rows += len(all_rows.lengths)
        rows = all_rows.with_a_choice()
        num_used += len(rows.lengths)
        if not len(rows.lengths):
            continue
        cells = distributions(rows)
        has_zeros = bool(cells.min() < 4 * _TINY)
        own = _negative_entropies(cells, np.empty_like(cells), has_zeros)
        cells *= 0.5
        cells_a, cells_b = cells[:num_a], cells[num_a:]
        mixed, logarithms = np.empty_like(cells_b), np.empty_like(cells_b)
        for head, of_head in enumerate(cells_a):
            first = head if with_itself else 0
            np.add(of_head, cells_b[first:], out=mixed[first:])
            of_mixed = _negative_entropies(mixed[first:], logarithms[first:], has_zeros)
            divergences[head, first:] += 0.5 * (own[head] + own[num_a + first :]) - of_mixed
    if with_itself:
        divergences = np.triu(divergences) + np.triu(divergences, 1).T
    return DivergenceSums(divergences, num_used, num_rows)


# --------------------------------------------------------------------------- measures of sums


def pearson(sums: HeadSums) -> Array:
    """The mean correlation of rows in which both heads vary, 0 where there is none, `[A, B]`; a row
    of n valid keys weighs n − 1."""
    return np.asarray(np.clip(sums.correlations / np.maximum(sums.row_weights, 1), -1.0, 1.0))


def jensen_shannon(sums: DivergenceSums) -> Array:
    """1 minus the mean Jensen-Shannon divergence in bits of rows with two valid keys or more, 0
    where there is none, `[A, B]`."""
    if not sums.num_used:
        return np.zeros_like(sums.divergences)
    return np.asarray(np.clip(1 - sums.divergences / sums.num_used / np.log(2), 0.0, 1.0))


def layer_cka(sums: HeadSums, num_heads: int, num_heads_b: int | None = None) -> Array:
    """Linear CKA of every layer of a with every layer of b, `[layers_a, layers_b]`.

    Heads are stacked layer by layer, `num_heads` each; `num_heads_b` in b if that differs. 0 for a
    layer whose weights are the same in all cells.
    """
    return _cka_of_groups(sums, num_heads, num_heads_b or num_heads)


def _cka_of_groups(sums: HeadSums, size_a: int, size_b: int) -> Array:
    """CKA of every `size_a` successive heads of a with every `size_b` of b."""
    num_a = len(sums.correlations)
    covariances = _covariances(sums)
    overlaps = _overlaps(covariances[:num_a, num_a:], size_a, size_b)
    own_a = np.diagonal(_overlaps(covariances[:num_a, :num_a], size_a, size_a))
    own_b = np.diagonal(_overlaps(covariances[num_a:, num_a:], size_b, size_b))
    norms = np.sqrt(own_a)[:, None] * np.sqrt(own_b)
    cka = np.divide(overlaps, norms, out=np.zeros_like(overlaps), where=norms > 0)
    return np.asarray(np.minimum(cka, 1.0))


def _covariances(sums: HeadSums) -> Array:
    """Population covariances of all heads over cells, 0 for one that is the same in all cells."""
    means = sums.weights / sums.num_cells
    products = sums.products / sums.num_cells
    covariances = products - np.outer(means, means)
    varies = np.diagonal(covariances) > DEAD**2 * np.diagonal(products)
    return np.where(varies[:, None] & varies, covariances, 0.0)


def _overlaps(covariances: Array, size_a: int, size_b: int) -> Array:
    """The squared Frobenius norm of each block `[size_a, size_b]`."""
    num_a, num_b = covariances.shape
    blocks = covariances.reshape(num_a // size_a, size_a, num_b // size_b, size_b)
    return np.asarray(np.sum(blocks**2, axis=(1, 3)))


def _negative_entropies(cells: Array, logarithms: Array, has_zeros: bool) -> Array:
    """Σ p ln p over all cells of each head; `logarithms` is room for as many numbers."""
    if has_zeros:
        np.maximum(cells, _TINY, out=logarithms)
        np.log(logarithms, out=logarithms)
    else:
        np.log(cells, out=logarithms)
    return np.asarray(np.vecdot(cells, logarithms))
