"""What each criterion costs, by CPU time and memory: `python benchmarks/criteria.py`.

A network of the size of opus-mt (74 M parameters) or NLLB-600M, with random weights, is pruned by
half on 128 pairs of newstest2014, as `ticketscope prune` does it without telling the loss. CPU time
is set against one forward pass that computes the loss of those pairs.

Each criterion is a process of its own, so that its memory is known.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

import common
from dissect import NEWSTEST, SIZES, Cost, Task, alone, make_base
from ticketscope.networks.network import Network
from ticketscope.pruning.calibration import SENTENCES, Calibration, CalibrationFiles
from ticketscope.pruning.criteria import CRITERIA, Evidence
from ticketscope.pruning.one_shot import StoredTensors, cut_of


def main() -> None:
    """Read the options, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="opus-mt")
    parser.add_argument(
        "--data", type=Path, default=NEWSTEST, help="folder of newstest2014.en, .de"
    )
    parser.add_argument("--criteria", nargs="+", choices=CRITERIA, default=list(CRITERIA))
    options = parser.parse_args()
    lines = {
        language: (options.data / f"newstest2014.{language}").read_text(encoding="utf-8")
        for language in ("en", "de")
    }
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as folder:
        task = Task(
            folder=Path(folder),
            size=SIZES[options.size],
            lines=tuple(line for text in lines.values() for line in text.splitlines()),
            decoder=True,
        )
        for language, text in lines.items():
            Path(f"{task.texts}.{language}").write_text(text, encoding="utf-8")
        alone(make_base, task)
        stages = {
            "the loss alone": loss_alone,
            **{name: partial(prune_by, name) for name in options.criteria},
        }
        for name, stage in stages.items():
            costs[name] = alone(stage, task)
            print(f"{name}: {costs[name]}", file=sys.stderr, flush=True)
        num_bytes = (task.base / "model.safetensors").stat().st_size
    print_table(options.size, num_bytes, costs)


def loss_alone(task: Task) -> None:
    """Let the network read all pairs."""
    calibration = _calibration(task)
    calibration.loss(calibration.network())


def prune_by(name: str, task: Task) -> None:
    """Find out which weights go, and what becomes of the others."""
    network, criterion = Network(task.base), CRITERIA[name]
    mask = network.kept
    evidence = Evidence(
        weights=StoredTensors(network.folder, tuple(mask.kept)), calibration=_calibration(task)
    )
    cut = cut_of(0.5, None, None, default="row" if criterion.by_input else "global")
    criterion.prune(evidence, mask, cut, 1)


def _calibration(task: Task) -> Calibration:
    files = CalibrationFiles(prefix=str(task.texts), source="en", target="de")
    network = Network(task.base)
    return files.read(network, files.drawn(network, 1))


def print_table(size: str, num_bytes: int, costs: dict[str, Cost]) -> None:
    """Print what each criterion cost."""
    table = Table()
    for heading in ("criterion", "CPU s", "of the loss", "peak GB"):
        table.add_column(heading, justify="left" if heading == "criterion" else "right")
    alone_s = costs["the loss alone"].seconds
    for name, cost in costs.items():
        table.add_row(
            name, f"{cost.seconds:.0f}", f"{cost.seconds / alone_s:.1f}", f"{cost.memory / 1e9:.2f}"
        )
    console = Console()
    console.print(
        f"{size}, {SENTENCES} pairs of newstest2014; its weights take {num_bytes / 1e9:.2f} GB",
        soft_wrap=True,
    )
    console.print(table)
    console.print(common.machine(), style="dim", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
