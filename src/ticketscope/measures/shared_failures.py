"""Whether networks fail on the same sentences more often than chance has it.

Each of several networks fails on some of the same sentences. Were their failures independent, so
that each network's would lie on any sentences just as well, the number of sentences on which all
fail would have a distribution that follows from how many each fails on: that of the overlap of
random subsets of given sizes. It is computed and not simulated.

Sentences are not alike, and networks may fail together only because some are long. Within strata of
like sentences the same can be asked of each stratum, and the numbers add.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.estimate import Estimate

_NEGLIGIBLE = 1e-15
_TAIL = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance(Estimate):
    """The share of sentences on which all would fail by chance: its mean, and the range in which it
    lies in 95 % of cases; p is the probability of as many as there are or more."""

    p: float


def by_chance(failed: NDArray[np.bool_], strata: NDArray[np.int64] | None = None) -> Chance:
    """What independent failures of networks ``[num_networks, num_sentences]`` would give.

    strata: of each sentence the stratum within which failures are independent; None: all are alike.

    Raises `ValueError` for fewer than two networks or no sentence.
    """
    num_networks, num_sentences = failed.shape
    if num_networks < 2 or not num_sentences:
        raise ValueError("by_chance: needs two networks and a sentence")
    groups = np.zeros(num_sentences, dtype=np.int64) if strata is None else strata
    numbers = np.ones(1)  # probability of each number of sentences on which all fail
    mean = 0.0
    for group in np.unique(groups):
        of_group = failed[:, groups == group]
        num, counts = of_group.shape[1], of_group.sum(axis=1)
        mean += num * float(np.prod(counts / num))
        numbers = np.convolve(numbers, overlap(num, counts.tolist()))
    observed = int(failed.all(axis=0).sum())
    up_to = np.cumsum(numbers)
    lower, upper = (int(np.searchsorted(up_to, at)) for at in (_TAIL, 1 - _TAIL))
    return Chance(
        mean / num_sentences,
        lower / num_sentences,
        upper / num_sentences,
        p=float(min(numbers[observed:].sum(), 1.0)),
    )


def overlap(num: int, sizes: Sequence[int]) -> NDArray[np.float64]:
    """The probability of each size of the overlap of random subsets of `num` things, which have
    these sizes: from 0 to the least of them."""
    from scipy.stats import hypergeom

    in_order = sorted(sizes)
    found = np.zeros(in_order[0] + 1)
    found[-1] = 1.0
    for size in in_order[1:]:
        before = np.flatnonzero(found > _NEGLIGIBLE)
        after = np.arange(len(found))
        steps = hypergeom.pmf(after[None, :], num, before[:, None], size)
        found = found[before] @ steps
    return np.asarray(found / found.sum())
