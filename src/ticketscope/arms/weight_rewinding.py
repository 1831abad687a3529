"""Weights that go back in time, too: what lottery tickets were first."""

from typing import Final

from ticketscope.arms.arm import Arm

WEIGHT_REWINDING: Final = Arm(
    name="weight_rewinding",
    title="tickets (weight rewinding)",
    criterion="magnitude",
    control="dense_continued",
    is_control=False,
    colour="#8858F4",
    sentence="It prunes the weights of least magnitude, gives those that are left the values of an "
    "early update of the dense model, and trains again from there (weight rewinding, Frankle et "
    "al. 2020).",
    weights="early",
)
