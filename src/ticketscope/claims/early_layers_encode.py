"""C4: early layers of sparse models do more of the encoding."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim_tables import (
    ONE_LAYER,
    ClaimTables,
    Studied,
    best_layers,
    inside_one_network,
    where,
)
from ticketscope.claims.dose import EIGHT, Curve, Measured, Missing
from ticketscope.claims.grids import Grids, grids, mean, missing, to_control
from ticketscope.claims.verdicts import Statistic

LIKENESS = Statistic(
    "likeness to the last layer",
    "above",
    "Debiased CKA of a layer with the last layer of the same network, the mean over the lower half "
    "of the encoder's layers, of {arm} minus that of {reference}",
    per_round=True,
)
CENTRE = Statistic(
    "centre of gravity",
    "below",
    "Centre of gravity (in layers) of the weights of scalar-mix probes, the mean over tasks, of "
    "{arm} minus that of {reference}",
    per_round=True,
)
BEST = Statistic(
    "best layer",
    "below",
    "Layer that validation chose, the mean over tasks, of {arm} minus that of {reference}",
    per_round=True,
)
RULE = (
    "Supported where the lower half of the encoder's layers is more like the last layer of the "
    "same network in {arm} than in {control}"
)


def lower_half(by_layer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the lower half of the layers, rounded down, the last one left out of the array;
    ``[..., layers - 1]`` to ``[...]``."""
    half = (by_layer.shape[-1] + 1) // 2
    found: NDArray[np.float64] = by_layer[..., :half].mean(axis=-1)
    return found


def measure(tables: ClaimTables, studied: Studied) -> Measured:
    """The statistics of C4 on an arm."""
    deciding = LIKENESS.with_margin(tables.registered.c4 / EIGHT)
    found = _likeness(tables.similarity, studied)
    likeness = (
        missing((deciding,), found)
        if isinstance(found, str)
        else tuple(found.curves(deciding, lower_half))
    )
    return (*likeness, _centre(tables.probes, studied), _best(tables.probes, studied))


def _likeness(similarity: pd.DataFrame | None, studied: Studied) -> Grids | str:
    """Debiased CKA with the last layer of the same network, of the layers below it."""
    rows = None
    if similarity is not None:
        cka = where(similarity, {"module": "encoder", "measure": "cka_debiased"})
        inside = inside_one_network(cka[(cka["layer"] >= 1) & (cka["other_layer"] >= 1)])
        if len(cka) and inside.empty:
            return ONE_LAYER
        # Networks that others made need not be of one depth.
        own = inside.groupby(["arm", "replicate", "level"])["other_layer"]
        rows = inside[inside["other_layer"].eq(own.transform("max"))]
    return grids(rows, "similarity", studied, "layer")


def _centre(probes: pd.DataFrame | None, studied: Studied) -> Curve | Missing:
    mixes = None
    if probes is not None:
        mixes = where(probes, {"probe": "mix", "metric": "centre_of_gravity"})
        if len(probes) and mixes.empty:
            return Missing(CENTRE, "control", "no scalar mix was probed: set probing.mix = true")
    return to_control(grids(mixes, "probes", studied, "task"), CENTRE, mean)


def _best(probes: pd.DataFrame | None, studied: Studied) -> Curve | Missing:
    best = None
    if probes is not None:
        best = best_layers(probes)
        # No difference of scores is one of layers.
        best = best[["arm", "replicate", "level", "sparsity_prunable", "task", "layer"]]
        best = best.assign(value=best["layer"].astype(float))
    return to_control(grids(best, "probes", studied, "task"), BEST, mean)
