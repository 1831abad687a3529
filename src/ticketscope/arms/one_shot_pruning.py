"""Pruning without rounds."""

from typing import Final

from ticketscope.arms.arm import Arm

ONE_SHOT: Final = Arm(
    name="one_shot",
    title="one-shot pruning",
    criterion="magnitude",
    control="dense_continued",
    is_control=False,
    colour="#D010B8",
    sentence="It prunes the weights of least magnitude of the dense model, at once as many as the "
    "level has, and trains again as lr_rewinding does.",
    cuts_dense=True,
)
