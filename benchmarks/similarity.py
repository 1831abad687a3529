"""What all similarities of many networks cost: `python benchmarks/similarity.py`.

Ours against the six definitions done plainly, pair by pair, each pair decomposing its two networks
once for all measures but nothing kept from pair to pair. Every figure comes from a process of its
own, since the threads of a product are fixed at the start and a peak of memory never falls.
Targets: ten times less CPU time, and a peak that does not grow with the number of words.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ticketscope.measures.moments import accumulate
from ticketscope.measures.similarity import similarities, similarities_of_moments

_TARGET = 10
_BATCH_WORDS = 1_000
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Networks = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Size:
    """So many networks of `num_words` x `width` activations."""

    num_networks: int
    num_words: int
    width: int

    def __str__(self) -> str:
        return f"{self.num_networks} x {self.num_words:,} x {self.width:,}"


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes of one way to compute everything, inputs in memory not counted."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


def main() -> None:
    """Read the options, measure in processes of their own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, nargs=3, default=[12, 5_000, 256])
    parser.add_argument("--large", type=int, nargs=3, help="ours alone too, say 54 10000 512")
    parser.add_argument("--worker", choices=list(_WAYS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = Size(*options.size)
    if options.worker:
        cost = measured(options.worker, size)
        print(json.dumps(vars(cost)))
        return
    print_table(size, Size(*options.large) if options.large else None)


# ------------------------------------------------------------------------------------- the ways


def ours(size: Size) -> None:
    """All ordered pairs of networks in memory."""
    similarities(networks(size))


def streamed(size: Size) -> None:
    """The same from batches of words, which are made as they are asked for."""
    names = [str(number) for number in range(size.num_networks)]
    pairs = combinations_with_replacement(names, 2)
    similarities_of_moments(accumulate(batches(size), pairs))


def plain(size: Size) -> None:
    """The definitions, pair by pair."""
    given = networks(size)
    for a, b in combinations(given, 2):
        pair_plainly(given[a].astype(np.float64), given[b].astype(np.float64))


def nothing(size: Size) -> None:
    """The inputs alone, all of them in memory."""
    networks(size)


def batches_alone(size: Size) -> None:
    """The inputs alone, a batch at a time."""
    for _ in batches(size):
        pass


_WAYS = {way.__name__: way for way in (ours, streamed, plain, nothing, batches_alone)}


def pair_plainly(a: NDArray[np.float64], b: NDArray[np.float64]) -> list[tuple[float, ...]]:
    """maxcorr, maxlinreg, SVCCA, PWCCA, CKA and debiased CKA of a to b and of b to a."""
    num_words = len(a)
    centred = [z - z.mean(axis=0) for z in (a, b)]
    standard = [z / z.std(axis=0) for z in centred]
    correlations = np.abs(standard[0].T @ standard[1] / num_words)
    bases, components = [], []
    for z in standard:
        u, s, _ = np.linalg.svd(z, full_matrices=False)
        shares = np.cumsum(s**2) / np.sum(s**2)
        bases.append(u[:, s > 1e-6 * s[0]])
        components.append(u[:, : np.count_nonzero(shares < 0.99) + 1])
    axes_a, canonical, axes_b = np.linalg.svd(components[0].T @ components[1], full_matrices=False)
    norms = [np.sum(z**2, axis=1) for z in centred]

    def cka_terms(i: int, j: int) -> tuple[float, float]:
        square = float(np.sum((centred[i].T @ centred[j]) ** 2))
        chance = num_words / (num_words - 2) * norms[i] @ norms[j]
        chance -= norms[i].sum() * norms[j].sum() / ((num_words - 1) * (num_words - 2))
        return square, square - float(chance)

    cka, cka_debiased = (
        own / np.sqrt(of_a * of_b)
        for own, of_a, of_b in zip(cka_terms(0, 1), cka_terms(0, 0), cka_terms(1, 1), strict=True)
    )
    found = []
    for i, axes in ((0, axes_a), (1, axes_b.T)):
        predicted = bases[1 - i].T @ standard[i]
        weights = np.abs((components[i] @ axes).T @ centred[i]).sum(axis=1)
        found.append(
            (
                float(correlations.max(axis=1 - i).mean()),
                float(np.linalg.norm(predicted, axis=0).mean() / np.sqrt(num_words)),
                float(canonical.mean()),
                float(weights @ canonical / weights.sum()),
                float(cka),
                float(cka_debiased),
            )
        )
    return found


# ----------------------------------------------------------------------------------- the inputs


def batches(size: Size) -> Iterator[Networks]:
    """Words of networks that share some of what they carry, with a falling spectrum."""
    rng = np.random.default_rng(1)
    num_shared = size.width // 2
    maps = rng.standard_normal((size.num_networks, num_shared, size.width), dtype=np.float32)
    maps /= np.sqrt(np.arange(1, num_shared + 1, dtype=np.float32))[:, None]
    for start in range(0, size.num_words, _BATCH_WORDS):
        num_words = min(_BATCH_WORDS, size.num_words - start)
        shared = rng.standard_normal((num_words, num_shared), dtype=np.float32)
        yield {
            str(number): shared @ one
            + 0.3 * rng.standard_normal((num_words, size.width), np.float32)
            for number, one in enumerate(maps)
        }


def networks(size: Size) -> Networks:
    """The same words, all in memory."""
    names = [str(number) for number in range(size.num_networks)]
    filled = {name: np.empty((size.num_words, size.width), dtype=np.float32) for name in names}
    start = 0
    for batch in batches(size):
        stop = start + len(batch["0"])
        for name, words in batch.items():
            filled[name][start:stop] = words
        start = stop
    return filled


# ----------------------------------------------------------------------------------- measurement


def measured(way: str, size: Size) -> Cost:
    """CPU and wall time of this process and its peak, the inputs included."""
    cpu, wall = time.process_time(), time.perf_counter()
    _WAYS[way](size)
    return Cost(
        cpu_seconds=time.process_time() - cpu,
        wall_seconds=time.perf_counter() - wall,
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def cost(way: str, inputs: str, size: Size, num_threads: int) -> Cost:
    """What `way` costs beyond its inputs, each in a process with so many threads."""
    alone = _in_process(inputs, size, num_threads)
    whole = _in_process(way, size, num_threads)
    return Cost(
        cpu_seconds=whole.cpu_seconds - alone.cpu_seconds,
        wall_seconds=whole.wall_seconds - alone.wall_seconds,
        peak_bytes=whole.peak_bytes - alone.peak_bytes,
    )


def _in_process(way: str, size: Size, num_threads: int) -> Cost:
    numbers = [str(number) for number in vars(size).values()]
    found = subprocess.run(
        [sys.executable, __file__, "--worker", way, "--size", *numbers],
        env=os.environ | dict.fromkeys(_THREAD_VARIABLES, str(num_threads)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Cost(**json.loads(found.stdout))


def print_table(size: Size, large: Size | None) -> None:
    """Measure, and print a row a way, size and number of threads."""
    import common  # torch, which the processes that are measured do without

    four_times = Size(size.num_networks, 4 * size.num_words, size.width)
    table = Table("networks", "way", "threads", "CPU s", "wall s", "MB beyond the inputs")
    less: dict[int, float] = {}
    for num_threads in (1, 2):
        plain_cost = cost("plain", "nothing", size, num_threads)
        our_cost = cost("ours", "nothing", size, num_threads)
        less[num_threads] = plain_cost.cpu_seconds / our_cost.cpu_seconds
        rows = [
            (size, "plain", plain_cost),
            (size, "ours", our_cost),
            (four_times, "ours", cost("ours", "nothing", four_times, num_threads)),
            (size, "streamed", cost("streamed", "batches_alone", size, num_threads)),
            (four_times, "streamed", cost("streamed", "batches_alone", four_times, num_threads)),
        ]
        if large:
            rows.append((large, "ours", cost("ours", "nothing", large, num_threads)))
        for its_size, way, its_cost in rows:
            table.add_row(
                str(its_size),
                way,
                str(num_threads),
                f"{its_cost.cpu_seconds:.2f}",
                f"{its_cost.wall_seconds:.2f}",
                f"{its_cost.peak_bytes / 1e6:.0f}",
            )
    console = Console()
    console.print("similarity of all pairs of networks, all six measures")
    console.print(table)
    ratios = ", ".join(f"{ratio:.1f} x on {threads}" for threads, ratio in less.items())
    console.print(f"CPU time less than plain by {ratios} threads (target {_TARGET} x)")
    console.print(common.machine(), style="dim", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
