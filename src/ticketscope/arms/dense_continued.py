"""The control that tells pruning from training on."""

from typing import Final

from ticketscope.arms.arm import Arm

DENSE_CONTINUED: Final = Arm(
    name="dense_continued",
    title="control: trained on, nothing pruned",
    criterion=None,
    control=None,
    is_control=True,
    colour="#D55E00",
    sentence="It trains on for as many updates on the same schedule and prunes nothing.",
)
