"""The arms that a run can have: each a file of this folder, and one line here."""

from ticketscope.arms.arm import Arm
from ticketscope.arms.dense_continued import DENSE_CONTINUED
from ticketscope.arms.dense_repeated import DENSE_REPEATED
from ticketscope.arms.lr_rewinding import LR_REWINDING
from ticketscope.arms.random_pruning import RANDOM_PRUNING

__all__ = ["ARMS", "Arm"]

ARMS: dict[str, Arm] = {
    "lr_rewinding": LR_REWINDING,
    "dense_continued": DENSE_CONTINUED,
    "dense_repeated": DENSE_REPEATED,
    "random_pruning": RANDOM_PRUNING,
}
"""By name, in the order of legends."""
