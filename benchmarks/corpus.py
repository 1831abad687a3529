"""What it costs to make a corpus: `python benchmarks/corpus.py`.

Pairs of about the length of news (two of Multi30k's, drawn by a seed and joined) are read, cleaned
and encoded with a vocabulary of 8,000 pieces, each time in a process of its own, on one thread and
on several. Targets: 15,000 pairs/s on two cores, and no memory beyond 1.5 GB, however many pairs.
Seconds of processor time tell what it costs where other work shares the cores, and seconds by the
clock only where nothing else does.
"""

import argparse
import multiprocessing
import random
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

from ticketscope import config
from ticketscope.corpus.prepare import prepare
from ticketscope.files import sha256
from ticketscope.text.lines import text_lines

_LANGUAGES = ("en", "de")
_JOINED, _SEED = 2, 1


class Cost(NamedTuple):
    """What one process took, and the checksum of what it made."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    made: str


def main() -> None:
    """Measure the variants in turns and print the table."""
    import common  # not where a corpus is made: it imports torch, which would be in the peak

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=common.MULTI30K, help="Multi30k's folder")
    parser.add_argument("--pairs", type=int, default=200_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    costs: dict[int, list[Cost]] = {number: [] for number in options.threads}
    with tempfile.TemporaryDirectory() as folder:
        settings = experiment(options.data, Path(folder), options.pairs)
        for _ in range(options.rounds):
            for threads, found in costs.items():
                found.append(in_a_process(settings, Path(folder) / "corpus", threads))
    assert len({cost.made for found in costs.values() for cost in found}) == 1
    common.print_table(
        f"{options.pairs:,} pairs, {options.rounds} rounds",
        settings,
        {name: value for each in costs for name, value in figures(costs, each, options.pairs)},
    )


def experiment(data: Path, folder: Path, num_pairs: int) -> config.Experiment:
    """So many pairs in files in a folder, and what reads them."""
    sides = [list(text_lines(data / f"train.{language}.gz")) for language in _LANGUAGES]
    draw = random.Random(_SEED)
    drawn = [draw.choices(range(len(sides[0])), k=_JOINED) for _ in range(num_pairs)]
    for language, side in zip(_LANGUAGES, sides, strict=True):
        texts = (" ".join(side[number] for number in numbers) for numbers in drawn)
        for name, lines in (("train", texts), ("val", side[:50]), ("test", side[50:100])):
            with (folder / f"{name}.{language}").open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
    return config.Experiment(
        name="benchmark",
        corpus=config.FilesCorpus(source="en", target="de", path=str(folder)),
        vocabulary=config.Vocabulary(size=8_000),
        training=config.Training(updates=1),
    )


def in_a_process(settings: config.Experiment, folder: Path, threads: int) -> Cost:
    """What it costs to make the corpus in a folder that is not there."""
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(dir=folder.parent) as empty,
        ProcessPoolExecutor(1, mp_context=context) as pool,
    ):
        return pool.submit(cost_of, settings, Path(empty) / folder.name, threads).result()


def cost_of(settings: config.Experiment, folder: Path, threads: int) -> Cost:
    """Make the corpus here and now."""
    since, cpu_since = time.perf_counter(), time.process_time()
    prepare(settings, folder, lambda _: None, threads=threads)
    seconds, cpu_seconds = time.perf_counter() - since, time.process_time() - cpu_since
    # Of Linux; `getrusage` would give that of the parent if it is higher.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return Cost(seconds, cpu_seconds, int(peak) * 1024, sha256(folder / "corpus.json"))


def figures(
    costs: Mapping[int, Sequence[Cost]], threads: int, num_pairs: int
) -> list[tuple[str, str]]:
    """What the table says of a number of threads; ratios are to the first number."""
    first, found = next(iter(costs.values())), costs[threads]
    cpu = median(cost.cpu_seconds for cost in found)
    seconds = [cost.seconds for cost in found]
    ratios = [one.seconds / more.seconds for one, more in zip(first, found, strict=True)]
    of = f"{threads} thread{'s' * (threads > 1)}: "
    return [
        (f"{of}CPU seconds per 100,000 pairs", f"{cpu / num_pairs * 1e5:.2f}"),
        (f"{of}the same, to the first", f"{cpu / median(c.cpu_seconds for c in first):.2f}"),
        (f"{of}pairs/s by the clock, best round", f"{num_pairs / min(seconds):,.0f}"),
        (f"{of}times as fast as the first", f"{median(ratios):.2f}"),
        (f"{of}peak memory, MB", f"{max(cost.peak_bytes for cost in found) / 1e6:.0f}"),
    ]


if __name__ == "__main__":
    main()
