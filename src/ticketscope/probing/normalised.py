"""Features of unequal scale made alike, so that none counts for more because it is larger."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from ticketscope.probing.items import Items

_CONSTANT = 1e-6  # of the mean: a smaller deviation is the rounding of a constant

_CHUNK_ROWS = 16_384  # so that there is never a second copy of a layer in float64


def standardise_(features: Tensor, train: Items) -> None:
    """Give each neuron of `[layers, rows, d]` mean 0 and deviation 1 over the words of `train`.

    In place, since features may take most of the memory. A word counts once, however many items it
    is in. A neuron that is constant over these words is 0 everywhere. The result does not depend on
    the scale of a neuron, nor on a number added to it, but for rounding; powers of two change no
    bit. In a pair x∘y is the product of two standardised vectors, so it depends on neither.
    """
    used = [rows for rows in (train.first, train.second) if rows is not None]
    rows = torch.from_numpy(np.unique(np.concatenate(used)))
    for vectors in features:
        chunks = torch.split(rows, _CHUNK_ROWS)
        mean = _total(vectors[chunk].double() for chunk in chunks) / len(rows)
        squares = _total((vectors[chunk].double() - mean).square() for chunk in chunks)
        deviation = (squares / len(rows)).sqrt()
        is_constant = deviation <= _CONSTANT * mean.abs()
        vectors.sub_(mean.float())
        vectors.mul_((1 / deviation).masked_fill(is_constant, 0.0).float())


def _total(parts: Iterable[Tensor]) -> Tensor:
    """The sum over all rows of all parts."""
    return torch.stack([part.sum(0) for part in parts]).sum(0)
