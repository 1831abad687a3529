"""C2: the higher a layer, the further it diverges from its dense counterpart."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim_tables import (
    ONE_LAYER,
    ClaimTables,
    Studied,
    matrix,
    same_layer,
    seed_gap,
    where,
    with_other_dense,
    with_own_dense,
)
from ticketscope.claims.dose import EIGHT, Curve, Measured, Missing
from ticketscope.claims.grids import Grids, grids, likely, missing, to_control
from ticketscope.claims.verdicts import NORMAL, Statistic
from ticketscope.measures.bounds import CORRELATION

_DIVERGENCE = (
    "divergence of {arm} from {own} (1 minus debiased CKA of the words' vectors in the "
    "same layer) beyond that of {reference}"
)
_SLOPE = "Least-squares slope over depth, from 0 in the first layer to 1 in the last, of the"
SLOPE = Statistic(
    "slope over depth", "above", f"{_SLOPE} {_DIVERGENCE}, in the encoder", per_round=True
)
SCALED = Statistic(
    "slope over depth, scaled by other seeds",
    "above",
    f"{_SLOPE} {_DIVERGENCE}, as a share of how far {{twins}} diverge in that layer, in the "
    "encoder",
    per_round=True,
)
TAU = Statistic(
    "Kendall's tau over layers",
    "above",
    f"Kendall's tau with the layer of the {_DIVERGENCE}, in the encoder{{over_levels}}",
    within=CORRELATION,
)
DECODER = replace(
    SLOPE, name="slope over depth, decoder", computes=f"{_SLOPE} {_DIVERGENCE}, in the decoder"
)
RULE = (
    "Supported where what {arm} diverges from {own} beyond {control} rises with the "
    "depth of the layer"
)
NO_DECODER = "the decoder was not measured: set representations.decoder = true"


def slope(by_layer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least-squares slope over the layers' depth, 0 to 1; ``[..., layers]`` to ``[...]``."""
    depth = np.linspace(-0.5, 0.5, by_layer.shape[-1])
    found: NDArray[np.float64] = by_layer @ depth / (depth @ depth)
    return found


def kendall(by_layer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kendall's tau-a with the layer, ``[..., layers]`` to ``[...]``."""
    low, high = np.triu_indices(by_layer.shape[-1], k=1)
    found: NDArray[np.float64] = np.sign(by_layer[..., high] - by_layer[..., low]).mean(axis=-1)
    return found


def measure(tables: ClaimTables, studied: Studied) -> Measured:
    """The statistics of C2 on an arm."""
    of_interest = SLOPE.with_margin(tables.registered.c2 / EIGHT)
    in_decoder = DECODER.with_margin(tables.registered.c2 / EIGHT)
    found = divergence(tables.similarity, studied)
    if not isinstance(found, str) and found.num_places < 2:
        found = ONE_LAYER
    if isinstance(found, str):
        return missing((of_interest, SCALED, TAU, in_decoder), found)
    assert tables.similarity is not None
    return (
        *found.curves(of_interest, slope),
        _scaled(found, tables.similarity, studied),
        found.to_control(TAU, kendall, is_linear=False),
        *_decoder(tables.similarity, studied, in_decoder),
    )


def divergence(
    similarity: pd.DataFrame | None, studied: Studied, module: str = "encoder"
) -> Grids | str:
    """1 minus debiased CKA with the same layer, from 1, of the dense model."""
    rows = None
    if similarity is not None:
        cka = with_own_dense(_debiased_cka(similarity, module), studied)
        rows = cka.assign(value=1 - cka["value"])
    return grids(rows, "similarity", studied, "layer", of_dense=0.0)


def other_seeds(similarity: pd.DataFrame, studied: Studied, of: str = "value") -> pd.DataFrame:
    """Debiased CKA of the encoder's layers with those of the dense models of other seeds, the mean
    over these, ``[replicates, layers]``."""
    return matrix(with_other_dense(_debiased_cka(similarity), studied), ["layer"], "similarity", of)


def _scaled(found: Grids, similarity: pd.DataFrame, studied: Studied) -> Curve | Missing:
    reason = seed_gap(similarity, "similarity", studied)
    if reason:
        return Missing(SCALED, "control", reason)
    likeness = other_seeds(similarity, studied)
    errors = (other_seeds(similarity, studied, "upper") - likeness).mean() / NORMAL
    over = "" if studied.is_given else "replicates and "
    for (layer, numbers), error in zip(likeness.items(), errors, strict=True):
        if not likely(numbers.to_numpy(), float(error), studied).lies_below(1):
            return Missing(
                SCALED,
                "control",
                f"{studied.cast.nouns.twins} are not shown to diverge in layer {layer} (95 % "
                f"interval over {over}sentences), so there is nothing to scale by: more of "
                f"representations.sentences{studied.or_replicates} might show it",
            )
    scale = 1 - likeness.mean().to_numpy()
    return found.to_control(SCALED, lambda by_layer: slope(by_layer / scale), is_linear=False)


def _decoder(
    similarity: pd.DataFrame, studied: Studied, statistic: Statistic
) -> Iterator[Curve | Missing]:
    if not similarity["module"].eq("decoder").any():
        yield Missing(statistic, "control", NO_DECODER)
        return
    found = divergence(similarity, studied, "decoder")
    if not isinstance(found, str) and found.num_places < 2:
        found = "the decoder has 1 layer: the statistic needs model.decoder_layers >= 2"
    yield to_control(found, statistic, slope)


def _debiased_cka(similarity: pd.DataFrame, module: str = "encoder") -> pd.DataFrame:
    """The rows of layers, from 1, with the same layer of another network."""
    cka = where(similarity, {"module": module, "measure": "cka_debiased"})
    return same_layer(cka[cka["layer"] >= 1])
