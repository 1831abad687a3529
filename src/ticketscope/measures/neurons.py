"""Neurons of one network found again in another, and how far information sits in single ones."""

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.similarity import Similarity


def num_kept(matched: NDArray[np.intp]) -> int:
    """How many neurons of a are matched by the neuron of b in the same place; dead ones by none."""
    return int(np.count_nonzero(matched == np.arange(len(matched))))


def localization(similarity: Similarity) -> float:
    """How far what a shares with b sits in neurons: maxcorr − SVCCA (measures.md: its mean over
    other networks)."""
    return similarity.values["maxcorr"] - similarity.values["svcca"]
