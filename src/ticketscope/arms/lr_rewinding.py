"""The arm of the study."""

from typing import Final

from ticketscope.arms.arm import Arm

LR_REWINDING: Final = Arm(
    name="lr_rewinding",
    title="tickets (learning-rate rewinding)",
    criterion="magnitude",
    control="dense_continued",
    is_control=False,
    colour="#0072B2",
    sentence="It prunes the weights of least magnitude, winds the schedule back and trains again "
    "(learning-rate rewinding, Renda et al. 2020).",
)
