"""What a tool shows as one of its runs: one network, its training as series, its figures.

Nothing here knows a tool. A name has the form that these tools make panels of: `train/loss`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from ticketscope.config import digest
from ticketscope.runs.store import LevelId

_NO_VALUES: Final = ("update", "of")
_VALIDATION: Final = "validation_"
_CALLED: Final = {"rate": "learning_rate"}


@dataclass(frozen=True)
class Row:
    """What was noted at one update of a training.

    Args:
        step: the update, counted from the start of the level.
        time: seconds since 1970.
        values: by name.
    """

    step: int
    time: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class TrackedNetwork:
    """One network.

    Args:
        id: of 16 hexadecimal digits; the same network has the same one in every export.
        label: which network of its run.
        group: what all networks of the run share.
        settings: all that decided the networks of the run; no paths.
        rows: its training; none, where others trained it.
        figures: what is known of it at the end, by name.
        is_done: whether its training has ended.
    """

    id: str
    label: LevelId
    group: str
    settings: Mapping[str, Any]
    rows: tuple[Row, ...]
    figures: Mapping[str, float]
    is_done: bool

    @property
    def last_step(self) -> int:
        """The last update; 0 without a training."""
        return self.rows[-1].step if self.rows else 0

    @property
    def last_time(self) -> float:
        """When that was, in seconds since 1970; 0 likewise."""
        return self.rows[-1].time if self.rows else 0.0

    @property
    def facts(self) -> dict[str, str | int]:
        """What tells it from the other networks of its run."""
        return {"arm": self.label.arm, "replicate": self.label.replicate, "level": self.label.level}

    @property
    def content(self) -> str:
        """Identity of all that a tool shows of it, but for the times."""
        rows = [[row.step, dict(row.values)] for row in self.rows]
        return digest([self.id, self.group, self.settings, rows, dict(self.figures), self.is_done])


def id_of(run_identity: str, label: LevelId, of_given: str = "") -> str:
    """Which network it is, however often it was trained, and wherever it lies.

    of_given: the digest of one that others trained, which its label does not tell.
    """
    return digest([run_identity, label.replicate, label.arm, label.level, of_given])[:16]


def rows_of(
    entries: Sequence[Mapping[str, Any]], *, last_written: float, is_done: bool
) -> tuple[Row, ...]:
    """One row per update that the log of a training has lines of.

    While the training goes on, the last update is left for the next time: a line of it may still
    be missing, and tools take one row per step. No line has the time of day, but the seconds of
    training: times are counted back from when the last line was written.

    entries: lines of training.jsonl, in their order.
    last_written: seconds since 1970.
    """
    seconds = [entry["seconds"] for entry in entries if "seconds" in entry]
    begun = last_written - (seconds[-1] if seconds else 0.0)
    rows, trained = [], 0.0
    for update, lines in groupby(entries, key=lambda entry: int(entry["update"])):
        values: dict[str, float] = {}
        for line in lines:
            trained = line.get("seconds", trained)
            values |= {_name(key): value for key, value in line.items() if key not in _NO_VALUES}
        rows.append(Row(update, begun + trained, values))
    return tuple(rows if is_done else rows[:-1])


def _name(key: str) -> str:
    if key.startswith(_VALIDATION):
        return f"validation/{key.removeprefix(_VALIDATION)}"
    return f"train/{_CALLED.get(key, key)}"


def new_rows(network: TrackedNetwork, last: int | None) -> Iterable[Row]:
    """The rows after the last step that a tool has; None: it has none."""
    return (row for row in network.rows if last is None or row.step > last)
