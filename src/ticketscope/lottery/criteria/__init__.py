"""The criteria by which arms prune: each a file of this folder, and one line here."""

from ticketscope.lottery.criteria.criterion import Criterion, Evidence
from ticketscope.lottery.criteria.magnitude import by_magnitude
from ticketscope.lottery.criteria.random_choice import by_chance

__all__ = ["CRITERIA", "Criterion", "Evidence"]

CRITERIA: dict[str, Criterion] = {
    "magnitude": by_magnitude,
    "random": by_chance,
}
"""By the name that an arm gives; a dry run prints that name."""
