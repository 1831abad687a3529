"""The log of a training, as JSON lines.

`{"update", "of", "loss", "rate", "tokens_per_second", "seconds"}` every so many updates and
`{"update", "validation_loss"}` at every validation. It is also what the live table and
`ticketscope show` read to see how far a training is, and what `ticketscope export` carries
elsewhere. Each line carries a checksum of itself.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ticketscope.errors import JobError
from ticketscope.files import disk_errors_named, guard, is_there, write_text
from ticketscope.runs.seals import DamagedError, opened_line, sealed_line

if TYPE_CHECKING:
    from torch import Tensor


def read_log(path: Path) -> list[dict[str, Any]]:
    """All complete lines; it ends before the first one that a crash left half-written."""
    return _entries(path.read_bytes()) if is_there(path) else []


def read_log_end(path: Path, num_bytes: int = 16_384) -> list[dict[str, Any]]:
    """The last complete lines, cheap for a log of any length."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        start = max(0, path.stat().st_size - num_bytes)
        file.seek(start)
        content = file.read()
    return _entries(content.partition(b"\n")[2] if start else content)


def read_whole_log(path: Path, num_updates: int, mend: str) -> list[dict[str, Any]]:
    """All lines of a finished training of which the state after so many updates was kept.

    It ends with a validation: that of the kept state or, with patience, one of those that came
    after the best. Raises `DamagedError`, with `mend` as the way out, where lines are missing or
    altered.
    """
    entries = read_log(path)
    validated = [entry["update"] for entry in entries if "validation_loss" in entry]
    if num_updates not in validated or "validation_loss" not in entries[-1]:
        raise DamagedError(f"{path}: truncated or altered; {mend}")
    return entries


def _entries(content: bytes) -> list[dict[str, Any]]:
    entries = []
    for line in content.split(b"\n")[:-1]:
        entry = opened_line(line)
        if entry is None or "update" not in entry:
            break
        entries.append(entry)
    return entries


@dataclass
class Unlogged:
    """What the updates since the last line come to; a checkpoint keeps it, so that the first line
    after an interruption is the mean of as many updates as any other."""

    loss: float = 0.0
    """Summed over target tokens."""
    tokens: int = 0


class TrainingLog:
    """Appends to the log; entries behind the checkpoint a training goes on from are dropped.

    Args:
        path: the file.
        update: updates that the training has behind it.
        num_updates: updates it has in all.
        every: updates between two lines.
        unlogged: what the updates since the last line come to; it is kept up to date here.
    """

    def __init__(
        self,
        path: Path,
        update: int,
        num_updates: int,
        every: int,
        unlogged: Unlogged,
    ) -> None:
        self._path, self._of, self._every, self._unlogged = path, num_updates, every, unlogged
        kept = [entry for entry in read_log(path) if entry["update"] <= update]
        write_text(path, "".join(map(sealed_line, kept)))
        self._file = path.open("a", encoding="utf-8")
        self._unread: list[tuple[int, Tensor, int]] = []
        self._start_clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def update(
        self, update: int, losses: "Tensor", num_tokens: int, rate: float, seconds: float
    ) -> None:
        """Note one update; `losses` of its micro-batches, label-smoothed, in nats per target token
        of the update. They stay on their device until a line is due: to read them, the program
        waits until a GPU is done. Raises as `settle`."""
        self._unread.append((update, losses, num_tokens))
        self._timed_tokens += num_tokens
        if update % self._every and update != self._of:
            return
        self.settle()
        elapsed = time.monotonic() - self._since
        self._write(
            {
                "update": update,
                "of": self._of,
                "loss": round(self._unlogged.loss / self._unlogged.tokens, 5),
                "rate": rate,
                "tokens_per_second": round(self._timed_tokens / max(elapsed, 1e-9), 1),
                "seconds": round(seconds, 3),
            }
        )
        self._unlogged.loss, self._unlogged.tokens = 0.0, 0
        self._start_clock()

    def settle(self) -> None:
        """Read the losses that lie on their device still. Raises `JobError` for the first update
        whose loss is not finite."""
        if not self._unread:
            return
        import torch  # who only reads a log does without

        read = iter(torch.cat([losses for _, losses, _ in self._unread]).tolist())
        for update, losses, num_tokens in self._unread:
            loss = 0.0
            for _ in range(len(losses)):  # `sum` adds in another way from Python 3.12 on
                loss += next(read)
            if not math.isfinite(loss):
                raise JobError(
                    f"{self._path.parent}: the loss is {loss} after {update - 1} updates; "
                    "lower training.peak_rate or set training.clip_norm"
                )
            self._unlogged.loss += loss * num_tokens
            self._unlogged.tokens += num_tokens
        self._unread.clear()

    def validation(self, update: int, loss: float) -> None:
        """Note the validation loss in nats per target token."""
        self._write({"update": update, "validation_loss": round(loss, 6)})
        self._start_clock()  # the rate is that of updates alone

    def _write(self, entry: dict[str, Any]) -> None:
        guard.get()()
        with disk_errors_named(self._path):
            self._file.write(sealed_line(entry))
            self._file.flush()

    def _start_clock(self) -> None:
        self._timed_tokens, self._since = 0, time.monotonic()
