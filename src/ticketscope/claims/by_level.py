"""The statistics of claims at every level: a description beside the verdicts, which are at k*.

This shows where an effect begins. Nothing is tested: of so many intervals some leave their bound
out by chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ticketscope.arms.dense import DENSE
from ticketscope.claims.asked import CLAIMS
from ticketscope.claims.claim import Claim
from ticketscope.claims.claim_tables import ClaimTables, Studied
from ticketscope.claims.quality_holds import LastHeld

QUALITY = "difference to control"
"""The statistic of C0, which claims.csv names after its level."""


@dataclass(frozen=True)
class AtLevel:
    """A row of claims_by_level.csv: a statistic as it is if k* is that level; see `Claim`."""

    arm: str
    level: int
    sparsity_prunable: float
    claim: str
    statistic: str
    value: float
    lower: float | None
    upper: float | None
    detectable: float | None
    num_replicates: int


def claims_by_level(tables: ClaimTables, studied: Studied) -> tuple[AtLevel, ...]:
    """Every statistic that is measured, at every level of an arm, claim by claim."""
    sparsities = _sparsities(tables, studied.arm)
    return tuple(
        _at(last, row)
        for claim in CLAIMS
        for level, sparsity in sparsities.items()
        for last in (LastHeld(level, sparsity, ""),)
        for row in _rows(tables, studied, claim, last)
        if row.value is not None
    )


def _rows(tables: ClaimTables, studied: Studied, claim: str, last: LastHeld) -> Iterator[Claim]:
    """The rows of a claim that speak of this level alone."""
    asked = CLAIMS[claim]
    names = {statistic.name for statistic in asked.statistics}
    for row in asked.rows(_probed_at(tables, last.level), studied, last):
        if row.statistic == f"{QUALITY} at level {last.level}":
            yield replace(row, statistic=QUALITY)
        elif row.statistic in names:
            yield row


def _probed_at(tables: ClaimTables, level: int) -> ClaimTables:
    """Without the probes of other levels, over which C1 would take the mean."""
    if tables.probes is None:
        return tables
    probes = tables.probes
    return replace(tables, probes=probes[probes["level"].eq(level) | probes["arm"].eq(DENSE)])


def _sparsities(tables: ClaimTables, arm: str) -> dict[int, float]:
    """Share of the prunable weights by level of an arm, the mean over replicates."""
    for table in (tables.quality, tables.similarity, tables.complexity, tables.attention):
        if table is not None:
            of_tickets = table[table["arm"] == arm]
            means = of_tickets.groupby("level", as_index=False)["sparsity_prunable"].mean()
            return {
                int(level): float(share)
                for level, share in zip(means["level"], means["sparsity_prunable"], strict=True)
            }
    return {}


def _at(last: LastHeld, row: Claim) -> AtLevel:
    assert row.value is not None
    return AtLevel(
        arm=row.arm,
        level=last.level,
        sparsity_prunable=last.sparsity,
        claim=row.claim,
        statistic=row.statistic,
        value=row.value,
        lower=row.lower,
        upper=row.upper,
        detectable=row.detectable,
        num_replicates=row.num_replicates,
    )
