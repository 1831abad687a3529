"""The statistics of claims at every level: where does an effect begin?

The verdict of a level is on that level alone; of so many some are wrong by chance. The claims are
decided over all registered levels together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ticketscope.claims.asked import CLAIMS
from ticketscope.claims.claim import Writer
from ticketscope.claims.claim_tables import ClaimTables, Studied
from ticketscope.claims.dose import Curve, Reference
from ticketscope.claims.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class AtLevel:
    """A row of claims_by_level.csv: a statistic at one level, not per round; see `Claim`."""

    arm: str
    level: int
    sparsity_prunable: float
    rounds: float
    claim: str
    statistic: str
    reference: Reference
    value: float | None
    lower: float | None
    upper: float | None
    lower_90: float | None
    upper_90: float | None
    margin: float | None
    num_replicates: int
    verdict: Verdict
    replicates_needed: str


def claims_by_level(tables: ClaimTables, studied: Studied) -> tuple[AtLevel, ...]:
    """Every statistic that is measured, at every level of an arm, claim by claim."""
    return tuple(
        row
        for claim, asked in CLAIMS.items()
        for curve in asked.measure(tables, studied)
        if isinstance(curve, Curve)
        for row in _at_levels(claim, tables, studied, curve)
    )


def _at_levels(
    claim: str, tables: ClaimTables, studied: Studied, curve: Curve
) -> Iterator[AtLevel]:
    writer = Writer(claim, studied, tables.registered, "", len(curve.numbers))
    for index, level in enumerate(curve.levels):
        row = writer.at_level(curve, index)
        yield AtLevel(
            arm=row.arm,
            level=level,
            sparsity_prunable=curve.sparsities[index],
            rounds=float(curve.rounds[index]),
            claim=claim,
            statistic=row.statistic,
            reference=row.reference,
            value=row.value,
            lower=row.lower,
            upper=row.upper,
            lower_90=row.lower_90,
            upper_90=row.upper_90,
            margin=row.margin,
            num_replicates=row.num_replicates,
            verdict=row.verdict,
            replicates_needed=row.replicates_needed,
        )
