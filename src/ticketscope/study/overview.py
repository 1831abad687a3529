"""How far a run is: one row per level, read from what is on disk.

The live table of `ticketscope run` and the one of `ticketscope show` are the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ticketscope.config import Experiment, Study
from ticketscope.console.terminal import Column, FittingTable, roughly
from ticketscope.lottery.training_log import read_log_end
from ticketscope.runs.jobs import name_of
from ticketscope.runs.seals import DamagedError, read_sealed
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.work import places

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
    seconds_per_update: float = 0.0
    """0 where no update was logged."""
    is_given: bool = False
    """Whether others trained it: then it is the one network of its arm."""


def which_look(study: Study) -> str:
    """At which of its registered looks a study is."""
    looks, replicates = study.claims.looks, study.replicates
    number = sum(look < replicates for look in looks) + 1
    between = "" if replicates in looks else ", which was not registered"
    return f"look {number} of {len(looks)}: {replicates} replicates{between}"


def overview(bench: Bench, at_work: Iterable[str]) -> list[LevelState]:
    """The state of every planned level; `at_work`: the names of jobs that somebody does now."""
    names = frozenset(at_work)
    results = places(bench)
    labels = bench.panel.labels
    if not isinstance(bench.study, Experiment):
        return [_state_of_given(bench, label, results[label], names) for label in labels]
    return [_state(bench, label, results[label], names) for label in labels]


def _state_of_given(
    bench: Bench,
    label: LevelId,
    results: Sequence[Path],
    at_work: frozenset[str],
) -> LevelState:
    """Of a network that others trained, which is there from the beginning."""
    is_at_work = _is_of(label, at_work)
    is_measured = all(place.exists() for place in results)
    result, counted = bench.results.place(QUALITY, label), bench.panel[label].counted
    return LevelState(
        level=label,
        state="measuring" if is_at_work else "measured" if is_measured else "waiting",
        update=0,
        num_updates=0,
        tokens_per_second=0.0,
        seconds_left=0.0,
        validation_loss=None,
        sparsity_prunable=counted.prunable if counted else None,
        bleu=_bleu(result, result.stat().st_mtime_ns) if result.exists() else None,
        is_given=True,
    )


def _state(
    bench: Bench,
    level: LevelId,
    results: Sequence[Path],
    at_work: frozenset[str],
) -> LevelState:
    folder = bench.run.level(level)
    log = read_log_end(folder.log)
    steps = [entry for entry in log if "of" in entry]
    losses = [entry["validation_loss"] for entry in log if "validation_loss" in entry]
    nothing: dict[str, Any] = {"update": 0, "of": 0, "tokens_per_second": 0.0, "seconds": 0.0}
    last = steps[-1] if steps else nothing
    per_update = last["seconds"] / last["update"] if last["update"] else 0.0
    facts = folder.facts() if folder.is_done() else {}
    result = bench.results.place(QUALITY, level)
    state: State
    if facts:
        is_at_work = _is_of(level, at_work)
        is_measured = all(place.exists() for place in results)
        state = "measuring" if is_at_work else "measured" if is_measured else "trained"
    elif name_of(TRAIN, level) in at_work:
        state = "training"
    else:
        state = "stopped" if log else "waiting"
    return LevelState(
        level=level,
        state=state,
        update=last["update"],
        num_updates=last["of"],
        tokens_per_second=last["tokens_per_second"],
        seconds_left=(last["of"] - last["update"]) * per_update,
        validation_loss=facts.get("validation_loss", losses[-1] if losses else None),
        sparsity_prunable=facts.get("sparsity_prunable"),
        bleu=_bleu(result, result.stat().st_mtime_ns) if result.exists() else None,
        seconds_per_update=per_update,
    )


def _is_of(label: LevelId, at_work: frozenset[str]) -> bool:
    """Whether some job of the network is among them."""
    return any(name.endswith(f" {label}") for name in at_work)


@cache
def _bleu(result: Path, _changed: int) -> float | None:
    """BLEU on the first test set, as soon as it is measured; None for a damaged file.

    A damaged file is measured again by the run, which the table that shows it must not prevent.
    """
    try:
        scores = next(iter(read_sealed(result, "")["result"]["scores"].values()))
        return float(scores["bleu"])
    except (DamagedError, KeyError, TypeError, AttributeError, StopIteration):
        return None


_COLUMNS = (
    Column("replicate/arm/level", right=False),
    Column("sparsity", yields=2),
    Column("state", right=False),
    Column("updates", yields=3),
    Column("tokens/s", yields=4),
    Column("left"),
    Column("validation\nloss", yields=1),
    Column("BLEU"),
)
_OF_GIVEN = (
    Column("network", right=False),
    Column("sparsity", yields=1),
    Column("state", right=False),
    Column("BLEU"),
)
"""Nothing of them is trained, and no level follows from another."""


def as_table(states: list[LevelState], title: str = "") -> FittingTable:
    """The overview for a terminal."""
    if any(row.is_given for row in states):
        return FittingTable(_OF_GIVEN, tuple(map(_cells_of_given, states)), title)
    return FittingTable(_COLUMNS, tuple(map(_cells, states)), title)


def _cells_of_given(row: LevelState) -> tuple[str, ...]:
    twin = f", twin {row.level.replicate}" if row.level.replicate else ""
    return (f"{row.level.arm}{twin}", _sparsity(row), row.state, _score(row))


def _cells(row: LevelState) -> tuple[str, ...]:
    is_training = row.state == "training"
    return (
        f"{row.level.replicate}/{row.level.arm}/{row.level.level}",
        _sparsity(row),
        row.state,
        f"{row.update:,}/{row.num_updates:,}" if row.num_updates else "",
        f"{row.tokens_per_second:,.0f}" if is_training else "",
        roughly(row.seconds_left) if is_training else "",
        "" if row.validation_loss is None else f"{row.validation_loss:.3f}",
        _score(row),
    )


def _sparsity(row: LevelState) -> str:
    return "" if row.sparsity_prunable is None else f"{row.sparsity_prunable:.3f}"


def _score(row: LevelState) -> str:
    return "" if row.bleu is None else f"{row.bleu:.1f}"
