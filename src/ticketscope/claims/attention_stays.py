"""C5: attention stays as it was.

Likeness to the dense model means little by itself: heads of two networks that share nothing but
their data are alike, too, and training on moves them without any pruning. So what an arm loses of
it is taken as a share of what the control keeps above the dense models of other seeds:

    retained = 1 - (s(D) - s(T)) / mean over replicates of (s(D) - s(X))

where s is the likeness to the dense model, T the arm, D its control and X other seeds' dense
models. Means over heads, layers and kinds come before the ratio, and the divisor is the mean over
replicates, so no replicate is divided by its own noise. 1: it keeps what the control keeps.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ticketscope.claims.claim_tables import (
    ClaimTables,
    Studied,
    matrix,
    same_layer,
    seed_gap,
    where,
    with_other_dense,
    with_own_dense,
)
from ticketscope.claims.dose import Curve, Measured, Missing, at_most
from ticketscope.claims.grids import Array, Grids, floor_of, grids, likely, missing
from ticketscope.claims.verdicts import NORMAL, Statistic
from ticketscope.measures.bounds import SHARE

_RETAINED = "with {dense} that {arm} retains, as a share of what {reference} keeps above {twins}"
_HEADS = "Likeness of heads (Pearson, matched one to one within a layer"
HEADS = Statistic(
    "retained heads",
    "not below",
    f"{_HEADS}; the mean over layers, then kinds) {_RETAINED}",
    null=1.0,
)
STATES = Statistic(
    "retained hidden states",
    "not below",
    "Likeness of hidden states (debiased CKA, the mean over the encoder's layers) " + _RETAINED,
    null=1.0,
)
MATCHED = Statistic(
    "heads matched to themselves",
    "not below",
    "Share of the heads of {arm} whose best match in the same layer of {dense} is the head of the "
    "same number, the mean over layers, then kinds",
    null=1.0,
    within=SHARE,
)
RULE_OF_ONE = (
    "Supported where the heads of {arm} are shown to retain more of their likeness to {dense} than "
    "1 less the margin, as a share of what {control} keeps above {twins}; contradicted where they "
    "are shown to retain less"
)
RULE = (
    "Supported where the heads of {arm} are shown to retain more of their likeness to the dense "
    "model than 1 less the margin, as a share of what {control} keeps above other seeds, at every "
    "registered level, asked in their order; contradicted where they are shown to retain less at "
    "the last one"
)
_DIGITS = 4


def measure(tables: ClaimTables, studied: Studied) -> Measured:
    """The statistics of C5 on an arm; the heads against the control decide."""
    margin, up_to = tables.registered.c5, tables.registered.up_to
    heads, states = HEADS.with_margin(margin), STATES.with_margin(margin)
    return (
        *_retained_heads(tables.attention, studied, heads, up_to),
        *_retained_states(tables.similarity, studied, states, up_to),
        _matched(tables.attention, studied, MATCHED.with_margin(margin)),
        *_in_parts(tables.attention, studied, margin, up_to),
    )


def _retained_heads(
    attention: pd.DataFrame | None, studied: Studied, statistic: Statistic, up_to: float
) -> Measured:
    rows = None if attention is None else _of_heads(attention)
    return _retained(rows, "attention", studied, statistic, up_to, more="attention.num_words")


def _retained_states(
    similarity: pd.DataFrame | None, studied: Studied, statistic: Statistic, up_to: float
) -> Measured:
    rows = None
    if similarity is not None:
        cka = where(similarity, {"module": "encoder", "measure": "cka_debiased"})
        rows = _placed(same_layer(cka[cka["layer"] >= 1]).assign(kind="encoder"))
    return _retained(
        rows, "similarity", studied, statistic, up_to, more="representations.sentences"
    )


def _in_parts(
    attention: pd.DataFrame | None, studied: Studied, margin: float, up_to: float
) -> Iterator[Curve | Missing]:
    """By kind, and by layer of each kind: against the control alone."""
    if attention is None:
        return
    parts = {}
    for kind, of_kind in _of_heads(attention).groupby("kind"):
        parts[str(kind)] = of_kind
        for layer, of_layer in of_kind.groupby("layer"):
            parts[f"{kind}, layer {int(str(layer).partition('.')[0])}"] = of_layer
    for name, rows in parts.items():
        computes = f"{_HEADS}; {name}) {_RETAINED}"
        statistic = replace(HEADS, name=f"{HEADS.name}: {name}", computes=computes, margin=margin)
        yield _retained(rows, "attention", studied, statistic, up_to, more="attention.num_words")[0]


def _retained(
    rows: pd.DataFrame | None,
    name: str,
    studied: Studied,
    statistic: Statistic,
    up_to: float,
    *,
    more: str,
) -> Measured:
    """What is retained of the likeness in these rows, each with a kind and a layer: against the
    control, against the dense model, and of the floor.

    There must be something to divide by at every level that prunes at most the share `up_to`; of
    levels beyond, those are left out from the first on at which there is not.
    """
    own = None if rows is None else with_own_dense(rows, studied)
    found = grids(own, name, studied, "place", of_dense=1.0)
    if isinstance(found, str):
        return missing((statistic,), found)
    assert rows is not None
    reason = seed_gap(rows, name, studied)
    if reason:
        return missing((statistic,), reason)
    weights = _weights(rows, studied)
    others = matrix(with_other_dense(rows, studied), ["place"], name).to_numpy() @ weights
    dense = found.dense @ weights
    kept = found.curve(statistic, "dense", retained(found.ticket @ weights, dense, others))
    if isinstance(found.control, str):
        return (Missing(statistic, "control", found.control), kept)
    control = found.control @ weights
    num = _tellable(rows, name, studied, found.levels, control - others[:, None], weights)
    if num == 0 and studied.is_given:
        return missing(
            (statistic,),
            f"what {studied.control} keeps is not shown to be more than the likeness of the base "
            "to its twins (95 % interval over sentences), so there is nothing to divide by: more "
            f"of {more} might show it",
        )
    if num < len(found.levels) and (num == 0 or at_most(found.sparsities[num], up_to)):
        return missing(
            (statistic,),
            f"what {studied.control} keeps at level {found.levels[num]} is not shown to be more "
            "than the likeness to the dense models of other seeds (95 % interval over replicates "
            f"and sentences), so there is nothing to divide by: more of "
            f"{more}{studied.or_replicates} might show it",
        )
    told = replace(found, levels=found.levels[:num], sparsities=found.sparsities[:num])

    def curve(of: Statistic, likeness: Array) -> Curve:
        numbers = retained(likeness[:, :num] @ weights, control[:, :num], others)
        return told.curve(of, "control", numbers)

    if studied.is_given:
        of_one = _of_one(rows, name, studied, found, weights)
        return (replace(curve(statistic, found.ticket), sentence_errors=of_one), kept)
    floor = (
        []
        if found.repeated is None
        else [curve(floor_of(statistic, studied.repeated), found.repeated)]
    )
    return (curve(statistic, found.ticket), kept, *floor)


def retained(ticket: Array, reference: Array, others: Array) -> Array:
    """The formula above; likenesses ``[replicates, levels]``, and `others` ``[replicates]``."""
    divisor = (reference - others[:, None]).mean(axis=0)
    found: Array = 1 - (reference - ticket) / divisor
    return found


def _tellable(
    rows: pd.DataFrame,
    name: str,
    studied: Studied,
    levels: tuple[int, ...],
    kept: Array,
    weights: Array,
) -> int:
    """At how many levels, from the first on, there is something to divide by: what the control
    keeps above other seeds is shown to be above 0, over replicates and sentences."""
    control = where(with_own_dense(rows, studied), {"arm": studied.control})
    control = control[control["level"].isin(levels)]
    others = with_other_dense(rows, studied)
    of_control = _errors(control, name, ["level", "place"]).to_numpy().reshape(len(levels), -1)
    of_others = float(np.dot(_errors(others, name, ["place"]).to_numpy(), weights))
    errors = np.hypot(of_control @ weights, of_others)
    shown = [
        likely(numbers, float(error), studied).lies_above(0)
        for numbers, error in zip(kept.T, errors, strict=True)
    ]
    return [*shown, False].index(False)


def _of_one(
    rows: pd.DataFrame, name: str, studied: Studied, found: Grids, weights: Array
) -> tuple[float, ...]:
    """The standard error over sentences of what one network retains of what one control keeps, as
    if all that it is made of erred together, which is the most it can be; empty where the table
    has no intervals.

    Of the ratio a / b it is (error of a + |a / b| times error of b) / b, to first order.
    """
    if "control" not in found.errors or isinstance(found.control, str):
        return ()
    others = with_other_dense(rows, studied)
    of_others = matrix(others, ["place"], name).to_numpy() @ weights
    control = where(with_own_dense(rows, studied), {"arm": studied.control})
    divisor = float((found.control @ weights).item() - of_others.item())
    share = float(((found.ticket - found.control) @ weights).item()) / divisor
    over = sum(float(_errors(each, name, ["place"]) @ weights) for each in (control, others))
    return (float(found.errors["control"] @ weights + abs(share) * over) / divisor,)


def _errors(rows: pd.DataFrame, name: str, columns: list[str]) -> "pd.Series[float]":
    """Standard errors from the choice of sentences, the mean over replicates."""
    half = matrix(rows, columns, name, "upper") - matrix(rows, columns, name, "lower")
    return half.mean() / 2 / NORMAL


def _matched(
    attention: pd.DataFrame | None, studied: Studied, statistic: Statistic
) -> Curve | Missing:
    rows = None
    if attention is not None:
        rows = with_own_dense(
            _placed(same_layer(where(attention, {"measure": "matched"}))), studied
        )
    found = grids(rows, "attention", studied, "place", of_dense=1.0)
    if isinstance(found, str):
        return Missing(statistic, "dense", found)
    assert rows is not None
    return found.curve(statistic, "dense", found.ticket @ _weights(rows, studied))


def _of_heads(attention: pd.DataFrame) -> pd.DataFrame:
    return _placed(same_layer(where(attention, {"measure": "pearson_assigned"})))


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    """With a column `place` of kind and layer, whose order is that of its names."""
    layers = rows["layer"].astype(int).astype(str).str.zfill(_DIGITS)
    return rows.assign(place=rows["kind"] + " " + layers)


def _weights(rows: pd.DataFrame, studied: Studied) -> Array:
    """What each place of an arm counts for in the mean over layers, then kinds, which may differ in
    how many layers they have; ``[places]``, in the order of their names."""
    places = where(rows, {"arm": studied.arm})["place"]
    kinds = [place.rpartition(" ")[0] for place in sorted(set(places))]
    num_kinds = len(set(kinds))
    return np.array([1 / num_kinds / kinds.count(kind) for kind in kinds])
