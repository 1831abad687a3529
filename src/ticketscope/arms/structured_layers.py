"""Pruning that makes networks faster: layers."""

from typing import Final

from ticketscope.arms.arm import Arm

STRUCTURED_LAYERS: Final = Arm(
    name="structured_layers",
    title="structured: layers removed",
    criterion=None,
    control="dense_continued",
    is_control=False,
    colour="#5F8F5F",
    sentence="It removes the layers without which the loss on training text is lowest, one after "
    "the other, and trains again as lr_rewinding does: its networks are smaller.",
    removes="layers",
)
