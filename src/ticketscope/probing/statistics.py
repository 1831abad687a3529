"""Intervals and paired differences of the scores of probes, and correction for many tests.

Sentences are resampled (Koehn 2004): `resample` of `measures.resampling` says how often each
resample holds each sentence, once for a test set, and all tickets, layers and seeds take the same
resamples, which pairs their differences. Everything follows from a `Scored`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ticketscope.annotation.tasks import Metric
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import resampled_sums, with_percentiles
from ticketscope.probing.scores import score


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores, or differences of scores, with what they would be on other draws of sentences.

    `values` is ``[...]``, on the sentences themselves; `resampled` is ``[num_resamples, ...]``.
    """

    values: NDArray[np.float64]
    resampled: NDArray[np.float64]

    def __post_init__(self) -> None:
        assert self.values.shape == self.resampled.shape[1:]


# ----------------------------------------------------------------------------- scores


def bootstrap(
    metric: Metric, statistics: NDArray[np.float64], resamples: NDArray[np.uint16]
) -> Scored:
    """The scores of statistics ``[..., num_sentences, num_statistics]``, leading axes kept.

    `resamples` is ``[num_resamples, num_sentences]``. Raises `ValueError` for another number of
    sentences.
    """
    *leading, num_sentences, num_statistics = statistics.shape
    by_sentence = np.moveaxis(statistics, -2, 0).reshape(num_sentences, -1)
    sums = resampled_sums(by_sentence, resamples)
    return Scored(
        score(metric, statistics.sum(axis=-2)),
        score(metric, sums.reshape(len(resamples), *leading, num_statistics)),
    )


def mean_over_seeds(scored: Scored) -> Scored:
    """The mean over the first axis, the seeds of a probe.

    Seeds are not resampled: the interval is that of the mean of just these probes on other
    sentences, and says nothing of other seeds.
    """
    return Scored(scored.values.mean(axis=0), scored.resampled.mean(axis=1))


def difference(a: Scored, b: Scored) -> Scored:
    """Scores of `a` minus scores of `b`, both on the same resamples of the same sentences."""
    assert a.resampled.shape == b.resampled.shape
    return Scored(a.values - b.values, a.resampled - b.resampled)


# ----------------------------------------------------------------------------- what they are worth


def estimate(scored: Scored) -> Estimate:
    """A single score with its percentile interval (Efron 1979)."""
    return with_percentiles(float(scored.values), scored.resampled)


# ----------------------------------------------------------------------------- many tests


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """p-values adjusted for their number (Holm 1979), in the shape given.

    Calling significant what is then at most alpha errs even once with at most that probability,
    however the tests depend on each other.
    """
    raw = np.asarray(p_values, dtype=np.float64)
    assert ((raw >= 0) & (raw <= 1)).all()
    order = np.argsort(raw, axis=None, kind="stable")
    num_left = np.arange(raw.size, 0, -1)
    adjusted = np.empty(raw.size)
    adjusted[order] = np.maximum.accumulate(np.minimum(raw.ravel()[order] * num_left, 1.0))
    return adjusted.reshape(raw.shape)


def enough_resamples(num_tests: int, alpha: float = 0.05) -> int:
    """How many resamples let a one-sided p-value be significant after `holm`.

    A bootstrap of B resamples gives no p below 1 / (B + 1), and the smallest of all is multiplied
    by the number of tests: with fewer resamples than these nothing can ever be significant.
    """
    return math.ceil(num_tests / alpha)
