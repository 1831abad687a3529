"""Noise floors: what the similarity measures give for networks that have nothing in common.

The null is that the words of one network are shuffled against those of the other, each keeping its
own spectrum. Closed forms, exact or asymptotic in n as each says; a similarity near its floor is no
similarity. Debiased CKA has the floor 0.
"""

import math
from statistics import NormalDist

import numpy as np

_FEWEST_WORDS = 10_000
_FEWEST_WORDS_A_NEURON = 10
_NUM_ANGLES = 512
# The expected largest of m draws is about the quantile .5264^(1/m) (Chen and Tyler 1999).
_EXPECTED_LARGEST = 0.5264


def enough_words(num_neurons: int) -> int:
    """How many words keep the floors of so many neurons low; on fewer, figures are noisy."""
    return max(_FEWEST_WORDS, _FEWEST_WORDS_A_NEURON * num_neurons)


def maxcorr_floor(num_words: int, num_neurons: int) -> float:
    """Expected largest |correlation| of a neuron with `num_neurons` live, independent ones.

    Correlated neurons offer less choice, so that of a real network is lower.
    """
    if not num_neurons:
        return 0.0
    quantile = _EXPECTED_LARGEST ** (1 / num_neurons)
    normal = NormalDist().inv_cdf((1 + quantile) / 2)
    # The tail of a correlation: P(|r| > c) falls as (1 - c²)^(n/2), and so never exceeds 1.
    return math.sqrt(-math.expm1(-(normal**2) / (num_words - 1)))


def maxlinreg_floor(num_words: int, rank: int) -> float:
    """R of a fit on `rank` unrelated directions: √(rank / (n − 1)), the root of the exact R²."""
    return math.sqrt(min(1.0, rank / (num_words - 1)))


def svcca_floor(num_words: int, num_components_a: int, num_components_b: int) -> float:
    """Mean canonical correlation of two unrelated subspaces, also taken for PWCCA.

    The mean of the square root under the law of Wachter (1980) for n → ∞; for k components in both
    and k much below n it is 8 / 3π · √(k / n), about 0.85 √(k / n).
    """
    few, many = sorted((num_components_a, num_components_b))
    if not few:
        return 0.0
    alpha, beta = few / (num_words - 1), many / (num_words - 1)
    if beta >= 1:
        return 1.0
    # Squared correlations lie in [centre - radius, centre + radius]; where the subspaces together
    # have more directions than there are words, the surplus is shared and correlates at 1.
    centre = alpha * (1 - beta) + beta * (1 - alpha)
    radius = 2 * math.sqrt(alpha * (1 - beta) * beta * (1 - alpha))
    angles = (np.arange(_NUM_ANGLES) + 0.5) * np.pi / _NUM_ANGLES
    squares = centre + radius * np.cos(angles)
    density = (radius * np.sin(angles)) ** 2 / (2 * np.pi * alpha * squares * (1 - squares))
    spread = float(np.sum(np.sqrt(squares) * density)) * np.pi / _NUM_ANGLES
    return max(0.0, alpha + beta - 1) / alpha + spread


def cka_floor(num_words: int, participation_a: float, participation_b: float) -> float:
    """Expected linear CKA: √(P_a P_b) / (n − 1) with the participation ratios, exact.

    For white data of d dimensions that is about d / (n + d).
    """
    return math.sqrt(participation_a * participation_b) / (num_words - 1)
