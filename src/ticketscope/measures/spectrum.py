"""How many directions carry the variance of a representation, or the size of a weight matrix.

All follow from the eigenvalues λ of the centred covariance (an offset of raw activations would hide
the rest), or from the squared singular values of a weight matrix.
"""

import numpy as np

from ticketscope.measures.moments import Array, Moments

_SHARES = {"pcs_50": 0.5, "pcs_80": 0.8, "pcs_90": 0.9, "pcs_99": 0.99}
PCS_80_INTERPOLATED = "pcs_80_interpolated"
"""The name of `interpolated_components` at 80 % in tables."""
_ROUNDING = 1e-9  # a share that misses its mark by rounding alone has reached it


def spectrum(moments: Moments) -> Array:
    """Eigenvalues of the centred covariance, descending, `[d]`; all 0 where every neuron is dead.

    `moments` are those of a network with itself.
    """
    alive = moments.deviations() > 0
    covariances = np.where(alive[:, None] & alive, moments.covariances(), 0.0)
    return np.maximum(np.linalg.eigvalsh(covariances)[::-1], 0.0)


def spectral_complexity(variances: Array) -> dict[str, float]:
    """The complexities `pcs_50` to `effective_rank` of a spectrum λ, in any order, `[d]`.

    `pcs_50`, `pcs_80`, `pcs_90`, `pcs_99`: fewest components that reach this percentage of Σλ.
    `participation_ratio`: (Σλ)² / Σλ². `effective_rank`: exp(−Σ p ln p) with p = λ / Σλ (Roy and
    Vetterli 2007, who take singular values for λ). All 0 for a spectrum of zeros.
    """
    variances = np.sort(variances)[::-1]
    counts = {name: float(num_components(variances, share)) for name, share in _SHARES.items()}
    shares = _shares(variances)
    shares = shares[shares > 0]
    return {
        **counts,
        "participation_ratio": participation_ratio(variances),
        "effective_rank": float(np.exp(-shares @ np.log(shares))) if len(shares) else 0.0,
    }


def num_components(variances: Array, share: float) -> int:
    """Fewest of the components, `variances` descending, that reach `share` of all the variance."""
    shares = _shares(variances)
    if not shares.any():
        return 0
    return int(np.count_nonzero(np.cumsum(shares) < share - _ROUNDING)) + 1


def interpolated_components(variances: Array, share: float) -> float:
    """How many components reach `share` of all the variance, the last one counted in part.

    `variances` descending. As `num_components`, but linear between two counts: 0.8 d for d equal
    ones. In a narrow network whole counts hardly move, and replicates that differ seem to agree.
    """
    count = num_components(variances, share)
    if count == 0:
        return 0.0
    shares = _shares(variances)
    before = float(shares[: count - 1].sum())
    return count - 1 + min(1.0, (share - before) / float(shares[count - 1]))


def participation_ratio(variances: Array) -> float:
    """(Σλ)² / Σλ²: 1 for one direction, d for d equal ones, 0 for none."""
    shares = _shares(variances)
    return float(1 / (shares @ shares)) if shares.any() else 0.0


def _shares(variances: Array) -> Array:
    total = variances.sum()
    return variances / total if total > 0 else np.zeros_like(variances)
