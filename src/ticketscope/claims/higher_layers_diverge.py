"""C2: the higher a layer, the further it diverges from its dense counterpart."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim import Claim, Writer, unless_unmoved
from ticketscope.claims.claim_tables import (
    ONE_LAYER,
    ClaimTables,
    Studied,
    alike,
    gap,
    matrix,
    num_replicates,
    same_layer,
    seed_gap,
    where,
    with_other_dense,
    with_own_dense,
)
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import Numbers, Statistic
from ticketscope.measures.bounds import CORRELATION

_DIVERGENCE = (
    "divergence of {arm} from its dense model (1 minus debiased CKA of the words' vectors) "
    "beyond that of {control}, as a share of the divergence of another seed's dense model"
)
_OVER = "over the encoder's layers at k*"
SLOPE = Statistic(
    "slope over layers", "above", f"Least-squares slope, by layer, of the {_DIVERGENCE}, {_OVER}"
)
TAU = Statistic(
    "Kendall's tau over layers",
    "above",
    f"Kendall's tau with the layer of the {_DIVERGENCE}, {_OVER}",
    within=CORRELATION,
)
LOWER, UPPER = (
    Statistic(
        f"divergence of the {half} half",
        "above",
        f"Mean over the {half} half of the encoder's layers, at k*, of the {_DIVERGENCE}",
    )
    for half in ("lower", "upper")
)
STATISTICS = (SLOPE, TAU, UPPER, LOWER)
RULE = (
    "Supported where what {arm} diverges from its dense model beyond {control} rises with the "
    "layer (95 % interval of the slope above 0), and the upper half of the layers is shown to "
    "diverge beyond it"
)


def relative_divergence(
    ticket: NDArray[np.float64], control: NDArray[np.float64], other_seed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Divergence beyond the control's in shares of another seed's.

    Arguments: similarity with the same layer of the dense model, ``[replicates, layers]``.
    """
    divergence: NDArray[np.float64] = (control - ticket) / (1 - other_seed)
    return divergence


def slope(by_layer: NDArray[np.float64]) -> Numbers:
    """Least-squares slope over layers, ``[replicates, layers]`` to ``[replicates]``."""
    layers = np.arange(by_layer.shape[1], dtype=float)
    centred = layers - layers.mean()
    found: Numbers = by_layer @ centred / (centred @ centred)
    return found


def kendall(by_layer: NDArray[np.float64]) -> Numbers:
    """Kendall's tau-a with the layer, ``[replicates, layers]`` to ``[replicates]``."""
    low, high = np.triu_indices(by_layer.shape[1], k=1)
    found: Numbers = np.sign(by_layer[:, high] - by_layer[:, low]).mean(axis=1)
    return found


def halves(by_layer: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
    """Mean over the lower and the upper half of the layers, ``[replicates, layers]`` to
    ``[replicates]`` each; of an odd number of layers the middle one is in neither."""
    size = by_layer.shape[1] // 2
    lower: Numbers = by_layer[:, :size].mean(axis=1)
    upper: Numbers = by_layer[:, -size:].mean(axis=1)
    return lower, upper


def decide(
    writer: Writer,
    ticket: NDArray[np.float64],
    control: NDArray[np.float64],
    other_seed: NDArray[np.float64],
    note: str,
) -> tuple[Claim, ...]:
    """The claim and its statistics from the similarities that `relative_divergence` takes."""
    by_layer = relative_divergence(ticket, control, other_seed)
    decided = writer.measured(SLOPE, slope(by_layer), note)
    lower, upper = (
        writer.measured(statistic, numbers, note)
        for statistic, numbers in zip((LOWER, UPPER), halves(by_layer), strict=True)
    )
    verdict, unmoved = unless_unmoved(decided, {"supported": upper, "contradicted": lower})
    return (
        writer.verdict(verdict, "; ".join(filter(None, (unmoved, decided.reason)))),
        decided,
        writer.measured(TAU, kendall(by_layer), "a check that does not decide"),
        upper,
        lower,
    )


def rows(tables: ClaimTables, studied: Studied, last: LastHeld) -> tuple[Claim, ...]:
    """The rows of C2 on an arm."""
    writer = Writer("C2", studied, RULE, num_replicates(tables.similarity))
    reason = gap(tables.similarity, "similarity", studied, [last.level])
    if reason:
        return writer.not_measured(STATISTICS, reason)
    assert tables.similarity is not None
    reason = seed_gap(tables.similarity, "similarity")
    if reason:
        return writer.not_measured(STATISTICS, reason)
    ticket, control, other_seed = encoder_layers(tables.similarity, studied, last.level)
    if ticket.shape[1] < 2:
        return writer.not_measured(STATISTICS, ONE_LAYER)
    nearest = _of_other_seeds(_debiased_cka(tables.similarity), of="upper")
    for layer, replicates in (nearest.T >= 1).iterrows():
        if replicates.any():
            return writer.not_measured(
                STATISTICS,
                f"the dense models of another seed and of replicate {replicates.idxmax()} are not "
                f"shown to diverge in layer {layer} (95 % interval over sentences), so there is "
                "nothing to scale by: more of representations.sentences might show it",
            )
    return decide(writer, ticket, control, other_seed, f"k* is {last.note}")


def encoder_layers(
    similarity: pd.DataFrame, studied: Studied, level: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Debiased CKA with the same layer of the dense model, ``[replicates, layers]``, layers from 1.

    Of the arm, of the control, and of another seed's dense model.
    """
    cka = _debiased_cka(similarity)
    found = {
        **{
            arm: matrix(with_own_dense(cka, arm, level), ["layer"], "similarity") for arm in studied
        },
        "another seed": _of_other_seeds(cka),
    }
    alike(found, "similarity")
    ticket, control, other_seed = (each.to_numpy() for each in found.values())
    return ticket, control, other_seed


def kept_at_least(similarity: pd.DataFrame, control: str, level: int) -> "pd.Series[float]":
    """By how much the control is more like its dense model than another seed's dense model is.

    Debiased CKA, the mean over layers, ``[replicates]``: the nearer ends of both 95 % intervals
    over sentences.
    """
    cka = _debiased_cka(similarity)
    kept = matrix(with_own_dense(cka, control, level), ["layer"], "similarity", of="lower")
    return kept.mean(axis=1) - _of_other_seeds(cka, of="upper").mean(axis=1)


def _debiased_cka(similarity: pd.DataFrame) -> pd.DataFrame:
    """The rows of the encoder's layers, from 1, with the same layer of another network."""
    cka = where(similarity, {"module": "encoder", "measure": "cka_debiased"})
    return same_layer(cka[cka["layer"] >= 1])


def _of_other_seeds(cka: pd.DataFrame, of: str = "value") -> pd.DataFrame:
    return matrix(with_other_dense(cka), ["layer"], "similarity", of)
