"""The dense model, where every arm starts. It is no arm of the lottery: it has level 0 alone."""

from typing import Final

from ticketscope.arms.arm import Arm

DENSE_MODEL: Final = Arm(
    name="dense",
    title="dense model",
    criterion=None,
    control=None,
    is_control=False,
    colour="#7F7F7F",
    sentence="It trains the whole schedule and prunes nothing; every arm starts at it.",
)

DENSE: Final = DENSE_MODEL.name
"""What it is labelled with, in place of an arm."""
