"""The control that tells which weights go from how many."""

from typing import Final

from ticketscope.arms.arm import Arm

RANDOM_PRUNING: Final = Arm(
    name="random_pruning",
    title="random pruning",
    criterion="random",
    control="dense_continued",
    is_control=True,
    colour="#009E73",
    sentence="It prunes as many weights at each level, chosen by chance.",
)
