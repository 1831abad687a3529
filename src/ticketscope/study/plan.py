"""What a run would do, before anything is done.

`Sizes` follow from the settings alone: parameters, sparsity ladder, tickets, disk. `Work`, updates
and time, needs the training text, or a corpus that is encoded already.
"""

import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from rich.console import Console
from torch import Tensor

from ticketscope.arms import Arm, arm_of
from ticketscope.arms.arm import Units
from ticketscope.config import Experiment, Lottery
from ticketscope.console.terminal import Column, FittingTable, roughly, say
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.parallel import open_corpus
from ticketscope.lottery.course import updates_of_epochs, updates_of_level
from ticketscope.lottery.early_weights import early_updates
from ticketscope.lottery.levels import level_updates
from ticketscope.lottery.lineage import planned_levels
from ticketscope.lottery.origins import planned_parameters, planned_shapes
from ticketscope.lottery.speed_ups import Layout
from ticketscope.lottery.starts import num_kept_at
from ticketscope.networks import model
from ticketscope.networks.batches import longer_side, num_batches
from ticketscope.networks.families import Role, role
from ticketscope.runs.executors import num_workers
from ticketscope.runs.store import Run
from ticketscope.steps.work import asked

# Share of the machine's matrix-product rate that training reached (docs/log.md).
TRAINING_EFFICIENCY = 0.55
# Characters of a sentence for each piece, with vocabularies of 6,000 to 8,000 (docs/log.md).
_CHARACTERS_A_PIECE = 4.4
_MANY = 1_000_000  # updates, of which two different shares are never the same update
_RATE_SECONDS = 0.2  # to warm up, and then to measure, the matrix-product rate


@dataclass(frozen=True)
class Rung:
    """One step of the sparsity ladder."""

    level: int
    num_pruned: int
    sparsity: model.Sparsity


@dataclass(frozen=True)
class Sizes:
    """What the settings alone tell.

    `feed_forward`: the widths of a network and of its feed-forward blocks. `structured`: of each
    arm that removes whole units, what is left at each level, in words.
    """

    counts: model.Counts
    feed_forward: tuple[int, int]
    num_by_role: dict[str, int]
    ladder: list[Rung]
    num_tickets: int
    disk_bytes: int
    structured: dict[str, str]


@dataclass(frozen=True)
class Work:
    """How much there is to train."""

    dense_updates: int
    is_estimate: bool
    """Whether `dense_updates` was only estimated from the text."""
    total_updates: int
    seconds: float


def plan_sizes(experiment: Experiment) -> Sizes:
    """Plan the networks of an experiment without memory for their weights."""
    tensors = planned_parameters(experiment)
    counts = model.count(tensors, embeddings=experiment.lottery.prune_embeddings)
    num_by_role: Counter[str] = Counter()
    for name, tensor in tensors.items():
        num_by_role[_role_name(role(name))] += tensor.numel()
    num_tickets = len(planned_levels(experiment.lottery))
    return Sizes(
        counts=counts,
        feed_forward=_feed_forward(tensors),
        num_by_role=dict(num_by_role),
        ladder=_ladder(experiment, counts),
        num_tickets=num_tickets,
        disk_bytes=disk_bytes(experiment, counts, num_workers(experiment)),
        structured=_structured(experiment),
    )


@dataclass(frozen=True)
class Epoch:
    """The training text, seen once."""

    num_batches: int
    num_target_tokens: int
    """Pieces and ends of sentences that are learnt."""


def plan_work(
    experiment: Experiment, sizes: Sizes, dense_updates: int | None, epoch: Epoch | None = None
) -> Work:
    """Plan the training of networks of these sizes.

    `dense_updates` follow from the epoch if they are not known already, and that is estimated from
    the training text if it is not given. Raises `InputError` where that text cannot be read;
    `ticketscope.study.checks` goes before.
    """
    updates = dense_updates
    if updates is None:
        num_batches = (epoch or estimated_epoch(experiment)).num_batches
        updates = updates_of_epochs(experiment.training, num_batches)
    return Work(
        dense_updates=updates,
        is_estimate=dense_updates is None,
        total_updates=sum(level_updates(experiment, updates).values()),
        seconds=_seconds(experiment, sizes, updates),
    )


def estimated_epoch(experiment: Experiment) -> Epoch:
    """About what an epoch is, from the training text before it is cleaned."""
    pairs = open_corpus(experiment.corpus).train
    sides = (len(side) for pair in pairs for side in pair)
    characters = np.fromiter(sides, dtype=np.int64).reshape(-1, 2)
    lengths = np.ceil(characters / _CHARACTERS_A_PIECE).astype(np.int64) + 1
    batches = num_batches(lengths.max(axis=1), experiment.batches.max_tokens)
    return Epoch(batches, int(lengths[:, 1].sum()))


def epoch_of(experiment: Experiment, out: Path) -> Epoch:
    """What an epoch is, where the corpus of a run is encoded already; else about what it is."""
    if not Run(out).is_encoded:
        return estimated_epoch(experiment)
    train = EncodedCorpus(Run(out).corpus).split("train")
    batches = num_batches(longer_side(train), experiment.batches.max_tokens)
    return Epoch(batches, int(train.target_lengths.sum(dtype=np.int64)) + len(train))


def _role_name(what: Role) -> str:
    if what.block in ("embedding", "layer_norm"):
        return what.block
    return f"{what.module} {what.block} {what.projection}"


def _ladder(experiment: Experiment, counts: model.Counts) -> list[Rung]:
    lottery = experiment.lottery
    rungs = []
    for level in range(lottery.levels + 1):
        kept = num_kept_at(level, counts.prunable, lottery.prune_fraction)
        pruned = counts.prunable - kept
        # With prunable embeddings their share depends on the weights; in proportion, then.
        share = 0.0
        if lottery.prune_embeddings:
            share = (counts.total - counts.non_embedding) / counts.prunable
        sparsity = model.sparsity(counts, pruned, round(pruned * share))
        rungs.append(Rung(level, pruned, sparsity))
    return rungs


def _structured(experiment: Experiment) -> dict[str, str]:
    """What arms that remove whole units leave, level by level."""
    lottery = experiment.lottery
    arms = [arm for arm in map(arm_of, lottery.arms) if arm.removes]
    if not arms or not lottery.levels:
        return {}
    layout, levels = Layout(planned_shapes(experiment)), range(1, lottery.levels + 1)
    speeds = ", ".join(f"{lottery.speed_up**level:.2f}" for level in levels)

    def left(units: Units) -> str:
        if layout.fastest(units) < lottery.speed_up**lottery.levels:
            return f"too little, which is refused ({speeds}"
        if units == "layers":
            return f"as many layers as may be ({speeds}"
        widths = (max(layout.widths_at(level, lottery).values()) for level in levels)
        numbers = ", ".join(f"{width:,}" for width in widths)
        return f"{numbers} of {max(layout.widths.values()):,} neurons per block ({speeds}"

    return {
        arm.name: f"{left(arm.removes)} times as fast by operations)" for arm in arms if arm.removes
    }


def _seconds(experiment: Experiment, sizes: Sizes, dense_updates: int) -> float:
    """Six operations per parameter and token, forward and backward, at a measured matrix rate.

    Levels of an arm wait for each other; replicates and arms share the workers.
    """
    settings, lottery = experiment.training, experiment.lottery
    workers = num_workers(experiment)
    updates_in_turn = dense_updates * math.ceil(lottery.replicates / workers)
    trainings_side_by_side = lottery.replicates * len(lottery.arms)
    in_turn = math.ceil(trainings_side_by_side / workers)
    for level in range(1, lottery.levels + 1):
        each = [
            updates_of_level(arm_of(name), level, lottery, dense_updates) for name in lottery.arms
        ]
        updates_in_turn += round(fmean(each) * in_turn)
    # The tied matrix is at work in the output layer, so every parameter counts.
    in_turn_per_update = math.ceil(settings.accumulate / settings.ranks)
    operations = 6.0 * sizes.counts.total * experiment.batches.max_tokens * in_turn_per_update
    rate = matrix_rate(*sizes.feed_forward, settings.threads)
    return operations * updates_in_turn / (rate * TRAINING_EFFICIENCY)


def _feed_forward(parameters: Mapping[str, Tensor]) -> tuple[int, int]:
    for name, tensor in parameters.items():
        if role(name).projection == "fc1" and tensor.dim() == 2:
            ffn, d_model = tensor.shape
            return d_model, ffn
    raise AssertionError("no feed-forward block")


def matrix_rate(d_model: int, ffn: int, threads: int) -> float:
    """Floating-point operations per second of this machine's matrix product at this size."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    a, b = torch.randn(2_048, d_model), torch.randn(d_model, ffn)
    rounds, start = 0, time.perf_counter()
    while time.perf_counter() - start < _RATE_SECONDS:
        a @ b
    start = time.perf_counter()
    while time.perf_counter() - start < _RATE_SECONDS:
        a @ b
        rounds += 1
    seconds = time.perf_counter() - start
    torch.set_num_threads(before)
    return 2.0 * a.numel() * ffn * rounds / seconds


def most_at_once(lottery: Lottery) -> int:
    """How many trainings there ever are that need not wait for each other."""
    return lottery.replicates * max(1, len(lottery.arms) if lottery.levels else 1)


def disk_bytes(experiment: Experiment, counts: model.Counts, workers: int) -> int:
    """Tickets and masks, kept moments, the early weights that arms go back to, and the checkpoints
    of the trainings that so many workers are at."""
    weights = 4 * counts.total
    masks = counts.prunable // 8
    moments = 2 * weights if experiment.lottery.moments == "keep" else 0
    at_work = min(workers, most_at_once(experiment.lottery))
    checkpoints = at_work * weights * (3 + (experiment.training.average_last > 1))
    if experiment.training.patience:
        checkpoints *= 2
    num_early = experiment.lottery.replicates * len(early_updates(experiment.lottery, _MANY))
    tickets = len(planned_levels(experiment.lottery)) * (weights + masks + moments)
    return tickets + num_early * (weights + moments) + checkpoints


def print_sizes(sizes: Sizes, experiment: Experiment, console: Console) -> None:
    """Write `Sizes` for people."""
    counts, lottery = sizes.counts, experiment.lottery
    say(console, f"{experiment.name}: {experiment.corpus.source} to {experiment.corpus.target}")
    say(
        console,
        f"trainable parameters {counts.total:,}, prunable {counts.prunable:,}, "
        f"non-embedding {counts.non_embedding:,}",
    )
    console.print()
    roles = tuple((name, f"{number:,}") for name, number in sizes.num_by_role.items())
    console.print(FittingTable((Column("parameters of", right=False), Column("number")), roles))
    console.print()
    console.print(
        FittingTable(
            tuple(map(Column, ("level", "pruned", "of prunable", "of all", "of non-embedding"))),
            tuple(map(_cells, sizes.ladder)),
            title="sparsity ladder "
            f"(each level prunes {lottery.prune_fraction:.0%} of what is left)",
        )
    )
    for name, left in sizes.structured.items():
        say(console, f"{name} leaves {left}")
    console.print()
    arms = ", ".join(f"{name} ({_pruned_by(arm_of(name))})" for name in lottery.arms)
    say(
        console,
        f"{sizes.num_tickets} networks: {lottery.replicates} replicate(s), each with a dense model "
        f"and {lottery.levels} level(s) of {arms}",
    )
    say(console, f"estimated disk: {sizes.disk_bytes / 1e6:,.0f} MB besides the corpus")
    at_once = num_workers(experiment)
    say(console, f"executor: {experiment.execution.executor}, {at_once} job(s) at a time")
    say(console, f"steps: {', '.join(step.name for step in asked(experiment))}")
    for step in asked(experiment):
        for line in step.outlook(experiment, sizes.num_tickets):
            say(console, line)


def _pruned_by(arm: Arm) -> str:
    if arm.removes:
        return f"shape of {arm.mask_of}" if arm.mask_of else f"removes {arm.removes}"
    if arm.mask_of:
        return f"masks of {arm.mask_of}"
    if arm.counts_of:
        return f"criterion: {arm.criterion}, of each tensor as many as {arm.counts_of}"
    return f"criterion: {arm.criterion}" if arm.prunes else "prunes nothing"


def print_work(work: Work, experiment: Experiment, console: Console) -> None:
    """Write `Work` for people."""
    say(
        console,
        f"updates: {'about ' if work.is_estimate else ''}{work.dense_updates:,} for a dense "
        f"model, {work.total_updates:,} in all",
    )
    if not experiment.execution.is_here:
        return
    device = experiment.training.device
    asked = f"; the recipe asks for {device}" if device != "cpu" else ""
    say(
        console,
        f"estimated time: {roughly(work.seconds)} on this machine's CPU (training only; from "
        f"its matrix-product rate{asked})",
    )


def _cells(rung: Rung) -> tuple[str, ...]:
    shares = (rung.sparsity.prunable, rung.sparsity.total, rung.sparsity.non_embedding)
    return str(rung.level), f"{rung.num_pruned:,}", *(f"{share:.3f}" for share in shares)
