"""Which encoders are probed, and under which names results are kept."""

from typing import TYPE_CHECKING, Final

from ticketscope.runs.store import LevelId
from ticketscope.steps.probes import PROBING

if TYPE_CHECKING:
    from ticketscope.steps.bench import Bench

RANDOM_ENCODER: Final = "random_encoder"
"""Stands in the place of an arm: the encoder as it was before any training."""


def probed(bench: "Bench") -> list[LevelId]:
    """The networks that are probed, dense ones first."""
    settings = bench.study.probing
    if not settings.is_asked:
        return []
    return [
        label
        for label in bench.panel.with_states
        if label in bench.panel.dense
        or (
            (not settings.levels or label.level in settings.levels)
            and (not settings.arms or label.arm in settings.arms)
        )
    ]


def untrained_of(label: LevelId) -> LevelId:
    """The name under which results of the untrained encoder of a replicate are kept."""
    return LevelId(label.replicate, RANDOM_ENCODER, 0)


def result_of(task: str) -> str:
    """The name under which results of a task are kept."""
    return f"{PROBING}/{task}"
