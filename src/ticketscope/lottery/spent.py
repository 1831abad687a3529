"""What the training of a level took, and its criterion where that trains, too: updates, tokens,
floating-point operations."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ticketscope.arms import arm_of
from ticketscope.arms.dense import DENSE
from ticketscope.config import Experiment
from ticketscope.lottery.lineage import sources
from ticketscope.lottery.starts import calibration_pairs
from ticketscope.lottery.training import order_seed, sort_keys
from ticketscope.lottery.training_log import read_log_end
from ticketscope.networks.batches import Pairs, epoch_batches, longer_side, num_batches
from ticketscope.networks.network import Network
from ticketscope.networks.operations import TRAINING, operations_of
from ticketscope.pruning.calibration import trained_on
from ticketscope.pruning.criteria import CRITERIA
from ticketscope.runs.store import LevelFolder, LevelId, Run


@dataclass(frozen=True)
class Spent:
    """What trainings took.

    Args:
        updates: optimiser steps; with patience also those after the best state.
        source_tokens: positions that the encoder read, special symbols included, padding not.
        target_tokens: pieces that were predicted, ends of sentences included.
        operations: of the forward and backward passes; see `ticketscope.networks.operations`.
    """

    updates: int = 0
    source_tokens: int = 0
    target_tokens: int = 0
    operations: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.updates + other.updates,
            self.source_tokens + other.source_tokens,
            self.target_tokens + other.target_tokens,
            self.operations + other.operations,
        )


def spent_by_criterion(network: Network, experiment: Experiment, run: Run) -> Spent:
    """What the criterion of a level took where it trains the network that it prunes; where it only
    reads, nothing is counted. Each of its updates counts as one of a training, though it needs no
    gradient of what it does not prune."""
    level = network.label
    assert level is not None
    criterion = None if level.arm == DENSE else arm_of(level.arm).criterion
    if criterion is None or not CRITERIA[criterion].trains:
        return Spent()
    pairs = calibration_pairs(run, level, experiment)
    passes, steps = trained_on(pairs, experiment.batches.max_tokens)
    return spent_on(network, pairs, np.full(len(pairs), passes), steps)


def with_all_before(levels: Iterable[LevelId]) -> dict[LevelId, frozenset[LevelId]]:
    """Of each level the levels that it took to make it: itself, those that it is made from, and all
    before these. Each level comes behind those that it is made from."""
    found: dict[LevelId, frozenset[LevelId]] = {}
    for level in levels:
        before = (found[source] for source in sources(level))
        found[level] = reduce(frozenset.union, before, frozenset({level}))
    return found


def updates_taken(folder: LevelFolder) -> int:
    """Updates that were taken, be it that the state of an earlier one was kept."""
    logged = (entry["update"] for entry in read_log_end(folder.log))
    taken: int = max([folder.facts()["num_updates"], *logged])
    return taken


def times_seen(pairs: Pairs, experiment: Experiment, seed: int, updates: int) -> NDArray[np.int64]:
    """How often each training pair was seen in so many updates, by the order in which the trainer
    takes them; `seed`: that of the training."""
    lengths, max_tokens = longer_side(pairs), experiment.batches.max_tokens
    num_epochs, left = divmod(
        updates * experiment.training.accumulate, num_batches(lengths, max_tokens)
    )
    counts_N = np.full(len(pairs), num_epochs, dtype=np.int64)
    if left:
        keys = sort_keys(pairs, experiment.batches)
        last = epoch_batches(lengths, max_tokens, order_seed(seed), num_epochs, keys)
        for indices in last[:left]:
            counts_N[indices] += 1
    return counts_N


def spent_on(network: Network, pairs: Pairs, times_N: NDArray[np.int64], updates: int) -> Spent:
    """What a training of a network took that saw each of these pairs so many times, without what
    validation took."""
    frame = network.tokenizer.frame
    first, last = frame.labels
    operations = operations_of(network.folder.parameter_shapes, last - first)
    sources_N = pairs.source_lengths.astype(np.int64) + frame.num_source
    labels_N = pairs.target_lengths.astype(np.int64) + len(frame.target_after)
    # The decoder reads all that it predicts from, forced symbols too.
    read_N = labels_N + frame.num_target - 1
    forward = operations.forward(sources_N, read_N, labels_N, times_N)
    return Spent(updates, int(times_N @ sources_N), int(times_N @ labels_N), TRAINING * forward)
