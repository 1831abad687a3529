"""The levels of a lottery: which comes from which, and which is compared with which."""

from ticketscope.arms import arm_of, in_order
from ticketscope.arms.dense import DENSE
from ticketscope.config import Experiment, Lottery, training_identity
from ticketscope.lottery.origins import conventions_of, origin_of
from ticketscope.networks.network import Network
from ticketscope.networks.panel import Fresh, Panel
from ticketscope.runs.store import LevelId, Run, dense_of


def planned_levels(lottery: Lottery) -> list[LevelId]:
    """Every level of every arm and replicate, each behind those that it is made from."""
    levels = [dense_of(replicate) for replicate in range(lottery.replicates)]
    # Not as the config names them: the first arm is that which pages compare the others with. Those
    # that need the mask of another one come last.
    arms = sorted(in_order(lottery.arms), key=lambda arm: arm_of(arm).takes_from is not None)
    for level in range(1, lottery.levels + 1):
        for replicate in range(lottery.replicates):
            levels += [LevelId(replicate, arm, level) for arm in arms]
    return levels


def parent(level: LevelId) -> LevelId:
    """The level whose network is pruned for one of an arm."""
    if level.level == 1 or arm_of(level.arm).cuts_dense:
        return dense_of(level.replicate)
    return LevelId(level.replicate, level.arm, level.level - 1)


def taken_from(level: LevelId) -> LevelId | None:
    """The level of another arm whose mask it needs, where it needs one."""
    other = arm_of(level.arm).takes_from
    return LevelId(level.replicate, other, level.level) if other else None


def sources(level: LevelId) -> tuple[LevelId, ...]:
    """The levels that one is made from; a dense model is made from none."""
    if level.arm == DENSE:
        return ()
    arm, other = arm_of(level.arm), taken_from(level)
    prunes = [parent(level)] if arm.mask_of is None else []
    early = [dense_of(level.replicate)] if arm.weights == "early" else []
    return tuple(dict.fromkeys([*prunes, *([other] if other else []), *early]))


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
        shrunk=frozenset(level for level, arm in of_arms.items() if arm.removes),
        extent=lambda _: origin.extent,
        fresh=lambda _: Fresh(identity, origin.untrained),
        tokenizer=lambda _: origin.tokenizer,
        dense_differ=experiment.model.trains_dense,
    )
