"""The claims of the study as code: pure functions from a run's tables to verdicts on an arm.

One number per replicate decides a claim, by its t interval over the replicates: the mean over
levels of a difference to the control of the arm, per round of pruning. docs/claims.md has the
formulas, the rules, and how often each verdict is wrong.
"""

from dataclasses import replace

from ticketscope.claims.asked import CLAIMS
from ticketscope.claims.by_level import claims_by_level
from ticketscope.claims.claim import CLAIM, Claim
from ticketscope.claims.claim_tables import ClaimTables, Studied, studied_arms
from ticketscope.claims.convergence import mark
from ticketscope.claims.quality_holds import LastHeld, last_held

__all__ = [
    "CLAIM",
    "CLAIMS",
    "Claim",
    "ClaimTables",
    "LastHeld",
    "Studied",
    "claims",
    "claims_by_level",
    "last_held",
    "studied_arms",
]


def claims(tables: ClaimTables, studied: Studied) -> tuple[Claim, ...]:
    """Every row of claims.csv on an arm: of each claim its own first, then those of its statistics.

    Raises `InputError` for tables that were cut, and for test sets that quality.csv has not.
    """
    held, marked = last_held(tables, studied), mark(tables, studied)
    return tuple(
        replace(row, mark=marked)
        for name, asked in CLAIMS.items()
        for row in asked.rows_on(name, tables, studied, held)
    )
