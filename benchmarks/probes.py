"""What training a task's linear probes costs: `python benchmarks/probes.py`.

A task of the shape of part-of-speech tags: 200,000 words for training, 45 classes, d 128, 7 layers
x 3 seeds. Ours, all probes beside each other, against (a) the same probes written plainly, one
after the other in this process, and (b) a process for each probe that reads its features from disk
as Liu et al. (2019) did (`probe_process.py`). CPU seconds on one thread; ours and (a) take turns.
Of (b) some processes are measured: what an update and what the rest of a process costs there is
counted for all. Same batches, initial weights, rule to stop by. Targets: twice less than (a), five
times less than (b).
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch import Tensor

import common
import probe_process
from ticketscope.probing.items import Items
from ticketscope.probing.normalised import standardise_
from ticketscope.probing.probes import Probed, train

_TARGETS = {"plain": 2, "process": 5}
_CLASSES = 45
_WIDTH = 128
_LAYERS = 7
_SEEDS = (1, 2, 3)
_SENTENCE = 16  # words


@dataclass(frozen=True)
class Task:
    """Features `[layers, rows, d]` and the items of training, validation and test."""

    features: Tensor
    train: Items
    validation: Items
    test: Items


@dataclass(frozen=True)
class Outcome:
    """Test predictions `[probes, items]` and updates `[probes]`."""

    predictions: NDArray[np.int64]
    num_updates: NDArray[np.int64]


def main() -> None:
    """Read the options, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--words", type=int, default=200_000, help="training words")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=3, help="probes of (b) that are measured")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.words, options.rounds, options.processes)


def measure(folder: Path, num_words: int, rounds: int, num_processes: int) -> None:
    """Time the three ways, compare what they predict and print it."""
    task = synthetic(num_words)
    outcomes: dict[str, Outcome] = {}

    def timed(name: str, way: Callable[[Task], Outcome]) -> NDArray[np.float64]:
        start = time.process_time()
        outcomes[name] = way(task)
        return np.array([time.process_time() - start])

    seconds = common.in_turns(
        {"ours": lambda: timed("ours", ours), "plain": lambda: timed("plain", plainly)}, rounds
    )
    cost = {name: common.typical(of_way) for name, of_way in seconds.items()}
    cost["process"] = in_processes(task, folder, num_processes, outcomes["plain"].num_updates)

    table = Table("way", "CPU s", "against ours")
    for name, of_way in cost.items():
        table.add_row(
            name,
            f"{of_way:.1f}",
            f"{of_way / cost['ours']:.2f} x (target {_TARGETS[name]})" if name in _TARGETS else "",
        )
    console = Console()
    console.print(
        f"{_LAYERS} layers x {len(_SEEDS)} seeds, {num_words:,} words, {_CLASSES} classes, "
        f"d {_WIDTH}; {rounds} rounds; {num_processes} processes measured",
        soft_wrap=True,
    )
    console.print(table)
    console.print(agreement(task, outcomes["ours"], outcomes["plain"]), soft_wrap=True)
    console.print(common.machine(), style="dim", highlight=False, soft_wrap=True)


def agreement(task: Task, ours: Outcome, plain: Outcome) -> str:
    """How far the two ways come to the same."""
    differ = np.count_nonzero(ours.predictions != plain.predictions)
    same_updates = np.count_nonzero(ours.num_updates == plain.num_updates)
    accuracies = [(way.predictions == task.test.gold).mean() for way in (ours, plain)]
    return (
        f"predictions that differ: {differ:,} of {ours.predictions.size:,}; as many updates: "
        f"{same_updates} of {len(ours.num_updates)} probes; "
        f"mean accuracy {accuracies[0]:.4f} and {accuracies[1]:.4f}"
    )


# ------------------------------------------------------------------------------------- the ways


def ours(task: Task) -> Outcome:
    """All probes beside each other."""
    probed: Probed = train(
        task.features,
        task.train,
        task.validation,
        task.test,
        num_classes=_CLASSES,
        seeds=_SEEDS,
    )
    return Outcome(
        probed.test.predictions.reshape(-1, len(task.test)).astype(np.int64),
        probed.num_updates.flatten(),
    )


def plainly(task: Task) -> Outcome:
    """One after the other, as one writes it without a second thought."""
    predictions, updates = [], []
    for vectors in task.features:
        for seed in _SEEDS:
            said, took = probe_process.train_plainly(
                vectors, task.train, task.validation, task.test, _CLASSES, seed
            )
            predictions.append(said)
            updates.append(took)
    return Outcome(np.stack(predictions), np.array(updates))


def in_processes(
    task: Task, folder: Path, num_processes: int, num_updates: NDArray[np.int64]
) -> float:
    """CPU seconds of (b) for all probes, which take `num_updates`, from some of them."""
    splits = {"train": task.train, "validation": task.validation, "test": task.test}
    probe_process.write(folder, task.features, splits)
    probes = [(layer, seed) for layer in range(_LAYERS) for seed in _SEEDS]
    rest = training = updates = 0.0
    for number in np.linspace(0, len(probes) - 1, num_processes).round().astype(int):
        arguments = [folder, _LAYERS, _CLASSES, *probes[number]]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, probe_process.__file__, *map(str, arguments)],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, took = (float(said) for said in done.stdout.split())
        rest += after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime - seconds
        training, updates = training + seconds, updates + took
        assert took == num_updates[number], "it is not the same probe"
    return len(probes) * rest / num_processes + float(num_updates.sum()) * training / updates


# ------------------------------------------------------------------------------------ the inputs


def synthetic(num_words: int) -> Task:
    """Words whose class shows, in noise that differs by layer; an eighth more for each test."""
    rng = np.random.default_rng(1)
    lengths = [num_words // _SENTENCE, num_words // 8 // _SENTENCE, num_words // 8 // _SENTENCE]
    total = sum(lengths) * _SENTENCE
    frequencies = 1 / np.arange(1, _CLASSES + 1)
    gold = rng.choice(_CLASSES, size=total, p=frequencies / frequencies.sum())
    centres = rng.standard_normal((_LAYERS, _CLASSES, _WIDTH), dtype=np.float32)
    features = torch.empty(_LAYERS, total, _WIDTH)
    for layer in range(_LAYERS):
        noise = rng.standard_normal((total, _WIDTH), dtype=np.float32)
        noise *= 2 + abs(layer - 3)  # the middle layers tell most
        features[layer] = torch.from_numpy(centres[layer, gold] + noise).half().float()
    rows = np.arange(total)
    ends = np.cumsum([0, *lengths]) * _SENTENCE
    splits = [
        Items(rows[start:stop], None, gold[start:stop], rows[start:stop] // _SENTENCE)
        for start, stop in pairwise(ends)
    ]
    standardise_(features, splits[0])
    return Task(features, *splits)


if __name__ == "__main__":
    main()
