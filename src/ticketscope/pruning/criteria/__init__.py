"""The criteria of pruning: each a file of this folder, and one line here."""

from ticketscope.pruning.criteria.criterion import Criterion, Evidence
from ticketscope.pruning.criteria.magnitude import by_magnitude
from ticketscope.pruning.criteria.random_choice import by_chance

__all__ = ["CRITERIA", "Criterion", "Evidence"]

CRITERIA: dict[str, Criterion] = {
    "magnitude": by_magnitude,
    "random": by_chance,
}
"""By the name that an arm and `ticketscope prune` give; a dry run prints that name."""
