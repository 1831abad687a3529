"""Intervals for figures that are computed from sums over blocks of sentences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NUM_BLOCKS = 20
_STUDENT = 2.093024
"""97.5 % quantile of Student's t with NUM_BLOCKS − 1 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    lower: float
    upper: float


def jackknife(value: float, left_out: Sequence[float]) -> Interval:
    """From the figures with each of the blocks left out (Tukey 1958), symmetric around `value`.

    Unlike a bootstrap it repeats no word, and words that occur twice would count as agreement of
    two networks.
    """
    assert len(left_out) == NUM_BLOCKS
    without = np.asarray(left_out)
    variance = (NUM_BLOCKS - 1) / NUM_BLOCKS * np.sum((without - without.mean()) ** 2)
    half = _STUDENT * float(np.sqrt(variance))
    return Interval(value - half, value + half)


def bootstrap(
    figures: Callable[[NDArray[np.int64]], dict[str, float]], resamples: int, seed: int
) -> dict[str, Interval]:
    """Percentile intervals (Efron 1979) of figures of blocks drawn with replacement.

    `figures` takes how often each block was drawn, `[NUM_BLOCKS]`, and gives figures by name.
    """
    draws = np.random.default_rng(seed).multinomial(
        NUM_BLOCKS, np.full(NUM_BLOCKS, 1 / NUM_BLOCKS), size=resamples
    )
    drawn = [figures(counts) for counts in draws]
    bounds = {
        name: np.percentile([figure[name] for figure in drawn], [2.5, 97.5]) for name in drawn[0]
    }
    return {name: Interval(float(low), float(high)) for name, (low, high) in bounds.items()}
