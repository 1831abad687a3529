"""Neurons of one network found again in another, and how far information sits in single ones."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.similarity import Similarity

MOST_STRONGEST: Final = 256
"""So many of the neurons that correlate most are looked at (Movva and Zhao 2020), or all of a
narrower network."""


@dataclass(frozen=True, slots=True)
class Rank:
    """The neuron of a whose match in b is the `rank`-th strongest: its |correlation| with it, and
    how many of the neurons up to it are matched by the one in the same place."""

    rank: int
    correlation: float
    num_matched: int


def num_kept(matched: NDArray[np.intp]) -> int:
    """How many neurons of a are matched by the neuron of b in the same place; dead ones by none."""
    return int(np.count_nonzero(_in_place(matched)))


def strongest(similarity: Similarity) -> list[Rank]:
    """The strongest matches at the ranks 1, 2, 4, … and at `MOST_STRONGEST`, or at the last neuron
    where there are fewer."""
    order = np.argsort(-similarity.strengths, kind="stable")[:MOST_STRONGEST]
    num_matched = np.cumsum(_in_place(similarity.matched)[order])
    ranks = [2**power for power in range(len(order).bit_length()) if 2**power < len(order)]
    return [
        Rank(rank, float(similarity.strengths[order[rank - 1]]), int(num_matched[rank - 1]))
        for rank in (*ranks, len(order))
    ]


def localization(similarity: Similarity) -> float:
    """How far what a shares with b sits in neurons: maxcorr − SVCCA (measures.md: its mean over
    other networks)."""
    return similarity.values["maxcorr"] - similarity.values["svcca"]


def _in_place(matched: NDArray[np.intp]) -> NDArray[np.bool]:
    return np.equal(matched, np.arange(len(matched)))
