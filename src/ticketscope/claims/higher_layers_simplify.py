"""C3: the higher layers become less complex than their dense counterparts."""

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
    where,
)
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import Numbers, Statistic, all_of
from ticketscope.measures.spectrum import PCS_80_INTERPOLATED

_OF = "of {arm} minus the same of {control} at k*"
DECIDING = PCS_80_INTERPOLATED
"""The measure in complexity.csv that decides. Whole counts do not: among the few components of a
narrow network all replicates may agree by chance, and then nothing is known of their spread."""
_PCS = (
    "log of the number of principal components for 80 % of the variance of the words' vectors, the "
    "last one counted in part"
)
UPPER = Statistic(
    "upper third",
    "below",
    f"Mean over the upper third of the encoder's layers of the {_PCS}, {_OF}",
    confidence=0.975,
)
UPPER_MINUS_LOWER = Statistic(
    "upper minus lower third",
    "below",
    f"Mean over the upper third of the encoder's layers of the {_PCS}, less the mean over the "
    f"lower third, {_OF}",
    confidence=0.975,
)
LOWER = Statistic(
    "lower third",
    "below",
    f"Mean over the lower third of the encoder's layers of the {_PCS}, {_OF}",
    confidence=0.975,
)
CHECKS = {
    measure: Statistic(
        f"upper third, {name}",
        "below",
        f"Mean over the upper third of the encoder's layers of the log of the {name}, {_OF}",
    )
    for measure, name in (
        ("pcs_80", "whole number of components"),
        ("participation_ratio", "participation ratio"),
        ("effective_rank", "effective rank"),
    )
}
DEAD = "a layer has no component at all: its neurons are dead, and 0 has no logarithm"
STATISTICS = (UPPER, UPPER_MINUS_LOWER, LOWER, *CHECKS.values())
RULE = (
    "Supported where the upper third of the encoder's layers is less complex in {arm} than in "
    "{control}, and more so than the lower third (both 97.5 % intervals below 0); contradicted "
    "where one lies above 0 and the other not below, and a third is shown to have changed"
)


def thirds(ticket: NDArray[np.float64], control: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
    """Upper third, and upper minus lower third, of log(ticket / control).

    Arguments ``[replicates, layers]``, positive; results ``[replicates]``. A third is rounded down
    but has a layer at least.
    """
    change = np.log(ticket) - np.log(control)
    size = max(1, change.shape[1] // 3)
    upper = change[:, -size:].mean(axis=1)
    return upper, upper - change[:, :size].mean(axis=1)


def decide(
    writer: Writer, ticket: NDArray[np.float64], control: NDArray[np.float64], note: str
) -> tuple[Claim, ...]:
    """The claim and its statistics from counts of components ``[replicates, layers]``."""
    in_upper, beyond_lower = thirds(ticket, control)
    upper = writer.measured(UPPER, in_upper, note)
    difference = writer.measured(UPPER_MINUS_LOWER, beyond_lower, note)
    lower = writer.measured(LOWER, in_upper - beyond_lower, note)
    # Where the upper third itself moved, `upper` has the word.
    of_difference, unmoved = unless_unmoved(difference, {"contradicted": lower})
    told = [*(f"{row.statistic}: {row.verdict}" for row in (upper, difference)), unmoved, note]
    verdict = all_of([upper.verdict, of_difference])
    return (writer.verdict(verdict, "; ".join(filter(None, told))), upper, difference, lower)


def rows(tables: ClaimTables, studied: Studied, last: LastHeld) -> tuple[Claim, ...]:
    """The rows of C3 on an arm."""
    writer = Writer("C3", studied, RULE, num_replicates(tables.complexity))
    reason = gap(tables.complexity, "complexity", studied, [last.level])
    if reason:
        return writer.not_measured(STATISTICS, reason)
    assert tables.complexity is not None
    ticket, control = _encoder_layers(tables.complexity, DECIDING, studied, last.level)
    if ticket.shape[1] < 2:
        return writer.not_measured(STATISTICS, ONE_LAYER)
    if min(ticket.min(), control.min()) <= 0:
        return writer.not_measured(STATISTICS, DEAD)
    checks = [
        writer.measured(
            statistic,
            thirds(*_encoder_layers(tables.complexity, measure, studied, last.level))[0],
            "a check that does not decide",
        )
        for measure, statistic in CHECKS.items()
    ]
    return (*decide(writer, ticket, control, f"k* is {last.note}"), *checks)


def _encoder_layers(
    complexity: pd.DataFrame, measure: str, studied: Studied, level: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A measure of the arm and of its control, ``[replicates, layers]``, layers from 1."""
    of_measure = where(complexity, {"module": "encoder", "measure": measure, "level": level})
    of_measure = of_measure[of_measure["layer"] >= 1]
    found = {
        arm: matrix(where(of_measure, {"arm": arm}), ["layer"], "complexity") for arm in studied
    }
    alike(found, "complexity")
    return found[studied.arm].to_numpy(), found[studied.control].to_numpy()
