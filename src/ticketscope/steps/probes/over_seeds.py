"""Intervals over the seeds of a probe: of selectivity, and of the centre of gravity of a mix."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ticketscope.claims.verdicts import t_interval
from ticketscope.measures.bounds import SHARE, Bounds
from ticketscope.measures.estimate import Estimate


def over_seeds(figures: Sequence[float], within: Bounds) -> Estimate:
    """The mean over the seeds of a probe with Student's t interval of 95 %, cut to what the figure
    is `within`: where other initial weights and batches would put it, on the same sentences.

    There are no ends of one seed, nor of seeds that agree to the last bit.
    """
    return t_interval(np.array(figures, dtype=np.float64), within=within)


def selectivity_of(kept: Mapping[str, Any], layer: int) -> Estimate:
    """Accuracy minus that on the control task (Hewitt and Liang 2019), seed by seed, of a layer."""
    differences = np.subtract(kept["accuracy"][layer], kept["control_accuracy"][layer])
    return over_seeds(differences.tolist(), SHARE.of_differences)
