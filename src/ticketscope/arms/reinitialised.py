"""The control that tells a mask from a mask with its weights."""

from typing import Final

from ticketscope.arms.arm import Arm

REINITIALISED: Final = Arm(
    name="reinitialised",
    title="tickets with new weights",
    criterion=None,
    control="dense_continued",
    is_control=True,
    colour="#E87CB8",
    sentence="It gives the mask of lr_rewinding new random weights and trains them on the whole "
    "schedule, in as many updates (Frankle and Carbin 2019).",
    mask_of="lr_rewinding",
    weights="new",
)
