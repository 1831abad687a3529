"""The claims of the study in words, and how the rows of each are made."""

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
from ticketscope.claims.claim import Claim
from ticketscope.claims.claim_tables import ClaimTables, Studied
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import Statistic


@dataclass(frozen=True)
class Asked:
    """A claim in words, its rows on an arm at a k*, and its statistics that have a level."""

    title: str
    rows: Callable[[ClaimTables, Studied, LastHeld], tuple[Claim, ...]]
    statistics: tuple[Statistic, ...] = ()
    """Those of C0 are named after their levels, so they are not here."""


CLAIMS: Mapping[str, Asked] = {
    "C0": Asked("Translation quality holds", quality_holds.rows),
    "C1": Asked("Semantics degrades first", semantics_first.rows, semantics_first.STATISTICS),
    "C2": Asked(
        "Higher layers diverge most", higher_layers_diverge.rows, higher_layers_diverge.STATISTICS
    ),
    "C3": Asked(
        "Higher layers become less complex",
        higher_layers_simplify.rows,
        higher_layers_simplify.STATISTICS,
    ),
    "C4": Asked(
        "Early layers do more of the encoding",
        early_layers_encode.rows,
        (early_layers_encode.CENTRE, early_layers_encode.AHEAD),
    ),
    "C5": Asked("Attention stays consistent", attention_stays.rows, attention_stays.STATISTICS),
}
