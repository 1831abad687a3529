"""C4: early layers of sparse models do more of the encoding."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim import Claim, Writer
from ticketscope.claims.claim_tables import (
    NO_PROBED_LEVEL,
    ONE_LAYER,
    ClaimTables,
    Studied,
    alike,
    cut,
    gap,
    levels,
    matrix,
    num_replicates,
    where,
    with_own_dense,
)
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import Numbers, Statistic, any_of

CENTRE = Statistic(
    "centre of gravity",
    "below",
    "Centre of gravity (in layers) of the weights of scalar-mix probes, the mean over tasks, of "
    "{arm} minus that of {control} at the last probed level up to k*",
    confidence=0.975,
)
AHEAD = Statistic(
    "likeness to the next dense layer",
    "above",
    "Debiased CKA of a layer with the next dense layer minus that with the one before, the mean "
    "over the lower half of the encoder's layers, of {arm} minus that of {control} at k*",
    confidence=0.975,
)
RULE = (
    "Supported where tasks are read off earlier layers of {arm} than of {control}, or its "
    "early layers are more like the next dense layer (97.5 % intervals), and neither speaks "
    "against it; contradicted the other way round"
)


def centres(ticket: NDArray[np.float64], control: NDArray[np.float64]) -> Numbers:
    """Shift of the centres of gravity ``[replicates, tasks]``, ``[replicates]``."""
    shift: Numbers = (ticket - control).mean(axis=1)
    return shift


def ahead(ticket: NDArray[np.float64], control: NDArray[np.float64]) -> Numbers:
    """How much further ahead the lower half of the ticket's layers is than the control's.

    Arguments: similarity of layer i with dense layer j, ``[replicates, layers, layers]``, both from
    the embeddings (0) on. Result ``[replicates]``.
    """

    def of(network: NDArray[np.float64]) -> Numbers:
        lower = np.arange(1, (network.shape[1] - 1) // 2 + 1)
        found: Numbers = (network[:, lower, lower + 1] - network[:, lower, lower - 1]).mean(axis=1)
        return found

    return of(ticket) - of(control)


def conclude(writer: Writer, centre: Claim, likeness: Claim) -> Claim:
    """The claim's own row from those of its two statistics.

    Where one was not measured, neither is the claim: it might have spoken against the other.
    """
    halves = (centre, likeness)
    absent = [row for row in halves if row.verdict == "not measured"]
    if absent:
        reasons = dict.fromkeys(row.reason for row in absent)
        measured = [f"{row.statistic}: {row.verdict}" for row in halves if row not in absent]
        return writer.verdict("not measured", "; ".join([*reasons, *measured]))
    each = "; ".join(f"{row.statistic}: {row.verdict}" for row in halves)
    return writer.verdict(any_of([row.verdict for row in halves]), f"{each}; {likeness.reason}")


def rows(tables: ClaimTables, studied: Studied, last: LastHeld) -> tuple[Claim, ...]:
    """The rows of C4 on an arm."""
    counts = num_replicates(tables.probes), num_replicates(tables.similarity)
    writer = Writer("C4", studied, RULE, max(counts))
    centre, likeness = _centre(writer, tables.probes, last), _likeness(writer, tables, last)
    return (conclude(writer, centre, likeness), centre, likeness)


def _centre(writer: Writer, probes: pd.DataFrame | None, last: LastHeld) -> Claim:
    mixes = None
    if probes is not None:
        mixes = where(probes, {"probe": "mix", "metric": "centre_of_gravity"})
    if probes is not None and not probes.empty and mixes is not None and mixes.empty:
        return writer.missing(CENTRE, "no scalar mix was probed: set probing.mix = true")
    probed = [] if mixes is None else levels(mixes, writer.studied.arm)
    upto = [level for level in probed if level <= last.level]
    reason = gap(mixes, "probes", writer.studied, upto[-1:])
    if reason:
        return writer.missing(CENTRE, reason)
    assert mixes is not None
    if not upto:
        return writer.missing(CENTRE, NO_PROBED_LEVEL.format(last.level))
    found = {
        arm: matrix(where(mixes, {"arm": arm, "level": upto[-1]}), ["task"], "probes")
        for arm in writer.studied
    }
    alike(found, "probes")
    shift = centres(*(each.to_numpy() for each in found.values()))
    return writer.measured(CENTRE, shift, f"at level {upto[-1]}; k* is {last.note}")


def _likeness(writer: Writer, tables: ClaimTables, last: LastHeld) -> Claim:
    reason = gap(tables.similarity, "similarity", writer.studied, [last.level])
    if reason:
        return writer.missing(AHEAD, reason)
    assert tables.similarity is not None
    cka = where(tables.similarity, {"module": "encoder", "measure": "cka_debiased"})
    found = {
        arm: matrix(with_own_dense(cka, arm, last.level), ["layer", "other_layer"], "similarity")
        for arm in writer.studied
    }
    alike(found, "similarity")
    num_pairs = found[writer.studied.arm].shape[1]
    size = math.isqrt(num_pairs)
    if size**2 != num_pairs:
        raise cut("similarity", "not every layer is compared with every layer")
    if size < 3:
        return writer.missing(AHEAD, ONE_LAYER)
    squares = [each.to_numpy().reshape(-1, size, size) for each in found.values()]
    return writer.measured(AHEAD, ahead(*squares), f"k* is {last.note}")
