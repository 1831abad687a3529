"""Whether probabilities are what they say: of what is said with 80 % confidence, 80 % is right.

Predictions are put into bins of their confidence. The expected calibration error (Guo et al. 2017)
is the mean of how far confidence and accuracy of a bin are apart, weighted by its predictions. It
is above 0 even of a network that is perfectly calibrated, since the accuracy of few predictions
strays by chance: `errors_by_chance` says how far it is then (Bröcker and Smith 2007), and
`squared_error` is an error without that bias (Kumar, Liang and Ma 2019).

Predictions of one sentence hang together, so what is resampled are sentences. All that is needed of
them are the sums of every bin.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import with_percentiles

Floats = NDArray[np.float64]
NUM, CONFIDENCE, RIGHT = range(3)
"""The first sums of a bin: of predictions, of their confidence, and of how many are right."""
_CELLS: Final = 1 << 22
"""Draws in memory together."""


def equal_width(num_bins: int) -> Floats:
    """Inner edges of bins of one width, ``[num_bins − 1]``; the last bin ends with 1."""
    return np.linspace(0.0, 1.0, num_bins + 1)[1:-1]


def adaptive(confidence: Floats, num_bins: int) -> Floats:
    """Inner edges of bins with as many predictions each (Nguyen and O'Connor 2015), which are fewer
    where confidences are equal."""
    return np.unique(np.quantile(confidence, np.arange(1, num_bins) / num_bins))


def binned(
    confidence: Floats, is_right: NDArray[np.bool_], num: ArrayLike, edges: Floats
) -> Floats:
    """The sums of every sentence and bin, ``[num_sentences, 7, num_bins]``: predictions, their
    confidence, how many are right; and what tells how far sentences differ in this.

    `confidence` and `is_right` are of every prediction, sentence after sentence, of which each has
    `num`. A confidence that is an edge is in the bin below it.
    """
    num = np.asarray(num)
    num_bins, num_sentences = len(edges) + 1, len(num)
    bins = np.searchsorted(edges, confidence)
    places = np.repeat(np.arange(num_sentences), num) * num_bins + bins
    size = num_sentences * num_bins
    of_bins, trust, right = (
        np.bincount(places, weights, size).reshape(-1, num_bins).astype(np.float64)
        for weights in (None, confidence, is_right.astype(np.float64))
    )
    gap = trust - right
    others = (gap**2, gap * of_bins, of_bins**2, of_bins > 0)
    return np.stack([of_bins, trust, right, *others], axis=1).astype(np.float64)


def expected_error(sums: Floats) -> Floats:
    """The expected calibration error of sums ``[..., 3, num_bins]``, ``[...]``."""
    gaps = np.abs(sums[..., CONFIDENCE, :] - sums[..., RIGHT, :])
    return np.asarray(gaps.sum(-1) / sums[..., NUM, :].sum(-1))


def errors_by_chance(confidence: Floats, edges: Floats, draws: int, seed: int) -> Floats:
    """The expected calibration errors of a perfectly calibrated network with these confidences:
    each prediction is right with just its probability, ``[draws]``."""
    in_order = np.sort(confidence)
    starts = np.unique(np.searchsorted(in_order, [0.0, *edges], side="right"))
    starts = starts[starts < len(in_order)]
    generator = np.random.default_rng(seed)
    found = []
    rows = max(1, _CELLS // len(in_order))
    for start, end in pairwise([*range(0, draws, rows), draws]):
        right = generator.random((end - start, len(in_order))) < in_order
        gaps = np.add.reduceat(right - in_order, starts, axis=1)
        found.append(np.abs(gaps).sum(1) / len(in_order))
    return np.concatenate(found)


def squared_error(sums: Floats, times: float = 1.0) -> Floats:
    """The mean square of the gaps of bins, less what chance adds to it, ``[...]``: it may be below
    0.

    The variance of a gap is that over sentences, of a ratio of sums. It is taken off so many
    `times`: of a resample, which strays from a sample that has strayed, twice. A bin of one
    sentence tells nothing.
    """
    of_bins, trust, right, squares, products, sizes, num_sentences = np.moveaxis(sums, -2, 0)
    num = np.maximum(of_bins, 1.0)
    gaps = (trust - right) / num
    rests = np.maximum(squares - 2 * gaps * products + gaps**2 * sizes, 0.0)
    variance = rests / num**2 * num_sentences / np.maximum(num_sentences - 1, 1.0)
    beyond = np.where(num_sentences > 1, gaps**2 - times * variance, 0.0)
    return np.asarray((of_bins * beyond).sum(-1) / of_bins.sum(-1))


def root_of_squared(sums: Floats, resampled: Floats) -> Estimate:
    """The root of `squared_error`, 0 where that is below; with its interval over sentences.

    sums: of all sentences, ``[7, num_bins]``; resampled: ``[num_resamples, 7, num_bins]``.
    """
    whole = with_percentiles(float(squared_error(sums)), squared_error(resampled, times=2.0))
    assert whole.lower is not None
    assert whole.upper is not None
    value = max(whole.value, 0.0)
    ends = (max(min(whole.lower, value), 0.0), max(whole.upper, value))
    return Estimate(float(np.sqrt(value)), *(float(np.sqrt(end)) for end in ends))


def around(value: float, resampled: Floats) -> Estimate:
    """A figure that chance makes larger, with the spread of its resamples around it: these are
    larger still, by about as much."""
    return with_percentiles(value, resampled - resampled.mean() + value)
