"""The control of the control: what other batches and other dropout do by themselves."""

from typing import Final

from ticketscope.arms.arm import Arm

DENSE_REPEATED: Final = Arm(
    name="dense_repeated",
    title="control repeated: other batches and dropout",
    criterion=None,
    control="dense_continued",
    is_control=True,
    colour="#E69F00",
    sentence="It does what dense_continued does once more, with other batches and other dropout: "
    "how far it ends from dense_continued is what training noise alone does.",
    draws_own_seeds=True,
)
