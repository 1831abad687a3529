"""C5: attention stays as it was while the hidden states do not."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ticketscope.claims.claim import Claim, Writer, percent, unless_unmoved
from ticketscope.claims.claim_tables import (
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
from ticketscope.claims.grids import missing
from ticketscope.claims.higher_layers_diverge import divergence, other_seeds
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import Numbers, Statistic, Verdict
from ticketscope.measures.bounds import SHARE

LEAST_MATCHED = 0.9
_RETAINED = (
    "with the dense model at k* above that of another seed's dense model, {arm} over {control}"
)
_HEADS = "heads (Pearson, matched one to one within a layer, the mean over layers, then kinds)"
_STATES = "hidden states (debiased CKA, the mean over the encoder's layers)"
DIFFERENCE = Statistic(
    "retained heads minus hidden states",
    "above",
    f"Similarity of the {_HEADS} {_RETAINED}, minus the same for the {_STATES}",
)
HEADS = Statistic(
    "retained heads",
    "below",
    f"Similarity of the {_HEADS} {_RETAINED}",
    null=1.0,
)
STATES = Statistic(
    "retained hidden states",
    "below",
    f"Similarity of the {_STATES} {_RETAINED}",
    null=1.0,
)
MATCHED = Statistic(
    "heads matched to themselves",
    "above",
    "Share of the heads of {arm} at k* whose best match in the same layer of the dense model "
    "is the head of the same number, the mean over layers, then kinds",
    null=LEAST_MATCHED,
    within=SHARE,
)
STATISTICS = (DIFFERENCE, HEADS, STATES, MATCHED)
RULE = (
    "Supported where {arm} retains more of the heads' similarity with the dense model than "
    "of the hidden states', each as a share of what {control} keeps above another seed (95 % "
    "interval above 0), what it retains of the hidden states' is shown to be below 1, and at least "
    f"{percent(LEAST_MATCHED)} of its heads match themselves"
)


@dataclass(frozen=True)
class Similarity:
    """With the dense model, the mean over layers, ``[replicates]`` each."""

    ticket: Numbers
    control: Numbers
    other_seed: Numbers

    @property
    def retained(self) -> Numbers:
        """1 if the ticket keeps as much as the control does, 0 if it keeps as little as another
        seed."""
        return (self.ticket - self.other_seed) / (self.control - self.other_seed)


def decide(
    writer: Writer, heads: Similarity, states: Similarity, matched: Numbers, note: str
) -> tuple[Claim, ...]:
    """The claim and its statistics; `matched`: share of the ticket's heads, ``[replicates]``."""
    decided = writer.measured(DIFFERENCE, heads.retained - states.retained, note)
    of_heads = writer.measured(HEADS, heads.retained, note)
    of_states = writer.measured(STATES, states.retained, note)
    share = float(matched.mean())
    moved: Mapping[Verdict, Claim] = {"supported": of_states, "contradicted": of_heads}
    verdict, unmoved = unless_unmoved(decided, moved)
    if verdict == "supported" and share < LEAST_MATCHED:
        verdict = "undecided"
    told = (unmoved, f"{percent(share)} of the heads match themselves", decided.reason)
    return (
        writer.verdict(verdict, "; ".join(filter(None, told))),
        decided,
        of_heads,
        of_states,
        writer.measured(MATCHED, matched, "its mean decides"),
    )


def rows(tables: ClaimTables, studied: Studied, last: LastHeld) -> tuple[Claim, ...]:
    """The rows of C5 on an arm."""
    writer = Writer("C5", studied, tables.registered, RULE, num_replicates(tables.attention))
    for name, table in (("attention", tables.attention), ("similarity", tables.similarity)):
        reason = gap(table, name, studied, [last.level])
        if not reason:
            assert table is not None
            reason = seed_gap(table, name)
        if reason:
            return writer.not_measured(missing(STATISTICS, reason), reason)
    assert tables.attention is not None
    assert tables.similarity is not None
    if set(tables.attention["replicate"]) != set(tables.similarity["replicate"]):
        reason = (
            "tables/attention.csv and tables/similarity.csv are not of the same replicates: run "
            "ticketscope run again to complete them"
        )
        return writer.not_measured(missing(STATISTICS, reason), reason)
    control = studied.control
    kept = _kept_at_least(tables.attention, control, last.level)
    if (kept <= 0).any():
        reason = (
            f"the heads of {control} in replicate {kept.idxmin()} are not shown to be more like "
            "the dense model than those of another seed (95 % intervals over sentences), so there "
            "is nothing to divide by: more of attention.num_words might show it"
        )
        return writer.not_measured(missing(STATISTICS, reason), reason)
    found = divergence(tables.similarity, studied)
    assert not isinstance(found, str)
    assert not isinstance(found.control, str)
    index = found.levels.index(last.level)
    seeds = other_seeds(tables.similarity).mean(axis=1).to_numpy()
    ticket, control_states = (
        1 - each[:, index].mean(axis=1) for each in (found.ticket, found.control)
    )
    return decide(
        writer,
        _heads(tables.attention, studied, last.level),
        Similarity(ticket, control_states, seeds),
        _matched(tables.attention, studied.arm, last.level),
        f"{last.note}",
    )


def _heads(attention: pd.DataFrame, studied: Studied, level: int) -> Similarity:
    assigned = same_layer(where(attention, {"measure": "pearson_assigned"}))
    found = {
        **{
            arm: _by_layer(with_own_dense(where(assigned, {"arm": arm, "level": level})))
            for arm in studied
        },
        "another seed": _by_layer(with_other_dense(assigned)),
    }
    alike(found, "attention")
    return Similarity(*(_numbers(each) for each in found.values()))


def _kept_at_least(attention: pd.DataFrame, control: str, level: int) -> "pd.Series[float]":
    """As `kept_at_least`, of the heads."""
    assigned = same_layer(where(attention, {"measure": "pearson_assigned"}))
    kept = _by_layer(with_own_dense(where(assigned, {"arm": control, "level": level})), of="lower")
    return _mean(kept) - _mean(_by_layer(with_other_dense(assigned), of="upper"))


def _matched(attention: pd.DataFrame, arm: str, level: int) -> Numbers:
    matched = same_layer(where(attention, {"measure": "matched"}))
    return _numbers(_by_layer(with_own_dense(where(matched, {"arm": arm, "level": level}))))


def _by_layer(rows: pd.DataFrame, of: str = "value") -> pd.DataFrame:
    return matrix(rows, ["kind", "layer"], "attention", of)


def _numbers(by_layer: pd.DataFrame) -> Numbers:
    return np.asarray(_mean(by_layer), dtype=np.float64)


def _mean(by_layer: pd.DataFrame) -> "pd.Series[float]":
    """Over layers, then kinds, which may differ in how many layers they have: ``[replicates]``."""
    return by_layer.T.groupby(level="kind").mean().mean()
