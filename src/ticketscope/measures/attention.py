"""Similarity of attention heads: what two sets of heads have in common on the same sentences.

Heads are compared row by row, a row being how one query spreads its weight over its valid keys:
Pearson's correlation and the Jensen-Shannon divergence (Lin 1991) of every head with every head.
Linear CKA (Kornblith et al. 2019) compares whole layers, with heads for features and (query, key)
cells for samples.

Nothing here knows layers but the functions that take a number of heads: stack the heads of all
layers into one axis, and one product over the cells gives all correlations of two networks,
another every CKA. The sums of blocks of sentences add up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.moments import Array

Maps = Sequence[NDArray[np.floating]]
"""Attention weights, one array `[heads, query, key]` per sentence."""
Measure = Literal["pearson", "jensen_shannon"]

_DEAD = 1e-6  # of the norm: rounding of float32 makes equal weights differ by less
_TINY = np.finfo(np.float64).tiny  # a logarithm of 0 must be finite to be multiplied by 0
_TIE = 1e-9  # heads whose similarities differ by less are equal, and the first is the match


# --------------------------------------------------------------------------------- one number


def attention_similarity(
    maps_a: Maps, maps_b: Maps, *, measure: Measure, causal: bool = False
) -> Array:
    """The similarity of every head of a to every head of b, `[heads_a, heads_b]`.

    `maps_a` and `maps_b` hold the attention weights of the same sentences, `[heads, query, key]`
    each, without padding; with `causal`, keys beyond the query's own position are left out whatever
    they hold. `pearson` is the mean correlation of two rows, in [-1, 1]; `jensen_shannon` is 1
    minus the mean divergence of two rows in bits, in [0, 1]. Raises `ValueError` for other input.
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

    `correlations` `[A, B]` is the sum over rows of the correlation of two heads, `num_used`
    `[A, B]` the number of rows in which both vary, `num_rows` that of all rows. Over the
    `num_cells` cells, `weights` `[A + B]` are the sums of the weights of all these heads and
    `products` `[A + B, A + B]` those of their products.
    """

    correlations: Array
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
            num_used=self.num_used + other.num_used,
            num_rows=self.num_rows + other.num_rows,
            num_cells=self.num_cells + other.num_cells,
            weights=self.weights + other.weights,
            products=self.products + other.products,
        )


@dataclass(frozen=True, eq=False)
class DivergenceSums:
    """The sum over `num_rows` rows of the Jensen-Shannon divergence of heads, `[A, B]`, in nats."""

    divergences: Array
    num_rows: int

    def __add__(self, other: "DivergenceSums") -> "DivergenceSums":
        """The sums over both sets of sentences."""
        assert self.divergences.shape == other.divergences.shape
        return DivergenceSums(
            divergences=self.divergences + other.divergences,
            num_rows=self.num_rows + other.num_rows,
        )


def head_sums(maps_a: Maps, maps_b: Maps, *, causal: bool) -> HeadSums:
    """What Pearson's correlation and CKA need of some sentences; input as above."""
    num_a, num_b = _check_shapes(maps_a, maps_b)
    correlations = np.zeros((num_a, num_b))
    num_used = np.zeros((num_a, num_b))
    num_rows = num_cells = 0
    weights = np.zeros(num_a + num_b)
    products = np.zeros((num_a + num_b, num_a + num_b))
    for rows in _sentences(maps_a, maps_b, causal):
        standard, varies = _standardised(rows)
        correlations += standard[:num_a] @ standard[num_a:].T
        num_used += varies[:num_a] @ varies[num_a:].T
        num_rows += len(rows.lengths)
        # Weights are not negative and mostly near 1 / keys, so their spread is of the order of
        # their mean, and moments about 0 lose no digits in float64.
        num_cells += rows.cells.shape[1]
        weights += rows.cells.sum(axis=1)
        products += rows.cells @ rows.cells.T
    return HeadSums(
        correlations=correlations,
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
    are summed over all cells at once.
    """
    num_a, num_b = _check_shapes(maps_a, maps_b)
    divergences = np.zeros((num_a, num_b))
    num_rows = 0
    for rows in _sentences(maps_a, maps_b, causal):
        distributions = _distributions(rows)
        cells_a, cells_b = distributions[:num_a], distributions[num_a:]
        own = _negative_entropies(distributions, np.empty_like(distributions))
        mixed, logarithms = np.empty_like(cells_b), np.empty_like(cells_b)
        for head, cells in enumerate(cells_a):
            np.add(cells, cells_b, out=mixed)
            mixed *= 0.5
            of_mixed = _negative_entropies(mixed, logarithms)
            divergences[head] += 0.5 * (own[head] + own[num_a:]) - of_mixed
        num_rows += len(rows.lengths)
    return DivergenceSums(divergences, num_rows)


# --------------------------------------------------------------------------- measures of sums


def pearson(sums: HeadSums) -> Array:
    """The mean correlation of rows in which both heads vary, 0 where there is none, `[A, B]`."""
    return np.asarray(np.clip(sums.correlations / np.maximum(sums.num_used, 1), -1.0, 1.0))


def jensen_shannon(sums: DivergenceSums) -> Array:
    """1 minus the mean Jensen-Shannon divergence of rows in bits, `[A, B]`."""
    return np.asarray(np.clip(1 - sums.divergences / sums.num_rows / np.log(2), 0.0, 1.0))


def layer_cka(sums: HeadSums, num_heads: int) -> Array:
    """Linear CKA of every layer of a with every layer of b, `[layers_a, layers_b]`.

    Heads are stacked layer by layer, `num_heads` each. 0 for a layer whose weights are the same in
    all cells.
    """
    return _cka_of_groups(sums, num_heads, num_heads)


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
    varies = np.diagonal(covariances) > _DEAD**2 * np.diagonal(products)
    return np.where(varies[:, None] & varies, covariances, 0.0)


def _overlaps(covariances: Array, size_a: int, size_b: int) -> Array:
    """The squared Frobenius norm of each block `[size_a, size_b]`."""
    num_a, num_b = covariances.shape
    blocks = covariances.reshape(num_a // size_a, size_a, num_b // size_b, size_b)
    return np.asarray(np.sum(blocks**2, axis=(1, 3)))


# ---------------------------------------------------------------- from pairs of heads to layers


@dataclass(frozen=True, eq=False)
class Matches:
    """For each head of a its match in b: `similarities` to it and the numbers of those `heads`.

    The number is -1 for a head that has a row to compare with none of them.
    """

    similarities: Array
    heads: NDArray[np.intp]

    @property
    def mean(self) -> float:
        """The mean similarity of the matches."""
        return float(self.similarities.mean())

    @property
    def share_in_place(self) -> float:
        """The share of the heads of a whose match has the same number."""
        return float(np.mean(self.heads == np.arange(len(self.heads))))


def by_layer(similarities: Array, num_heads: int) -> Array:
    """Similarities of stacked heads `[A, B]` as `[layers_a, layers_b, num_heads, num_heads]`."""
    num_a, num_b = similarities.shape
    assert num_a % num_heads == num_b % num_heads == 0
    blocks = similarities.reshape(num_a // num_heads, num_heads, num_b // num_heads, num_heads)
    return blocks.transpose(0, 2, 1, 3)


def similarity_of_layers(similarities: Array, num_heads: int) -> Array:
    """How similar each layer of a is to each of b, `[layers_a, layers_b]`; not symmetric.

    The mean over the heads of the layer of a of the largest similarity to a head of that of b.
    """
    return np.asarray(by_layer(similarities, num_heads).max(axis=3).mean(axis=2))


def best_heads(similarities: Array) -> Matches:
    """For each head of a the most similar head of b, the first of equal ones; `[A, B]`."""
    largest = similarities.max(axis=1)
    first = (similarities >= largest[:, None] - _TIE).argmax(axis=1)
    return Matches(largest, np.where(similarities.any(axis=1), first, -1))


def assigned(similarities: Array) -> Matches:
    """The one-to-one assignment of heads with the largest sum (Kuhn 1955); a square matrix."""
    from scipy.optimize import linear_sum_assignment  # slow to import

    assert similarities.shape[0] == similarities.shape[1]
    heads_a, heads_b = linear_sum_assignment(similarities, maximize=True)
    return Matches(similarities[heads_a, heads_b], heads_b)


# ---------------------------------------------------------------------------- rows of sentences


@dataclass(frozen=True, eq=False)
class _Rows:
    """The valid cells of one sentence, `[A + B, cells]`, row after row of these `lengths`.

    The heads of a go first, then those of b.
    """

    cells: Array
    lengths: NDArray[np.intp]

    def sums(self, cells: Array) -> Array:
        """Sums over each row of such cells, `[heads, rows]`."""
        starts = np.cumsum(self.lengths) - self.lengths
        return np.add.reduceat(cells, starts, axis=1)

    def spread(self, figures: Array) -> Array:
        """A figure for each row, `[heads, rows]`, at each of its cells."""
        return np.repeat(figures, self.lengths, axis=1)


def _sentences(maps_a: Maps, maps_b: Maps, causal: bool) -> Iterator[_Rows]:
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
        yield _Rows(cells, valid.sum(axis=1))


def _standardised(rows: _Rows) -> tuple[Array, Array]:
    """Each row centred and of norm 1, 0 where it does not vary; and 1 where it does, else 0.

    `[heads, cells]` and `[heads, rows]`.
    """
    means = rows.sums(rows.cells) / rows.lengths
    centred = rows.cells - rows.spread(means)
    squares = rows.sums(centred * centred)
    varies = squares > _DEAD**2 * (squares + rows.lengths * means**2)
    deviations = np.sqrt(squares)
    scales = np.divide(1.0, deviations, out=np.zeros_like(deviations), where=varies)
    centred *= rows.spread(scales)
    return centred, varies.astype(np.float64)


def _distributions(rows: _Rows) -> Array:
    """The cells, each row with sum 1."""
    sums = rows.sums(rows.cells)
    if not sums.all():
        raise ValueError(
            "a query whose attention weights are all 0 has no divergence; leave it out"
        )
    return rows.cells / rows.spread(sums)


def _negative_entropies(cells: Array, logarithms: Array) -> Array:
    """Σ p ln p over all cells of each head; `logarithms` is room for as many numbers."""
    np.maximum(cells, _TINY, out=logarithms)
    np.log(logarithms, out=logarithms)
    return np.asarray(np.vecdot(cells, logarithms))


def _check_weights(cells: NDArray[np.floating], name: str) -> None:
    if not (cells.min() >= 0 and cells.max() < np.inf):  # false for NaN, too
        raise ValueError(
            f"{name}: attention weights must be finite and not negative; give the probabilities, "
            "not the scores"
        )


def _check_shapes(maps_a: Maps, maps_b: Maps) -> tuple[int, int]:
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
