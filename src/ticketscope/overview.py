"""How far a run is: one row a level, read from what is on disk.

The live table of `ticketscope run` and the one of `ticketscope show` are the same.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from rich.table import Table

from ticketscope.arms import planned_levels
from ticketscope.config import Experiment
from ticketscope.store import LevelId, Run
from ticketscope.training_log import read_log

State = Literal["waiting", "training", "stopped", "trained", "measuring", "measured"]


@dataclass(frozen=True)
class LevelState:
    """Where one level stands."""

    level: LevelId
    state: State
    update: int
    num_updates: int
    tokens_per_second: float
    seconds_left: float
    validation_loss: float | None
    sparsity_prunable: float | None
    bleu: float | None


def overview(run: Run, experiment: Experiment, running: Iterable[str] | None) -> list[LevelState]:
    """The state of every planned level; `running` names the jobs at work, None: unknown."""
    bleu = _bleu(run)
    return [
        _state(run, level, running, bleu.get(level)) for level in planned_levels(experiment.lottery)
    ]


def _state(
    run: Run, level: LevelId, running: Iterable[str] | None, bleu: float | None
) -> LevelState:
    folder = run.level(level)
    log = read_log(folder.log)
    steps = [entry for entry in log if "of" in entry]
    nothing: dict[str, Any] = {"update": 0, "of": 0, "tokens_per_second": 0.0, "seconds": 0.0}
    last = steps[-1] if steps else nothing
    losses = [entry["validation_loss"] for entry in log if "validation_loss" in entry]
    left = last["of"] - last["update"]
    per_update = last["seconds"] / last["update"] if last["update"] else 0.0
    facts = folder.facts() if folder.is_done() else {}
    state: State
    if facts:
        at_work = running is not None and any(
            job.startswith("quality") and job.endswith(str(level)) for job in running
        )
        is_measured = run.analysis("quality", level).exists()
        state = "measuring" if at_work else "measured" if is_measured else "trained"
    elif running is None:
        state = "training" if log and run.is_locked() else "stopped" if log else "waiting"
    elif any(job.startswith("train") and job.endswith(str(level)) for job in running):
        state = "training"
    else:
        state = "stopped" if log else "waiting"
    return LevelState(
        level=level,
        state=state,
        update=last["update"],
        num_updates=last["of"],
        tokens_per_second=last["tokens_per_second"],
        seconds_left=left * per_update,
        validation_loss=facts.get("validation_loss", losses[-1] if losses else None),
        sparsity_prunable=facts.get("sparsity_prunable"),
        bleu=bleu,
    )


def _bleu(run: Run) -> dict[LevelId, float]:
    """BLEU on the first test set, from the finished table."""
    path = run.tables / "quality.csv"
    if not path.exists():
        return {}
    found: dict[LevelId, float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            level = LevelId(int(row["replicate"]), row["arm"], int(row["level"]))
            if row["metric"] == "bleu" and level not in found:
                found[level] = float(row["value"])
    return found


def as_table(states: list[LevelState], title: str) -> Table:
    """The overview for a terminal."""
    table = Table(title=title, title_justify="left")
    for name in ("replicate", "arm", "level", "sparsity", "state", "updates", "tokens/s", "left"):
        table.add_column(name, justify="left" if name in ("arm", "state") else "right")
    table.add_column("validation loss", justify="right")
    table.add_column("BLEU", justify="right")
    for row in states:
        is_training = row.state == "training"
        table.add_row(
            str(row.level.replicate),
            row.level.arm,
            str(row.level.level),
            "" if row.sparsity_prunable is None else f"{row.sparsity_prunable:.3f}",
            row.state,
            f"{row.update:,}/{row.num_updates:,}" if row.num_updates else "",
            f"{row.tokens_per_second:,.0f}" if is_training else "",
            duration(row.seconds_left) if is_training else "",
            "" if row.validation_loss is None else f"{row.validation_loss:.3f}",
            "" if row.bleu is None else f"{row.bleu:.1f}",
        )
    return table


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86_400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:,.0f} days"
