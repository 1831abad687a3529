"""The tables of a run: each is defined in one module of this folder, and has one line here."""

from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.behaviour import BEHAVIOUR
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.probes import PROBES
from ticketscope.tables.quality import QUALITY, SENTENCES
from ticketscope.tables.representations import COMPLEXITY, NEURONS, SIMILARITY
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import Table
from ticketscope.tables.weights import SPARSITY, WEIGHTS

__all__ = ["TABLES"]

TABLES: tuple[Table, ...] = (
    QUALITY,
    SENTENCES,
    SPARSITY,
    SIMILARITY,
    NEURONS,
    COMPLEXITY,
    ATTENTION,
    BEHAVIOUR,
    CLAIM_VERDICTS,
    CLAIMS_BY_LEVEL,
    WEIGHTS,
    PROBES,
    SPEED,
)
"""In the order in which docs/run-directory.md tells them."""
