"""Panels of lotteries of any size, in a run directory that is not there."""

from pathlib import Path

from cast_fixture import with_needed
from hypothesis import strategies as st

from ticketscope.arms import ARMS
from ticketscope.config import Lottery
from ticketscope.lottery.lineage import panel_of
from ticketscope.networks.panel import Panel
from ticketscope.runs.store import Run
from toy import toy_experiment

THREE = ("lr_rewinding", "dense_continued", "random_pruning")
LOTTERIES = st.builds(
    Lottery,
    arms=st.lists(st.sampled_from([*ARMS]), min_size=1, unique=True).map(with_needed),
    replicates=st.integers(1, 3),
    levels=st.integers(1, 3),
)


def panel_with(*, arms: tuple[str, ...] = THREE, replicates: int = 2, levels: int = 2) -> Panel:
    return of_lottery(Lottery(arms=arms, replicates=replicates, levels=levels))


def of_lottery(lottery: Lottery) -> Panel:
    experiment = toy_experiment(Path("files")).model_copy(update={"lottery": lottery})
    return panel_of(Run(Path("run")), experiment)
