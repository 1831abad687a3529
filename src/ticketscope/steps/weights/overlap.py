"""How the masks of two networks overlap.

Kept beside the figures of weights, not made with the table, because it reads every mask many times:
seconds per network in a model of 200 million weights.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures import weights as measures
from ticketscope.networks.network import Network
from ticketscope.steps.weights.measure import WHOLE, Figures, alike, is_matrix


def measure(network: Network, others: Sequence[Network]) -> dict[str, Any]:
    """How the mask of one network overlaps those of others."""
    kept = _kept(network)
    return {str(other.label): _overlaps(kept, _kept(other)) for other in others}


def _kept(network: Network) -> dict[str, NDArray[np.bool_]]:
    """By its mask; that others pruned, and have no mask of, are the zeros that are there."""
    return {name: kept.numpy() for name, kept in network.kept.kept.items()}


def _overlaps(
    ours: Mapping[str, NDArray[np.bool_]], theirs: Mapping[str, NDArray[np.bool_]]
) -> dict[str, Figures]:
    """Of the whole masks, biases included, where all tensors have the same names and shapes, and of
    each weight matrix that both have in one shape."""

    def between(names: Sequence[str]) -> Figures:
        overlap = measures.overlap([ours[name] for name in names], [theirs[name] for name in names])
        return {"mask_jaccard": overlap.jaccard, "mask_jaccard_chance": overlap.by_chance}

    of_both = alike(ours, theirs)
    matrices = [name for name in of_both if is_matrix(name)]
    return {
        **(
            {WHOLE: between(list(ours))} if len(of_both) == len(ours.keys() | theirs.keys()) else {}
        ),
        **{name: between([name]) for name in matrices},
    }
