"""How similar layers are, from their heads; and which head of another network each one matches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.moments import Array

_TIE = 1e-9  # heads whose similarities differ by less are equal, and the first is the match


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


def by_layer(similarities: Array, num_heads: int, num_heads_b: int | None = None) -> Array:
    """Similarities of stacked heads `[A, B]` as `[layers_a, layers_b, heads_a, heads_b]`; a layer
    of b has as many heads as one of a unless `num_heads_b` says how many."""
    num_a, num_b = similarities.shape
    heads_b = num_heads_b or num_heads
    assert num_a % num_heads == num_b % heads_b == 0
    blocks = similarities.reshape(num_a // num_heads, num_heads, num_b // heads_b, heads_b)
    return blocks.transpose(0, 2, 1, 3)


def similarity_of_layers(
    similarities: Array, num_heads: int, num_heads_b: int | None = None
) -> Array:
    """How similar each layer of a is to each of b, `[layers_a, layers_b]`; not symmetric.

    The mean over the heads of the layer of a of the largest similarity to a head of that of b.
    """
    return np.asarray(by_layer(similarities, num_heads, num_heads_b).max(axis=3).mean(axis=2))


def best_heads(similarities: Array) -> Matches:
    """For each head of a the most similar head of b, the first of equal ones; `[A, B]`."""
    largest = similarities.max(axis=1)
    first = (similarities >= largest[:, None] - _TIE).argmax(axis=1)
    return Matches(largest, np.where(similarities.any(axis=1), first, -1))


def assigned(similarities: Array) -> Matches:
    """The one-to-one assignment of heads with the largest sum (Kuhn 1955): as many pairs as the
    layer with fewer heads has heads."""
    from scipy.optimize import linear_sum_assignment  # slow to import

    heads_a, heads_b = linear_sum_assignment(similarities, maximize=True)
    return Matches(similarities[heads_a, heads_b], heads_b)
