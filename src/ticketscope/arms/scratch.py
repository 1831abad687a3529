"""The control that tells a small network from the weights that it has kept."""

from typing import Final

from ticketscope.arms.arm import Arm

SCRATCH: Final = Arm(
    name="scratch",
    title="structured: neurons removed, new weights",
    criterion=None,
    control="dense_continued",
    is_control=True,
    colour="#C08A5A",
    sentence="It gives networks of the shape of structured_ffn new random weights and trains them "
    "on the whole schedule, in as many updates (Liu et al. 2019): if it is as good, only the shape "
    "matters.",
    removes="neurons",
    mask_of="structured_ffn",
    weights="new",
)
