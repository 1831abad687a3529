"""What similarity of attention heads costs: `python benchmarks/attention_similarity.py`.

Pearson's correlation and CKA of all layers of two networks, ours against the definitions done
plainly: a loop over pairs of heads, and one over pairs of layers, each with whole arrays. Both run
in turns in one process on one thread. Jensen-Shannon is timed beside them. Target: ten times less
time than plain.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import common
from ticketscope.measures.attention import (
    divergence_sums,
    head_sums,
    jensen_shannon,
    layer_cka,
    pearson,
)

_TARGET = 10
_MEAN_LENGTH = 20
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Maps = list[NDArray[np.float32]]
T = TypeVar("T")


@dataclass(frozen=True)
class Size:
    """Two networks of so many layers and heads on `num_rows` queries."""

    num_layers: int
    num_heads: int
    num_rows: int

    def __str__(self) -> str:
        return (
            f"{self.num_layers} layers x {self.num_heads} heads, {self.num_rows:,} rows of about "
            f"{_MEAN_LENGTH} keys"
        )


@dataclass(frozen=True)
class Found:
    """Correlations of all heads `[A, B]` and CKA of all layers `[layers_a, layers_b]`."""

    correlations: NDArray[np.float64]
    cka: NDArray[np.float64]


def main() -> None:
    """Read the options, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, nargs=3, default=[6, 8, 5_000])
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    one_thread = dict.fromkeys(_THREAD_VARIABLES, "1")
    if not one_thread.items() <= os.environ.items():  # they are read when numpy is loaded
        subprocess.run([sys.executable, *sys.argv], env=os.environ | one_thread, check=True)
        return
    size = Size(*options.size)
    maps_a, maps_b = maps(size, seed=1), maps(size, seed=2)
    seconds: dict[str, float] = {}
    for _ in range(options.rounds):
        plain_took, plain_found = timed(lambda: plain(maps_a, maps_b, size))
        our_took, our_found = timed(lambda: ours(maps_a, maps_b, size))
        divergence_took, _ = timed(
            lambda: jensen_shannon(divergence_sums(maps_a, maps_b, causal=False))
        )
        for way, took in (
            ("plain", plain_took),
            ("ours", our_took),
            ("ours, Jensen-Shannon", divergence_took),
        ):
            seconds[way] = min(took, seconds.get(way, np.inf))
        np.testing.assert_allclose(our_found.correlations, plain_found.correlations, atol=1e-9)
        np.testing.assert_allclose(our_found.cka, plain_found.cka, atol=1e-9)
    print_table(size, seconds)


def timed(way: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of one call, and what it found."""
    start = time.process_time()
    found = way()
    return time.process_time() - start, found


def ours(maps_a: Maps, maps_b: Maps, size: Size) -> Found:
    """All heads of all layers at once."""
    sums = head_sums(maps_a, maps_b, causal=False)
    return Found(pearson(sums), layer_cka(sums, size.num_heads))


def plain(maps_a: Maps, maps_b: Maps, size: Size) -> Found:
    """Pair by pair, over all rows of all sentences at once."""
    lengths = np.concatenate([np.full(weights.shape[1], weights.shape[2]) for weights in maps_a])
    starts = np.cumsum(lengths) - lengths
    heads_a, heads_b = (
        np.concatenate([w.reshape(len(w), -1) for w in given], axis=1).astype(np.float64)
        for given in (maps_a, maps_b)
    )
    correlations = np.array(
        [[mean_correlation(p, q, starts, lengths) for q in heads_b] for p in heads_a]
    )
    layers_a, layers_b = (
        np.split(heads - heads.mean(axis=1, keepdims=True), size.num_layers)
        for heads in (heads_a, heads_b)
    )
    cka = np.array([[layer_pair_cka(one, other) for other in layers_b] for one in layers_a])
    return Found(correlations, cka)


def mean_correlation(
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    starts: NDArray[np.intp],
    lengths: NDArray[np.intp],
) -> float:
    """The mean over rows of the correlation of two heads, of their cells row after row; a row of n
    cells weighs n - 1."""
    p, q = (head - np.repeat(np.add.reduceat(head, starts) / lengths, lengths) for head in (p, q))
    squares = np.add.reduceat(p * p, starts) * np.add.reduceat(q * q, starts)
    varies = squares > 0
    found = np.add.reduceat(p * q, starts)[varies] / np.sqrt(squares[varies])
    return float(np.average(found, weights=lengths[varies] - 1))


def layer_pair_cka(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Linear CKA of two layers, centred `[heads, cells]`."""
    norms = np.linalg.norm(one @ one.T) * np.linalg.norm(other @ other.T)
    return float(np.linalg.norm(one @ other.T) ** 2 / norms)


def maps(size: Size, seed: int) -> Maps:
    """Attention of sentences of unequal length, in float32 as it is traced."""
    lengths = np.random.default_rng(0).poisson(_MEAN_LENGTH - 2, size.num_rows) + 2
    rng = np.random.default_rng(seed)
    found, num_rows = [], 0
    for length in lengths:
        scores = 2 * rng.standard_normal((size.num_layers * size.num_heads, length, length))
        weights = np.exp(scores)
        found.append((weights / weights.sum(axis=2, keepdims=True)).astype(np.float32))
        num_rows += length
        if num_rows >= size.num_rows:
            break
    return found


def print_table(size: Size, seconds: dict[str, float]) -> None:
    """Print a row a way, the ratio and the machine."""
    table = Table("way", "CPU s")
    for way, took in seconds.items():
        table.add_row(way, f"{took:.2f}")
    console = Console()
    console.print(f"Pearson and CKA of all layers with all; {size}; one thread", soft_wrap=True)
    console.print(table)
    ratio = seconds["plain"] / seconds["ours"]
    console.print(f"{ratio:.1f} x less CPU time than plain (target {_TARGET} x)")
    console.print(common.machine(), style="dim", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
