"""How fast the recipe of the study's own size trains: `python benchmarks/train.py --size big`.

Transformer-big, by the settings of `wmt16-big`, through the loop that trains levels, with half of
the prunable weights gone. Ids are drawn at random and lengths as newstest2014 has them: neither the
corpus nor a vocabulary is needed. Rates are those that the training writes to its own log, of
target tokens without padding; the first stretch warms up and is not counted.

The share of peak counts the matrix products of real positions alone, forward and backward: padding,
norms, softmax and the optimiser are time without operations.
"""

import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from rich.console import Console

import common
from ticketscope.config import Execution, Experiment
from ticketscope.corpus.encoded import EncodedSplit, write_split
from ticketscope.lottery import training
from ticketscope.lottery.course import Course
from ticketscope.lottery.training_log import read_log
from ticketscope.networks import model
from ticketscope.networks.batches import epoch_batches, keys_of_both_sides, longer_side
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask
from ticketscope.networks.operations import TRAINING, Operations, operations_of
from ticketscope.runs.store import LevelFolder
from ticketscope.study.recipes import recipe

GOAL, STRETCH = 200_000, 275_000
"""Target tokens per second on one H100 or H200."""
PEAKS = {
    "H100 PCIe": 756.0,
    "H100 NVL": 835.0,
    "H100": 989.0,
    "H200": 989.0,
    "A100": 312.0,
}
"""TFLOP/s of dense products in bfloat16 by NVIDIA's data sheets; the first name that is part of the
device's counts."""
_SEED = 1
_LONGEST = 250


@dataclass(frozen=True)
class How:
    """What is measured: see the options of `train.py`."""

    device: str
    precision: str
    max_tokens: int
    accumulate: int
    updates: int
    stretches: int
    peak: float | None
    compiled: bool


def measure(how: How) -> None:
    """Train and print the table."""
    settings = _settings(how)
    network = model.own(model.build(settings.model, settings.vocabulary.size, seed=_SEED))
    counted = _operations(network)
    with tempfile.TemporaryDirectory() as name:
        corpus = DrawnCorpus(Path(name), settings.vocabulary.size, _num_pairs(how))
        pairs = corpus.split("train")
        if how.compiled:
            _compile(network)
        started = time.monotonic()
        rates, num_waits = _trained(network, corpus, settings, how, Path(name))
        seconds = time.monotonic() - started
    rate = median(rates)
    per_token = _operations_of_token(counted, pairs, network)
    rows = {
        "target tokens/s": f"{rate:,.0f}",
        "  slowest and fastest stretch": f"{min(rates):,.0f} to {max(rates):,.0f}",
        "positions that are no padding": f"{_share_of_positions(pairs, how):.1%}",
        "GFLOP per target token": f"{per_token / 1e9:.3f}",
        "TFLOP/s in matrix products": f"{per_token * rate / 1e12:.1f}",
        **_of_device(how, rate, per_token),
    }
    if how.device == "cuda":
        num_updates = (how.stretches + 1) * how.updates
        rows["waits for the GPU per update"] = f"{num_waits / num_updates:.2f}"
        rows["memory, GiB"] = f"{torch.cuda.max_memory_allocated() / 2**30:.1f}"
    rows["the whole training, seconds"] = f"{seconds:.0f}"
    title = (
        f"training {type(network.model).__name__} of {settings.name}, {how.stretches} stretches of "
        f"{how.updates} updates of {how.accumulate} x {how.max_tokens:,} positions, "
        f"{how.precision}{', compiled' if how.compiled else ''}"
    )
    common.print_figures(title, rows)
    Console().print(_device_name(how.device), style="dim", highlight=False)


def _settings(how: How) -> Experiment:
    """The recipe's own, but for what is asked for."""
    of_recipe = recipe("wmt16-big")
    train = of_recipe.training.model_copy(
        update={
            "device": how.device,
            "precision": how.precision,
            "accumulate": how.accumulate,
            "validate_every": 1_000_000,
        }
    )
    return of_recipe.model_copy(
        update={
            "training": train,
            "batches": of_recipe.batches.model_copy(update={"max_tokens": how.max_tokens}),
            "execution": Execution(checkpoint_seconds=1e9, log_every=how.updates),
        }
    )


def _trained(
    network: LoadedNetwork, corpus: "DrawnCorpus", settings: Experiment, how: How, folder: Path
) -> tuple[list[float], int]:
    """Target tokens per second of each stretch but the first, and how often the GPU was waited for,
    the reading of the log included."""
    weights = model.prunable(model.parameters(network.model), embeddings=False)
    generator = torch.Generator().manual_seed(_SEED)
    mask = Mask({n: torch.rand(w.shape, generator=generator) < 0.5 for n, w in weights.items()})
    num_updates = (how.stretches + 1) * how.updates
    course = Course(0, num_updates, num_updates, patience=0, seed=_SEED)
    level = LevelFolder(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if how.device == "cuda":
            torch.cuda.set_sync_debug_mode("warn")
        training.train(network, mask, course, corpus, settings, level, moments={})
        if how.device == "cuda":
            torch.cuda.set_sync_debug_mode("default")
    rates = [entry["tokens_per_second"] for entry in read_log(level.log) if "of" in entry]
    return rates[1:], sum("synchroniz" in str(warning.message) for warning in caught)


def _compile(network: LoadedNetwork) -> None:
    """Have PyTorch fuse what is between the products of each layer. Shapes change from batch to
    batch, so they are left open: compiling for each would never end."""
    for stack in ("encoder", "decoder"):
        for layer in network.family.layers(network.model, stack):
            layer.compile(dynamic=True)


# ----------------------------------------------------------------------------- the corpus


class DrawnCorpus:
    """Random ids, in files as training reads them.

    Logarithms of lengths are normal with the means and spreads of newstest2014 in pieces: 32
    pieces on the target side, and a source that is shorter by 7 %, give or take 18 %.
    """

    def __init__(self, folder: Path, vocabulary_size: int, num_pairs: int) -> None:
        self._folder, self._shards = folder, {}
        for name, num in (("train", num_pairs), ("validation", 50)):
            pairs = _drawn_pairs(num, vocabulary_size)
            self._shards[name] = write_split(folder, name, pairs, vocabulary_size).num_shards

    def split(self, name: str) -> EncodedSplit:
        """As of `EncodedCorpus`."""
        return EncodedSplit(self._folder, name, self._shards[name])


def _drawn_pairs(num: int, vocabulary_size: int) -> Iterator[tuple[list[int], list[int]]]:
    generator = np.random.default_rng(_SEED)
    targets = np.exp(generator.normal(3.33, 0.555, num))
    sources = targets * np.exp(generator.normal(-0.07, 0.18, num))
    for lengths in np.clip(np.rint(np.stack([sources, targets], 1)), 1, _LONGEST).astype(int):
        source, target = (generator.integers(3, vocabulary_size - 1, n).tolist() for n in lengths)
        yield source, target


def _num_pairs(how: How) -> int:
    """Somewhat more than the training reads, and enough for batches of like length."""
    num_batches = (how.stretches + 1) * how.updates * how.accumulate
    return max(2_000, num_batches * how.max_tokens // 25)


def _share_of_positions(split: EncodedSplit, how: How) -> float:
    """Of all positions of the batches of an epoch, those that hold a symbol."""
    real = padded = 0
    keys = keys_of_both_sides(split)
    for indices in epoch_batches(longer_side(split), how.max_tokens, _SEED, 0, keys):
        for lengths in (split.source_lengths[indices] + 1, split.target_lengths[indices] + 1):
            real += int(lengths.sum())
            padded += len(lengths) * int(lengths.max())
    return real / padded


# ----------------------------------------------------------------------------- operations


def _operations(network: LoadedNetwork) -> Operations:
    first, last = network.frame.labels
    shapes = {name: tuple(p.shape) for name, p in model.parameters(network.model).items()}
    return operations_of(shapes, last - first)


def _operations_of_token(counted: Operations, split: EncodedSplit, network: LoadedNetwork) -> float:
    """Operations of the forward and the backward pass for each target token, end included."""
    sources = split.source_lengths + len(network.frame.source_after)
    targets = split.target_lengths + len(network.frame.target_after)
    forward = counted.forward(sources, targets, targets, np.ones_like(targets))
    return TRAINING * forward / int(targets.sum())


def _of_device(how: How, rate: float, per_token: float) -> dict[str, str]:
    """What only a device of known peak has."""
    peak = how.peak or _peak(how.device)
    if peak is None:
        return {"share of peak": "unknown: give --peak in TFLOP/s"}
    rows = {f"share of peak, {peak:,.0f} TFLOP/s": f"{per_token * rate / (peak * 1e12):.1%}"}
    if how.device == "cuda":
        rows[f"of the goal of {GOAL:,} (H100, H200)"] = f"{rate / GOAL:.2f}"
        rows[f"of the stretch of {STRETCH:,}"] = f"{rate / STRETCH:.2f}"
    return rows


def _peak(device: str) -> float | None:
    name = _device_name(device)
    return next((peak for part, peak in PEAKS.items() if device == "cuda" and part in name), None)


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else device
