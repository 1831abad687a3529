"""Intervals for figures that are computed from sums over sentences or blocks of them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.bounds import Bounds
from ticketscope.measures.estimate import Estimate

NUM_BLOCKS = 20
_STUDENT = 2.093024
"""97.5 % quantile of Student's t with NUM_BLOCKS − 1 degrees of freedom."""
_INTERVAL = (0.025, 0.975)
_CHUNK_CELLS = 1 << 21  # cells of the resample counts that are widened to float64 at once: 16 MiB


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
    figures: Callable[[NDArray[np.int64]], Mapping[str, float]],
    resamples: int,
    seed: int,
) -> dict[str, Estimate]:
    """`values` with percentile intervals (Efron 1979) of the blocks drawn with replacement.

    `figures` takes how often each block was drawn, `[NUM_BLOCKS]`, and gives figures by the same
    names.
    """
    draws = np.random.default_rng(seed).multinomial(
        NUM_BLOCKS, np.full(NUM_BLOCKS, 1 / NUM_BLOCKS), size=resamples
    )
    drawn = [figures(counts) for counts in draws]
    return {
        name: with_percentiles(value, np.array([figure[name] for figure in drawn]))
        for name, value in values.items()
    }


def with_percentiles(value: float, resampled: NDArray[np.float64]) -> Estimate:
    """`value` with the 2.5th and the 97.5th percentile of what it is on ``[num_resamples]``."""
    lower, upper = np.quantile(resampled, _INTERVAL)
    return Estimate(value, float(lower), float(upper))


def p_two_sided(resampled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided p-values ``[...]`` of differences ``[num_resamples, ...]``: their interval turned
    round.

    p is 1 less the confidence at which the percentile interval just reaches 0 (Efron and Tibshirani
    1993), so it is below 0.05 exactly where that of `with_percentiles` leaves 0 out, with 40
    resamples or more. None is below 2 / (num_resamples + 1).
    """
    return np.asarray(np.minimum(2 * np.minimum(_share(resampled), _share(-resampled)), 1.0))


def p_below_zero(resampled: NDArray[np.float64]) -> NDArray[np.float64]:
    """One-sided p-values ``[...]``, small where the difference is below 0: 1 less the confidence at
    which the upper percentile just reaches 0. None is below 1 / (num_resamples + 1)."""
    return _share(-resampled)


def _share(resampled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which quantile 0 is (the highest where several are), as `np.quantile` interpolates, but never
    below what so few resamples can tell."""
    number = len(resampled)
    not_above = resampled <= 0
    num_not_above = np.count_nonzero(not_above, axis=0)
    last = np.max(resampled, axis=0, where=not_above, initial=-np.inf)
    following = np.min(resampled, axis=0, where=~not_above, initial=np.inf)
    reach = np.zeros(last.shape)  # from the last that is not above 0 to the first that is
    np.divide(-last, following - last, out=reach, where=np.isfinite(following - last))
    place = (num_not_above - 1 + reach) / max(number - 1, 1)
    found = np.where(num_not_above == number, 1.0, place)
    return np.asarray(np.clip(found, 1 / (number + 1), 1.0))


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
