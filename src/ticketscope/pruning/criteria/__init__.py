"""The criteria of pruning: each a file of this folder, and one line here."""

from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.criteria.magnitude import MAGNITUDE
from ticketscope.pruning.criteria.random_choice import RANDOM

__all__ = ["CRITERIA", "Criterion", "Evidence", "Pruned"]

CRITERIA: dict[str, Criterion] = {
    "magnitude": MAGNITUDE,
    "random": RANDOM,
}
"""By the name that an arm and `ticketscope prune` give; a dry run prints that name."""
