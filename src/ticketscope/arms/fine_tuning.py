"""Pruning as it was before there were tickets."""

from typing import Final

from ticketscope.arms.arm import Arm

FINE_TUNING: Final = Arm(
    name="fine_tuning",
    title="fine-tuning after pruning",
    criterion="magnitude",
    control="dense_continued",
    is_control=False,
    colour="#70A0F4",
    sentence="It prunes the weights of least magnitude and trains on at the last rate of the "
    "schedule (Han et al. 2015).",
    holds_last_rate=True,
)
