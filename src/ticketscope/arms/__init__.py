"""The arms that a run can have: each a file of this folder, and one line here."""

from collections.abc import Iterable

from ticketscope.arms.arm import Arm
from ticketscope.arms.dense import DENSE_MODEL
from ticketscope.arms.dense_continued import DENSE_CONTINUED
from ticketscope.arms.dense_repeated import DENSE_REPEATED
from ticketscope.arms.lr_rewinding import LR_REWINDING
from ticketscope.arms.random_pruning import RANDOM_PRUNING

__all__ = ["ARMS", "Arm", "all_under_study", "known_arms", "under_study"]

ARMS: dict[str, Arm] = {
    "lr_rewinding": LR_REWINDING,
    "dense_continued": DENSE_CONTINUED,
    "dense_repeated": DENSE_REPEATED,
    "random_pruning": RANDOM_PRUNING,
}
"""By name, in the order of legends."""


def known_arms() -> dict[str, Arm]:
    """All that networks of a run are labelled with: the dense model, then the arms."""
    return {DENSE_MODEL.name: DENSE_MODEL, **ARMS}


def all_under_study(names: Iterable[str]) -> list[str]:
    """Of these arms those that are no controls."""
    return [name for name in names if not ARMS[name].is_control]


def under_study(names: Iterable[str]) -> str | None:
    """The first of these arms that is no control: what the views and the first screen show."""
    return next(iter(all_under_study(names)), None)
