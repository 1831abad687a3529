"""Similarity of representations: what two networks have in common on the same words.

maxcorr (Bau et al. 2019) and maxlinreg compare neurons, SVCCA (Raghu et al. 2017), PWCCA (Morcos et
al. 2018) and linear CKA (Kornblith et al. 2019) compare the spaces they span; debiased CKA (Song et
al. 2012) does so without what chance alone would give.

Each network is decomposed once, and each pair costs one product over the words, its cross-moments;
everything else is `[d, d]`. With Z the activations `[n, d]` of n words, Ẑ the same with every
neuron standardised and Ẑ = U S Vᵀ: S² / n and V are the eigenvalues and eigenvectors of Ẑ's
correlations, and U = Ẑ V S⁻¹ is needed in products with another network only, where the
correlations of both stand for Ẑ_aᵀ Ẑ_b. Directions with a singular value below 1e-6 of the largest
count as none, since float64 moments resolve about 1e-7.

A dead neuron correlates at 0 with everything, and a representation with nothing but dead neurons
has similarity 0 in every measure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, product

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.cka import ROUNDING, debiased, normalised, squared_norm
from ticketscope.measures.floors import cka_floor, maxcorr_floor, maxlinreg_floor, svcca_floor
from ticketscope.measures.moments import Array, Moments, Pair, accumulate, blocks, check
from ticketscope.measures.spectrum import num_components

MEASURES = ("maxcorr", "maxlinreg", "svcca", "pwcca", "cka", "cka_debiased")

_KEPT_VARIANCE = 0.99
_RANK_CUT = 1e-6  # of the largest singular value
_TIE = 1e-9  # correlations that differ by less are equal, and the first neuron is the match
_GROUP = 8  # networks whose pairs are summed in one pass over the words


@dataclass(frozen=True, eq=False)
class Representation:
    """What the comparisons need of one network, with r directions and d neurons.

    `deviations` `[d]` are population standard deviations, 0 for a dead neuron. `variances` `[r]` is
    S² / n, descending, and `whitening` `[d, r]` is √n V S⁻¹. `overlap` is the squared Frobenius
    norm of the covariances, as in CKA, and `overlap_debiased` what it is beyond chance.
    """

    num_words: int
    deviations: Array
    variances: Array
    whitening: Array
    overlap: float
    overlap_debiased: float

    @property
    def num_dead(self) -> int:
        """How many neurons are constant."""
        return int(np.count_nonzero(self.deviations == 0))

    @property
    def participation_ratio(self) -> float:
        """(Σλ)² / Σλ² of the eigenvalues of the covariances, which are not standardised."""
        return float(np.sum(self.deviations**2)) ** 2 / self.overlap if self.overlap else 0.0

    def num_components(self, compat: bool) -> int:
        """Components that SVCCA and PWCCA keep: the fewest with 99 % of the variance.

        `compat` keeps one fewer, but at least one, as the reference implementation does.
        """
        num_kept = num_components(self.variances, _KEPT_VARIANCE)
        return max(num_kept - 1, min(num_kept, 1)) if compat else num_kept


@dataclass(frozen=True, eq=False)
class Similarity:
    """How similar network a is to network b, in that direction.

    `values` and `floors` are by measure, in the order of `MEASURES`: maxcorr is the mean over the
    neurons of a of the largest |correlation| with one of b; maxlinreg the mean R of the neurons of
    a predicted from all of b; PWCCA is weighted by a; the others are symmetric. All are in [0, 1]
    but debiased CKA, which is around 0 for unrelated networks. The floor is what unrelated networks
    of these spectra would have. `matched` `[d_a]` is the neuron of b that each neuron of a
    correlates with most, -1 for a dead one, and `strengths` `[d_a]` that |correlation|.
    """

    num_words: int
    values: Mapping[str, float]
    floors: Mapping[str, float]
    matched: NDArray[np.intp]
    strengths: Array


# ---------------------------------------------------------------------------- whole sets of pairs


def similarities(
    representations: Mapping[str, NDArray[np.floating]], *, compat: bool = False
) -> dict[Pair, Similarity]:
    """The similarity of every ordered pair of networks, from their activations `[n, d]` by name.

    All networks have seen the same n words, 3 or more. Beside the activations, which may be mapped
    from a file, this takes memory that does not grow with n. `compat` as in
    `Representation.num_components`. Raises `ValueError` for other input.
    """
    check(representations)
    networks: dict[str, Representation] = {}
    found: dict[Pair, Similarity] = {}
    for pairs in _passes(list(representations)):
        names = dict.fromkeys(name for pair in pairs for name in pair)
        moments = accumulate(blocks({name: representations[name] for name in names}), pairs)
        networks |= {a: representation(moments[a, b]) for a, b in pairs if a == b}
        found |= _compared(networks, moments, compat)
    return {(a, b): found[a, b] for a, b in product(representations, repeat=2) if a != b}


def similarities_of_moments(
    moments: Mapping[Pair, Moments], *, compat: bool = False
) -> dict[Pair, Similarity]:
    """The similarity of each pair of networks that has moments, in both directions.

    `moments`, from `accumulate`, must hold those of every network with itself too: `KeyError`
    otherwise. The same numbers as from `similarities`.
    """
    networks = {a: representation(sums) for (a, b), sums in moments.items() if a == b}
    return _compared(networks, moments, compat)


def _compared(
    networks: Mapping[str, Representation], moments: Mapping[Pair, Moments], compat: bool
) -> dict[Pair, Similarity]:
    found = {}
    for (a, b), sums in moments.items():
        if a != b:
            found[a, b], found[b, a] = compare(networks[a], networks[b], sums, compat=compat)
    return found


def _passes(names: list[str]) -> Iterator[list[Pair]]:
    """All unordered pairs, a list for each pass over the words; each network with itself first.

    Groups bound the memory and still centre a network's words once for many pairs.
    """
    groups = [names[start : start + _GROUP] for start in range(0, len(names), _GROUP)]
    for group in groups:
        yield list(combinations_with_replacement(group, 2))
    for group, other in combinations(groups, 2):
        yield list(product(group, other))


# ------------------------------------------------------------------------- one network, one pair


def representation(moments: Moments) -> Representation:
    """Decompose a network, given its moments with itself. Raises `ValueError` below 3 words."""
    if moments.num_words < 3:
        raise ValueError(f"similarity needs 3 words or more, not {moments.num_words}")
    deviations = moments.deviations()
    correlations = _correlations(moments, deviations, deviations)
    variances, axes = np.linalg.eigh(correlations)
    rank = int(np.count_nonzero(variances > _RANK_CUT**2 * max(variances[-1], 0.0)))
    variances, axes = variances[::-1][:rank], axes[:, ::-1][:, :rank]
    overlap = squared_norm(correlations * deviations[:, None] * deviations)
    overlap_debiased = debiased(overlap, moments)
    return Representation(
        num_words=moments.num_words,
        deviations=deviations,
        variances=variances,
        whitening=axes / np.sqrt(variances),
        overlap=overlap,
        overlap_debiased=overlap_debiased if overlap_debiased > ROUNDING * overlap else 0.0,
    )


def compare(
    a: Representation, b: Representation, moments: Moments, *, compat: bool = False
) -> tuple[Similarity, Similarity]:
    """The similarity of a to b and of b to a, `moments` being those of a with b."""
    assert a.num_words == b.num_words == moments.num_words
    correlations = _correlations(moments, a.deviations, b.deviations)
    a_along_b = correlations @ b.whitening  # [d_a, r_b]: ẑ_a on the directions U_b
    b_along_a = correlations.T @ a.whitening
    num_a, num_b = a.num_components(compat), b.num_components(compat)
    axes_a, canonical, axes_b = np.linalg.svd(
        a.whitening[:, :num_a].T @ a_along_b[:, :num_b], full_matrices=False
    )
    overlap = squared_norm(correlations * a.deviations[:, None] * b.deviations)
    symmetric = _Symmetric(
        canonical=np.minimum(canonical, 1.0),
        canonical_floor=svcca_floor(a.num_words, num_a, num_b),
        cka=normalised(overlap, a.overlap, b.overlap),
        cka_floor=cka_floor(a.num_words, a.participation_ratio, b.participation_ratio),
        cka_debiased=normalised(debiased(overlap, moments), a.overlap_debiased, b.overlap_debiased),
    )
    strengths = np.minimum(np.abs(correlations), 1.0)
    return (
        _directed(a, b, strengths, a_along_b, axes_a, symmetric),
        _directed(b, a, strengths.T, b_along_a, axes_b.T, symmetric),
    )


@dataclass(frozen=True, eq=False)
class _Symmetric:
    """What is the same in both directions; `canonical` are the canonical correlations."""

    canonical: Array
    canonical_floor: float
    cka: float
    cka_floor: float
    cka_debiased: float


def _directed(
    one: Representation,
    other: Representation,
    strengths: Array,
    one_along_other: Array,
    axes: Array,
    symmetric: _Symmetric,
) -> Similarity:
    """The similarity of one network to the other.

    `strengths` are the |correlations| `[d_one, d_other]`, `one_along_other` `[d_one, r_other]` the
    standardised neurons of the one on the directions of the other, and `axes` `[k_one, m]` the
    canonical directions on those of the one.
    """
    strongest = strengths.max(axis=1)
    predicted = np.minimum(np.linalg.norm(one_along_other, axis=1), 1.0)
    first_match = (strengths >= strongest[:, None] - _TIE).argmax(axis=1)
    canonical = symmetric.canonical
    values = {
        "maxcorr": float(strongest.mean()),
        "maxlinreg": float(predicted.mean()),
        "svcca": float(canonical.mean()) if len(canonical) else 0.0,
        "pwcca": _projection_weighted(one, canonical, axes),
        "cka": symmetric.cka,
        "cka_debiased": symmetric.cka_debiased,
    }
    share_alive = 1 - one.num_dead / len(one.deviations)
    num_alive = len(other.deviations) - other.num_dead
    floors = {
        "maxcorr": share_alive * maxcorr_floor(one.num_words, num_alive),
        "maxlinreg": share_alive * maxlinreg_floor(one.num_words, len(other.variances)),
        "svcca": symmetric.canonical_floor,
        "pwcca": symmetric.canonical_floor,
        "cka": symmetric.cka_floor,
        "cka_debiased": 0.0,
    }
    return Similarity(
        num_words=one.num_words,
        values=values,
        floors=floors,
        matched=np.where(strongest > _TIE, first_match, -1),
        strengths=strongest,
    )


# -------------------------------------------------------------------------------------- formulas


def _correlations(moments: Moments, deviations_a: Array, deviations_b: Array) -> Array:
    """Correlations of the neurons of a with those of b, 0 for dead ones, `[d_a, d_b]`."""
    scale_a, scale_b = (
        np.divide(1.0, deviations, out=np.zeros_like(deviations), where=deviations > 0)
        for deviations in (deviations_a, deviations_b)
    )
    return moments.covariances() * scale_a[:, None] * scale_b


def _projection_weighted(network: Representation, canonical: Array, axes: Array) -> float:
    """PWCCA: the mean of the canonical correlations, weighted by what their directions carry.

    The weight of a direction h is Σ_j |hᵀ z_j| over the centred neurons z_j of the network. Equal
    correlations leave their directions open, and with them the value: where they are 1 throughout
    that does not matter, but fewer words than k_a + k_b make some of them 1.
    """
    if not len(canonical):
        return 0.0
    num_components = len(axes)
    loadings = (network.whitening * network.variances)[:, :num_components]  # V S / √n
    weights = np.abs((network.deviations[:, None] * loadings) @ axes).sum(axis=0)
    return min(float(weights @ canonical / weights.sum()), 1.0)
