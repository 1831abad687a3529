"""Neurons of one network found again in another, and how far information sits in single ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.similarity import Similarity


def num_kept(matched: NDArray[np.intp]) -> int:
    """How many neurons of a are matched by the neuron of b in the same place."""
    return num_agreeing(matched, np.arange(len(matched)))


def num_agreeing(matched: NDArray[np.intp], other: NDArray[np.intp]) -> int:
    """How many neurons have the same match in two comparisons, both `[d_a]`; dead ones have none.

    The comparisons are those of networks with the same neurons, say of two levels, to one network.
    """
    assert matched.shape == other.shape
    return int(np.count_nonzero((matched == other) & (matched >= 0)))


def localization(similarities: Sequence[Similarity]) -> float:
    """How far information sits in neurons: the mean of maxcorr − SVCCA of a to other networks."""
    differences = [each.values["maxcorr"] - each.values["svcca"] for each in similarities]
    return float(np.mean(differences))
