"""The levels of a lottery: which comes from which, and which is compared with which."""

from ticketscope.arms import arm_of
from ticketscope.arms.dense import DENSE
from ticketscope.config import Experiment, Lottery, training_identity
from ticketscope.lottery.origins import conventions_of, origin_of
from ticketscope.networks.network import Network
from ticketscope.networks.panel import Fresh, Panel
from ticketscope.runs.store import LevelId, Run, dense_of


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
    control = None if level.arm == DENSE else arm_of(level.arm).control
    if control not in lottery.arms:
        return None
    return LevelId(level.replicate, control, level.level)


def panel_of(run: Run, experiment: Experiment) -> Panel:
    """Every planned network of a run, whether or not it is trained already."""
    lottery = experiment.lottery
    origin, conventions = origin_of(run, experiment), conventions_of(experiment.model)
    identity = {"model": training_identity(experiment)["model"]}

    levels = planned_levels(lottery)
    of_arms = {level: arm_of(level.arm) for level in levels if level.arm != DENSE}
    return Panel(
        networks={level: Network(run.level(level).ticket, level, conventions) for level in levels},
        references={level: dense_of(level.replicate) for level in of_arms},
        controls={level: other for level in levels if (other := control_of(level, lottery))},
        studied=frozenset(level for level, arm in of_arms.items() if not arm.is_control),
        pruned=frozenset(level for level, arm in of_arms.items() if arm.prunes),
        extent=lambda _: origin.extent,
        fresh=lambda _: Fresh(identity, origin.untrained),
        tokenizer=lambda _: origin.tokenizer,
        dense_differ=experiment.model.trains_dense,
    )
