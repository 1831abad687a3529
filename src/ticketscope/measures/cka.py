"""Linear CKA (Kornblith et al. 2019) and its debiased form (Song et al. 2012) from sums over words.

They need neither eigenvalues nor correlations, so that CKA alone, of many sets of words and with
each block of them left out, costs little.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.floors import cka_floor
from ticketscope.measures.moments import Array, Moments, without_each

ROUNDING = 1e-12
"""A debiased norm below this share of the plain one is 0 but for rounding."""


@dataclass(frozen=True, slots=True)
class Cka:
    """How alike two networks are on some words: linear CKA in [0, 1], with what unrelated networks
    of these spectra would have (`floor`), and the debiased form, which is around 0 for these."""

    num_words: int
    cka: float
    cka_debiased: float
    floor: float


@dataclass(frozen=True, eq=False)
class PairMoments:
    """Sums over the same words: of network a with itself, of b with itself, and of a with b."""

    a: Moments
    b: Moments
    both: Moments

    def cka(self) -> Cka:
        """CKA of the two. Raises `ValueError` below 3 words."""
        num_words = self.both.num_words
        if num_words < 3:
            raise ValueError(f"similarity needs 3 words or more, not {num_words}")
        alive_a, alive_b = self.a.deviations() > 0, self.b.deviations() > 0
        of_a, of_b = _Own.of(self.a, alive_a), _Own.of(self.b, alive_b)
        overlap = squared_norm(self.both.covariances()[np.ix_(alive_a, alive_b)])
        return Cka(
            num_words=num_words,
            cka=normalised(overlap, of_a.overlap, of_b.overlap),
            cka_debiased=normalised(debiased(overlap, self.both), of_a.debiased, of_b.debiased),
            floor=cka_floor(num_words, of_a.participation_ratio, of_b.participation_ratio),
        )


def each_left_out(blocks: Sequence[PairMoments]) -> list[PairMoments]:
    """The sums over the words of all blocks but one, for each block in turn."""
    of_a = without_each([block.a for block in blocks])
    of_b = without_each([block.b for block in blocks])
    of_both = without_each([block.both for block in blocks])
    return [PairMoments(*rest) for rest in zip(of_a, of_b, of_both, strict=True)]


@dataclass(frozen=True, slots=True)
class _Own:
    """The squared norm of the covariances of one network, plain and debiased, and its
    (Σλ)² / Σλ²."""

    overlap: float
    debiased: float
    participation_ratio: float

    @classmethod
    def of(cls, moments: Moments, alive: NDArray[np.bool]) -> "_Own":
        covariances = moments.covariances()[np.ix_(alive, alive)]
        overlap = squared_norm(covariances)
        beyond_chance = debiased(overlap, moments)
        return cls(
            overlap,
            beyond_chance if beyond_chance > ROUNDING * overlap else 0.0,
            float(np.trace(covariances)) ** 2 / overlap if overlap else 0.0,
        )


# -------------------------------------------------------------------------------------- formulas


def squared_norm(covariances: Array) -> float:
    """Squared Frobenius norm."""
    return float(np.vdot(covariances, covariances))


def debiased(overlap: float, moments: Moments) -> float:
    """`overlap` less what the words have in common with themselves, which chance alone gives.

    With r and q the squared norms of the centred words in either network, and n words:
    overlap − [n / (n − 2) Σ r q − Σ r Σ q / ((n − 1) (n − 2))] / n².
    """
    n = moments.num_words
    norm_products, norms_a, norms_b = moments.centred_norms()
    chance = n / (n - 2) * norm_products - norms_a * norms_b / ((n - 1) * (n - 2))
    return float(overlap - chance / n**2)


def normalised(overlap: float, overlap_a: float, overlap_b: float) -> float:
    """`overlap` over the geometric mean of those of either network with itself, 0 where one is."""
    if not (overlap_a and overlap_b):
        return 0.0
    return min(overlap / math.sqrt(overlap_a) / math.sqrt(overlap_b), 1.0)
