"""Pruning that makes networks faster: neurons."""

from typing import Final

from ticketscope.arms.arm import Arm

STRUCTURED_FFN: Final = Arm(
    name="structured_ffn",
    title="structured: neurons removed",
    criterion=None,
    control="dense_continued",
    is_control=False,
    colour="#8C6A3F",
    sentence="It removes the neurons of least magnitude from every feed-forward block, as large a "
    "share as lr_rewinding prunes of all weights, and trains again as it does: its networks are "
    "smaller.",
    removes="neurons",
)
