"""Arms, their levels, and which level comes from which: the plan of a run as pure data."""

from collections.abc import Mapping

from ticketscope.config import Lottery
from ticketscope.runs.store import DENSE, LevelId, dense_of

# The criterion by which an arm chooses what to prune; None: a control in which nothing is pruned.
SCORE_OF_ARM: Mapping[str, str | None] = {
    "lr_rewinding": "magnitude",
    "dense_continued": None,
    "random_pruning": "random",
}
CONTROL = "dense_continued"
CONTROLS = (CONTROL, "random_pruning")
"""Arms that tell what a finding of the others is worth."""


def planned_levels(lottery: Lottery) -> list[LevelId]:
    """Every level of every arm and replicate, parents before children."""
    levels = [dense_of(replicate) for replicate in range(lottery.replicates)]
    for level in range(1, lottery.levels + 1):
        for replicate in range(lottery.replicates):
            levels += [LevelId(replicate, arm, level) for arm in lottery.arms]
    return levels


def parent(level: LevelId) -> LevelId | None:
    """The level whose weights this one goes on from; None for a dense model."""
    if level.arm == DENSE:
        return None
    if level.level == 1:
        return dense_of(level.replicate)
    return LevelId(level.replicate, level.arm, level.level - 1)


def control_of(level: LevelId, lottery: Lottery) -> LevelId | None:
    """`dense_continued` at the same level, where there is one, for a ticket of another arm."""
    if level.arm in (DENSE, CONTROL) or CONTROL not in lottery.arms:
        return None
    return LevelId(level.replicate, CONTROL, level.level)


def shown_levels(lottery: Lottery, last_held: int) -> list[LevelId]:
    """The dense model, the last level at which quality holds and the last of all: of the first
    replicate and the first arm that is no control."""
    arm = next((arm for arm in lottery.arms if arm not in CONTROLS), None)
    if arm is None:
        return [dense_of(0)]
    numbers = sorted({last_held, lottery.levels} - {0})
    return [dense_of(0), *(LevelId(0, arm, number) for number in numbers)]
