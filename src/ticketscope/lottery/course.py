"""Which stretch of the schedule a training goes through, and the rate at each of its updates."""

import math
from dataclasses import dataclass

from ticketscope.config import Training


@dataclass(frozen=True)
class Course:
    """Which stretch of the schedule is trained, `first_update` to `last_update` (exclusive)."""

    first_update: int
    last_update: int
    patience: int
    seed: int
    origin: str = ""
    """Digest of the parent; a checkpoint that started from another one is not gone on from."""

    @property
    def num_updates(self) -> int:
        """Optimiser steps to take."""
        return self.last_update - self.first_update


def learning_rate(update: int, settings: Training) -> float:
    """Inverse square root with linear warm-up; `update` counts from 0 (Vaswani et al. 2017)."""
    step, warmup = update + 1, settings.warmup_updates
    if step <= warmup:
        return settings.initial_rate + (settings.peak_rate - settings.initial_rate) * step / warmup
    return settings.peak_rate * math.sqrt(warmup / step)
