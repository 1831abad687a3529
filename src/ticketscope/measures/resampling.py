"""Intervals for figures that are computed from sums over sentences or blocks of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.bounds import Bounds
from ticketscope.measures.estimate import Estimate

NUM_BLOCKS = 20
_STUDENT = 2.093024
"""97.5 % quantile of Student's t with NUM_BLOCKS − 1 degrees of freedom."""
_PER_TAIL = 40
"""One resample in so many lies beyond either end of a 95 % interval."""
_CHUNK_CELLS = 1 << 21  # cells of the resample counts that are widened to float64 at once: 16 MiB


def sums_of_blocks(values: NDArray[Any]) -> NDArray[Any]:
    """The sums over `NUM_BLOCKS` runs of neighbouring sentences, as like in number as can be, of
    values per sentence along the last axis; there are at least as many sentences."""
    num_sentences = values.shape[-1]
    starts = np.arange(NUM_BLOCKS) * num_sentences // NUM_BLOCKS
    return np.add.reduceat(values, starts, axis=-1)


def leaving_out(values: NDArray[Any]) -> NDArray[Any]:
    """The sum over all sentences and those without each of the blocks, ``[..., 1 + NUM_BLOCKS]``,
    of values per sentence along the last axis; with fewer sentences than blocks the first alone."""
    whole = values.sum(axis=-1, keepdims=True)
    if values.shape[-1] < NUM_BLOCKS:
        return np.asarray(whole)
    return np.concatenate([whole, whole - sums_of_blocks(values)], axis=-1)


def jackknife(value: float, left_out: Sequence[float], bounds: Bounds | None = None) -> Estimate:
    """From the figures with each of the blocks left out (Tukey 1958), symmetric around `value`, but
    cut at the `bounds` of a measure that has some.

    Unlike a bootstrap it repeats no word, and words that occur twice would count as agreement of
    two networks.
    """
    assert len(left_out) == NUM_BLOCKS
    without = np.asarray(left_out)
    variance = (NUM_BLOCKS - 1) / NUM_BLOCKS * np.sum((without - without.mean()) ** 2)
    half = _STUDENT * float(np.sqrt(variance))
    if bounds is None:
        return Estimate(value, value - half, value + half)
    return Estimate(value, *bounds.cut(value - half, value, value + half))


def bootstrap(
    values: Mapping[str, float],
    figures: Callable[[NDArray[np.int64]], Iterable[Mapping[str, float]]],
    resamples: int,
    seed: int,
) -> dict[str, Estimate]:
    """`values` with percentile intervals (Efron 1979) of the blocks drawn with replacement.

    `figures` takes how often each resample has each block, `[resamples, NUM_BLOCKS]`, and gives the
    figures of every resample by the same names.
    """
    draws = np.random.default_rng(seed).multinomial(
        NUM_BLOCKS, np.full(NUM_BLOCKS, 1 / NUM_BLOCKS), size=resamples
    )
    drawn = list(figures(draws))
    return {
        name: with_percentiles(value, np.array([figure[name] for figure in drawn]))
        for name, value in values.items()
    }


def with_percentiles(value: float, resampled: NDArray[np.float64]) -> Estimate:
    """`value` with the 95 % percentile interval (Efron 1979) of what it is on ``[num_resamples]``.

    Its ends are resamples: as many lie beyond either as `p_two_sided` allows for, so that p is
    below .05 exactly where the interval leaves 0 out. It takes 40 resamples to be a 95 % interval;
    of fewer the ends are the smallest and the largest.
    """
    in_order = np.sort(resampled)
    beyond = max(len(in_order) // _PER_TAIL - 1, 0)
    return Estimate(value, float(in_order[beyond]), float(in_order[-1 - beyond]))


def p_two_sided(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """The p-values of 0, of differences on resamples ``[num_resamples, ...]``, ``[...]``.

    The percentile interval turned round (Efron and Tibshirani 1993): twice the smaller of both
    one-sided p-values, at most 1. Below .05 exactly where the interval of `with_percentiles` leaves
    0 out, if there are 40 resamples.
    """
    smaller = np.minimum(p_below_zero(differences), p_below_zero(-differences))
    return np.asarray(np.minimum(2 * smaller, 1.0))


def p_below_zero(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """One-sided p-values, likewise: small where the difference is below 0.

    With c of B resamples at 0 or above, p = (c + 1) / (B + 1), so that 1 / (B + 1) is the least
    there is.
    """
    num_against = np.count_nonzero(differences >= 0, axis=0)
    return np.asarray((num_against + 1) / (len(differences) + 1))


# ----------------------------------------------------------------------------- sums of sentences


def resample(num_sentences: int, num_resamples: int, seed: int) -> NDArray[np.uint16]:
    """How often every resample holds every sentence, ``[num_resamples, num_sentences]``.

    A resample draws as many sentences as there are, with replacement. Metrics and systems to be
    compared take the same resamples. sacreBLEU draws the same ones for the same seed.
    """
    if num_sentences < 1 or num_resamples < 1:
        raise ValueError("resample: needs a sentence and a resample")
    generator = np.random.default_rng(seed)
    counts = np.empty((num_resamples, num_sentences), dtype=np.uint16)
    for row in counts:
        drawn = generator.choice(num_sentences, size=num_sentences)
        row[:] = np.bincount(drawn, minlength=num_sentences)
    return counts


def resampled_sums(
    statistics: NDArray[np.float64], resamples: NDArray[np.uint16]
) -> NDArray[np.float64]:
    """Column sums of every resample, ``[num_resamples, num_columns]``.

    `statistics` is ``[num_sentences, num_columns]``, `resamples` comes from `resample`. Raises
    `ValueError` for resamples of another number of sentences.
    """
    if resamples.shape[1] != len(statistics):
        raise ValueError(f"resamples of {resamples.shape[1]} sentences for {len(statistics)}")
    num_rows = max(1, _CHUNK_CELLS // len(statistics))
    return np.concatenate(
        [
            resamples[start : start + num_rows].astype(np.float64) @ statistics
            for start in range(0, len(resamples), num_rows)
        ]
    )
