"""Arms, their levels, and which level comes from which: the plan of a run as pure data."""

from ticketscope.arms import ARMS, under_study
from ticketscope.config import Lottery
from ticketscope.runs.store import DENSE, LevelId, dense_of


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
    """The control of its arm at the same level, where the run has one."""
    control = None if level.arm == DENSE else ARMS[level.arm].control
    if control not in lottery.arms:
        return None
    return LevelId(level.replicate, control, level.level)


def shown_levels(lottery: Lottery, last_held: int) -> list[LevelId]:
    """The dense model, the last level at which quality holds and the last of all: of the first
    replicate and the first arm that is no control."""
    arm = under_study(lottery.arms)
    if arm is None:
        return [dense_of(0)]
    numbers = sorted({last_held, lottery.levels} - {0})
    return [dense_of(0), *(LevelId(0, arm, number) for number in numbers)]
