"""What the benchmarks share: the experiment of one size, timed trainings, the machine, a table.

The size is that of the published comparison: 3+3 layers, d 128, FFN 512, a vocabulary of 6,000 and
batches of 2,048 tokens, on Multi30k, one thread. Variants take turns in one process, on the very
same batches, so that whatever else happens on the machine hits all of them alike.
"""

import argparse
import gzip
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from transformers import PreTrainedModel

from ticketscope import config
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.prepare import prepare
from ticketscope.lottery import training
from ticketscope.lottery.course import Course
from ticketscope.lottery.training_log import read_log
from ticketscope.networks.batches import Batch, Sampler, collate, longer_side
from ticketscope.networks.masks import Mask
from ticketscope.networks.model import own, own_frame
from ticketscope.runs.store import LevelFolder
from ticketscope.seeds import derive

MULTI30K = Path(__file__).resolve().parents[2] / "shared" / "data" / "multi30k"
_NUM_VALIDATION = 50  # validation is not what is timed
_SEED = 1


def main(
    measure: Callable[[Path, Path, int, int], None], description: str, *, rounds: int, updates: int
) -> None:
    """Read the options that benchmarks share and call `measure(folder, data, rounds, updates)`."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=MULTI30K, help="Multi30k's folder")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--updates", type=int, default=updates, help="updates of each training")
    options = parser.parse_args()
    one_thread()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.data, options.rounds, options.updates)


def experiment(data: Path, folder: Path, norm: str) -> config.Experiment:
    """The experiment that all benchmarks run; on the grammar corpus where there is no `data`.

    `folder` gets a copy of the training files with a short validation set.
    """
    corpus: config.FilesCorpus | config.GrammarCorpus
    if data.is_dir():
        _copy_files(data, folder)
        corpus = config.FilesCorpus(source="en", target="de", path=str(folder), tests=("test",))
        vocabulary = config.Vocabulary(size=6_000)
    else:
        corpus = config.GrammarCorpus(num_validation=_NUM_VALIDATION, num_test=1)
        vocabulary = config.Vocabulary(size=600)
    return config.Experiment(
        name="benchmark",
        corpus=corpus,
        vocabulary=vocabulary,
        model=config.Model(norm="post" if norm == "post" else "pre"),
        training=config.Training(updates=1_000, validate_every=1_000_000),
        execution=config.Execution(checkpoint_seconds=1e9, log_every=1),
    )


def encoded(settings: config.Experiment, folder: Path) -> EncodedCorpus:
    """The experiment's corpus, encoded in `folder`."""
    prepare(settings, folder, lambda _: None)
    return EncodedCorpus(folder)


def _copy_files(data: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for language in ("en", "de"):
        for split, name, num_lines in (
            ("train", "train", None),
            ("val", "val", _NUM_VALIDATION),
            ("val", "test", 1),
        ):
            with gzip.open(data / f"{split}.{language}.gz", "rt", encoding="utf-8") as file:
                lines = file.readlines()[:num_lines]
            (folder / f"{name}.{language}").write_text("".join(lines), encoding="utf-8")


# ----------------------------------------------------------------------------- timed trainings


def seconds_of_our_loop(
    model: PreTrainedModel,
    mask: Mask,
    corpus: EncodedCorpus,
    settings: config.Experiment,
    num_updates: int,
) -> np.ndarray:
    """Train through `training.train` and return the seconds of each update, `[num_updates]`.

    One more update goes first and is not counted: it makes the optimiser's state. Making the
    batches and writing the log are in the figure, checkpoints and validations are not.
    """
    course = Course(0, num_updates + 1, num_updates + 1, patience=0, seed=_SEED)
    with tempfile.TemporaryDirectory() as folder:
        level = LevelFolder(Path(folder))
        training.train(own(model), mask, course, corpus, settings, level, moments={})
        log = read_log(level.log)
    return np.diff([entry["seconds"] for entry in log if "seconds" in entry])


def our_batches(
    model: PreTrainedModel, corpus: EncodedCorpus, settings: config.Experiment, num_updates: int
) -> list[Batch]:
    """The batches of `seconds_of_our_loop`, the uncounted first one included."""
    split = corpus.split("train")
    sampler = Sampler(
        longer_side(split), max_tokens=settings.batches.max_tokens, seed=derive(_SEED, "order")
    )
    ids = own_frame(model)
    return [collate(split, sampler.next(), ids) for _ in range(num_updates + 1)]


def in_turns(
    variants: Mapping[str, Callable[[], np.ndarray]], rounds: int
) -> dict[str, np.ndarray]:
    """Seconds `[rounds, num_updates]` of every variant; they take turns, and in turns go first."""
    seconds: dict[str, list[np.ndarray]] = {name: [] for name in variants}
    for number in range(rounds):
        names = list(variants)
        for name in names if number % 2 == 0 else reversed(names):
            seconds[name].append(variants[name]())
    return {name: np.stack(rows) for name, rows in seconds.items()}


def typical(seconds: np.ndarray) -> float:
    """Seconds of all updates together, each at its median over the rounds."""
    return float(np.median(seconds, axis=0).sum())


# ----------------------------------------------------------------------------- what is printed


def one_thread() -> None:
    """Compute on one thread, as the workers of a run do."""
    torch.set_num_threads(1)


def print_table(title: str, settings: config.Experiment, rows: Mapping[str, str]) -> None:
    """Print figures by name, and the corpus and the machine they were taken on."""
    is_grammar = settings.corpus.kind == "grammar"
    print_figures(f"{title}; {'the grammar corpus' if is_grammar else 'Multi30k'}", rows)


def print_figures(title: str, rows: Mapping[str, str]) -> None:
    """Print figures by name, and the machine they were taken on."""
    table = Table(show_header=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    console = Console()
    console.print(title, soft_wrap=True)
    console.print(table)
    console.print(machine(), style="dim", highlight=False, soft_wrap=True)


def machine() -> str:
    """The facts that figures of speed hang on; the load counts other processes too."""
    load, _, _ = os.getloadavg()
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "transformers"))
    return (
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, load {load:.1f}; "
        f"{versions}, Python {platform.python_version()}"
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
