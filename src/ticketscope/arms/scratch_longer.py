"""The same control with as much training as the structured network has behind it."""

from typing import Final

from ticketscope.arms.arm import Arm

SCRATCH_LONGER: Final = Arm(
    name="scratch_longer",
    title="structured: neurons removed, new weights, trained for longer",
    criterion=None,
    control="dense_continued",
    is_control=True,
    colour="#C96F4A",
    sentence="It does what scratch does, in as many updates as take the operations of all that was "
    "trained to make the network of structured_ffn, the dense model among it (Liu et al. 2019).",
    removes="neurons",
    mask_of="structured_ffn",
    weights="new",
    spends="search",
)
