"""The claims of the study as code: pure functions from a run's tables to verdicts.

A claim is decided by one number (or two) a replicate, each a difference to the control arm that was
trained on without pruning, and a t interval over the replicates. docs/claims.md has the formulas,
the rules, and how often each verdict is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ticketscope.claims import (
    attention_stays,
    early_layers_encode,
    higher_layers_diverge,
    higher_layers_simplify,
    quality_holds,
    semantics_first,
)
from ticketscope.claims.claim import CLAIM, COLUMNS, Claim
from ticketscope.claims.quality_holds import LastHeld, last_held
from ticketscope.claims.tables import ClaimTables

__all__ = ["CLAIM", "CLAIMS", "COLUMNS", "Claim", "ClaimTables", "LastHeld", "claims", "last_held"]


@dataclass(frozen=True)
class Asked:
    """A claim of the study in words, and how its rows are made."""

    title: str
    rows: Callable[[ClaimTables, LastHeld], tuple[Claim, ...]]


CLAIMS: Mapping[str, Asked] = {
    "C0": Asked("Translation quality holds", quality_holds.rows),
    "C1": Asked("Semantics degrades first", semantics_first.rows),
    "C2": Asked("Higher layers diverge most", higher_layers_diverge.rows),
    "C3": Asked("Higher layers become less complex", higher_layers_simplify.rows),
    "C4": Asked("Early layers do more of the encoding", early_layers_encode.rows),
    "C5": Asked("Attention stays consistent", attention_stays.rows),
}


def claims(tables: ClaimTables) -> tuple[Claim, ...]:
    """Every row of claims.csv: of each claim its own first, then those of its statistics.

    Raises `InputError` for tables that were cut, and for test sets that quality.csv has not.
    """
    last = last_held(tables)
    return tuple(row for asked in CLAIMS.values() for row in asked.rows(tables, last))
