"""What is measured: numpy arrays in, numbers out. Nothing else of ticketscope is imported here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.attention import attention_cka, attention_similarity
from ticketscope.measures.intrinsic_dimension import two_nn
from ticketscope.measures.moments import accumulate, blocks
from ticketscope.measures.similarity import MEASURES, similarities
from ticketscope.measures.spectrum import spectral_complexity, spectrum

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["attention_cka", "attention_similarity", "complexity", "similarity_table"]


def similarity_table(
    representations: Mapping[str, NDArray[np.floating]], *, compat: bool = False
) -> "pd.DataFrame":
    """Similarity of every ordered pair of networks, as a table with `a`, `b`, `measure`, `value`.

    `representations` maps names to activations `[n, d]`, the same n >= 3 words in each; d may
    differ. Measures are `maxcorr`, `maxlinreg`, `svcca`, `pwcca`, `cka` and `cka_debiased`, defined
    in `ticketscope.measures.similarity`: row (a, b) has maxcorr from a to b, maxlinreg of the
    neurons of a predicted from b, PWCCA weighted by a. `compat` keeps the components that the
    reference implementation of the study keeps, one fewer. Raises `ValueError` for other shapes.
    """
    import pandas as pd  # only here: measures themselves are numpy in, numbers out

    rows = [
        (a, b, measure, similarity.values[measure])
        for (a, b), similarity in similarities(representations, compat=compat).items()
        for measure in MEASURES
    ]
    return pd.DataFrame(rows, columns=["a", "b", "measure", "value"])


def complexity(activations: NDArray[np.floating]) -> Mapping[str, float]:
    """How complex a representation is, from its activations `[n, d]`.

    `pcs_50`, `pcs_80`, `pcs_90`, `pcs_99`, `participation_ratio` and `effective_rank` as in
    `spectral_complexity`, on the eigenvalues of the centred covariance; `two_nn` is the intrinsic
    dimension. A constant representation has 0 everywhere. Raises `ValueError` for other shapes.
    """
    moments = accumulate(blocks({"network": activations}), [("network", "network")])
    variances = spectrum(moments["network", "network"])
    return {
        **spectral_complexity(variances),
        "two_nn": two_nn(activations) if variances.any() else 0.0,
    }
