"""Which stretch of the schedule a training goes through, and the rate at each of its updates.

At a level every arm trains as many updates, unless it spends more: those of the share of the
schedule that is wound back to, up to its end. Learning-rate rewinding (Renda et al. 2020) goes
through just that stretch.
Weights of another update of the schedule have another stretch before them: from their own update to
the end, in as many updates, which passes over some rates or gives some of them twice. So they warm
up where they were still warming up, and all end at the last rate. A rate that is held is a stretch
of one update.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ticketscope.arms import Arm
from ticketscope.config import Experiment, Lottery, Training
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks.batches import longer_side, num_batches


@dataclass(frozen=True)
class Course:
    """Which stretch of the schedule is trained, `first_update` to `last_update` (exclusive)."""

    first_update: int
    last_update: int
    num_updates: int
    """Optimiser steps to take; those of the stretch, unless it is gone through faster or slower."""
    patience: int
    seed: int
    origin: str = ""
    """Digest of what it starts from; a checkpoint of another start is not gone on from."""

    def at(self, update: int) -> int:
        """The update of the schedule that has the rate of an update of this training."""
        length = self.last_update - self.first_update
        return self.first_update + update * length // self.num_updates

    def rate(self, update: int, settings: Training) -> float:
        """The rate of an update of this training."""
        return learning_rate(self.at(update), settings, self.last_update)


def dense_updates(experiment: Experiment, corpus: EncodedCorpus) -> int:
    """Updates of the dense model's whole schedule."""
    settings = experiment.training
    if settings.updates:
        return settings.updates
    batches = num_batches(longer_side(corpus.split("train")), experiment.batches.max_tokens)
    return updates_of_epochs(settings, batches)


def updates_of_epochs(settings: Training, num_batches: int) -> int:
    """Optimiser steps in `settings.epochs` epochs of this many batches."""
    return max(1, settings.epochs * num_batches // settings.accumulate)


def learning_rate(update: int, settings: Training, dense_updates: int) -> float:
    """A linear warm-up, then the inverse square root (Vaswani et al. 2017) or a straight line.

    `update` counts from 0, and `dense_updates` is the length of the whole schedule, where the line
    ends.
    """
    step, warmup = update + 1, settings.warmup_updates
    if step <= warmup:
        return settings.initial_rate + (settings.peak_rate - settings.initial_rate) * step / warmup
    if settings.last_rate:
        passed = (step - warmup) / (dense_updates - warmup)
        return settings.peak_rate + (settings.last_rate - settings.peak_rate) * passed
    return settings.peak_rate * math.sqrt(warmup / step)


def course_of(arm: Arm, level: int, lottery: Lottery, dense_updates: int, seed: int) -> Course:
    """The course of a level of an arm; `dense_updates`: the dense model's, the whole schedule."""
    first = {
        "parent": _update_of(lottery.rewind_to, level, dense_updates),
        "early": early_update(lottery, level, dense_updates),
        "new": 0,
    }[arm.weights]
    if arm.holds_last_rate:
        first = dense_updates - 1
    num_updates = updates_of_level(arm, level, lottery, dense_updates)
    return Course(first, dense_updates, num_updates, patience=0, seed=seed)


def updates_of_level(arm: Arm, level: int, lottery: Lottery, dense_updates: int) -> int:
    """How many updates a level trains: as many in every arm, unless it spends more."""
    retraining = [
        dense_updates - _update_of(lottery.rewind_to, each, dense_updates)
        for each in range(1, level + 1)
    ]
    if arm.spends == "retraining":
        return retraining[-1]
    # An update of level l takes 1 / speed_up ** l of the operations of one of the dense model.
    each_took = enumerate((dense_updates, *retraining))
    return round(sum(num * lottery.speed_up ** (level - before) for before, num in each_took))


def early_update(lottery: Lottery, level: int, dense_updates: int) -> int:
    """The update of the dense model that a level goes back to with its weights."""
    return _update_of(lottery.rewind_weights_to or lottery.rewind_to, level, dense_updates)


def _update_of(shares: Sequence[float], level: int, dense_updates: int) -> int:
    share = shares[min(level, len(shares)) - 1]
    return min(round(share * dense_updates), dense_updates - 1)
