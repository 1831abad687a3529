"""The control that tells which weights go from how many of each tensor."""

from typing import Final

from ticketscope.arms.arm import Arm

SHUFFLED_MASK: Final = Arm(
    name="shuffled_mask",
    title="tickets with shuffled masks",
    criterion="random",
    control="dense_continued",
    is_control=True,
    colour="#D01040",
    sentence="It prunes as many weights of each tensor as lr_rewinding has pruned, chosen by "
    "chance (Frankle et al. 2021): if it is as good, only these numbers matter.",
    counts_of="lr_rewinding",
)
