"""The arms that a run can have: each a file of this folder, and one line in `named`."""

from ticketscope.arms.arm import Arm
from ticketscope.arms.named import ARMS, arm_of, in_order

__all__ = ["ARMS", "Arm", "arm_of", "in_order"]
