"""The criteria of pruning: each a file of this folder, and one line here."""

from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.criteria.fisher import FISHER
from ticketscope.pruning.criteria.magnitude import MAGNITUDE
from ticketscope.pruning.criteria.movement import MOVEMENT
from ticketscope.pruning.criteria.random_choice import RANDOM
from ticketscope.pruning.criteria.snip import SNIP
from ticketscope.pruning.criteria.soft_movement import SOFT_MOVEMENT
from ticketscope.pruning.criteria.sparsegpt import SPARSEGPT
from ticketscope.pruning.criteria.wanda import WANDA

__all__ = ["CRITERIA", "Criterion", "Evidence", "Pruned"]

CRITERIA: dict[str, Criterion] = {
    "magnitude": MAGNITUDE,
    "random": RANDOM,
    "snip": SNIP,
    "fisher": FISHER,
    "wanda": WANDA,
    "sparsegpt": SPARSEGPT,
    "movement": MOVEMENT,
    "soft_movement": SOFT_MOVEMENT,
}
"""By the name that an arm and `ticketscope prune` give; a dry run prints that name."""
