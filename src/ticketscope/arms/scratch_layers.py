"""The same control for networks that have lost layers."""

from typing import Final

from ticketscope.arms.arm import Arm

SCRATCH_LAYERS: Final = Arm(
    name="scratch_layers",
    title="structured: layers removed, new weights",
    criterion=None,
    control="dense_continued",
    is_control=True,
    colour="#7BA37B",
    sentence="It gives networks of the shape of structured_layers new random weights and trains "
    "them on the whole schedule, in as many updates (Liu et al. 2019): if it is as good, only the "
    "shape matters.",
    removes="layers",
    mask_of="structured_layers",
    weights="new",
)
