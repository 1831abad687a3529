"""The panel of a lottery: which of its tickets is compared with which."""

from ticketscope.arms import ARMS
from ticketscope.config import Lottery
from ticketscope.lottery.arms import control_of, planned_levels
from ticketscope.networks.network import Network
from ticketscope.networks.panel import Panel
from ticketscope.runs.store import DENSE, Run, dense_of


def panel_of(run: Run, lottery: Lottery) -> Panel:
    """Every planned network of a run, whether or not it is trained already."""
    levels = planned_levels(lottery)
    of_arms = {level: ARMS[level.arm] for level in levels if level.arm != DENSE}
    return Panel(
        networks={level: Network(run.level(level).ticket, level) for level in levels},
        references={level: dense_of(level.replicate) for level in of_arms},
        controls={level: other for level in levels if (other := control_of(level, lottery))},
        studied=frozenset(level for level, arm in of_arms.items() if not arm.is_control),
        pruned=frozenset(level for level, arm in of_arms.items() if arm.prunes),
    )
