"""The journal of a run: what each job cost.

Every process that works on it has a file of its own in `RUN/costs`, to which nobody else appends;
together they are the journal, in the order in which jobs began. Older versions kept one file,
`costs.jsonl`.

A line is an `Entry`. A job that went on in a second sitting has a second line. What Ctrl-C or an
error ended is noted by the process that ended it, without what is not known then (null); what
SIGKILL ended has no line. The whole of a sitting has one, too. These are measured times, so nothing
else of a run is made from them.
"""

import os
import resource
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ticketscope.errors import InputError
from ticketscope.processes import this_process
from ticketscope.runs.jobs import name_of
from ticketscope.runs.seals import opened_line, sealed_line
from ticketscope.runs.stages import SITTING
from ticketscope.runs.store import LevelId, Run

_PROCESS = Path("/proc/self")
_RESET_PEAK = "5"  # proc(5), clear_refs


@dataclass(frozen=True)
class Entry:
    """What a job cost in one sitting.

    Args:
        stage: of the job.
        network: of the job; None: the job was of the whole run.
        start: seconds since 1970, like `end`; None: noted by a version that kept no stamps.
        end: see `start`.
        seconds: by the clock.
        cpu_seconds: of the processor; None: not known.
        peak_bytes: the most memory that its process held meanwhile; None: not known.
    """

    stage: str
    network: str | None
    start: float | None
    end: float | None
    seconds: float
    cpu_seconds: float | None
    peak_bytes: int | None

    @property
    def job(self) -> str:
        """The name of the job."""
        return name_of(self.stage, self.network)


@contextmanager
def journalled(run: Run, stage: str, network: LevelId | None = None) -> Iterator[None]:
    """Append what the enclosed work of this process cost, whether it fails or not; its processors
    include those of processes that it started and waited for, its memory is its own."""
    _reset_peak()
    start, since, cpu_start = time.time(), time.monotonic(), _cpu_seconds()
    try:
        yield
    finally:
        seconds, cpu_seconds = time.monotonic() - since, _cpu_seconds() - cpu_start
        note_cost(run, stage, network, start, seconds, cpu_seconds, _peak_bytes())


def _cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def note_cost(
    run: Run,
    stage: str,
    network: LevelId | None,
    start: float,
    seconds: float,
    cpu_seconds: float | None,
    peak_bytes: int | None,
) -> None:
    """Append one line; None: not known.

    A disk that cannot take the line is passed over: it has stopped, or will stop, the work itself.
    """
    entry = Entry(
        stage=stage,
        network=None if network is None else str(network),
        start=round(start, 3),
        end=round(start + seconds, 3),
        seconds=round(seconds, 3),
        cpu_seconds=None if cpu_seconds is None else round(cpu_seconds, 3),
        peak_bytes=peak_bytes,
    )
    with suppress(OSError):
        _append(run.costs / _own(os.getpid()), sealed_line(asdict(entry)))


@cache
def _own(_process: int) -> str:
    """The file of this process."""
    own = this_process()
    return f"{own.host}-{own.number}-{secrets.token_hex(4)}.jsonl"


def noted(run: Run) -> list[Entry]:
    """What jobs cost, as `read_journal` gives it. Raises `InputError` where nothing of any job was
    noted yet."""
    entries, _ = read_journal(run)
    if all(entry.stage == SITTING for entry in entries):
        raise InputError(f"{run.costs}: no costs were noted; a run notes them while it works")
    return entries


def read_journal(run: Run) -> tuple[list[Entry], int]:
    """All whole lines, and how many others there are: a power cut may have left one half-written
    anywhere."""
    files = [path for path in (run.old_costs, *sorted(run.costs.glob("*.jsonl"))) if path.exists()]
    lines = [line for path in files for line in path.read_bytes().splitlines()]
    opened = [line for each in lines if (line := opened_line(each)) is not None]
    entries = [entry for line in opened if (entry := _entry(line)) is not None]
    return sorted(entries, key=lambda entry: entry.start or 0.0), len(lines) - len(entries)


def _entry(line: dict[str, Any]) -> Entry | None:
    """A line, of this version or of an older one; None where it is no line of a journal.

    Older versions kept the name of a job in place of its stage and network, and the oldest no
    stamps.
    """
    if "job" in line:
        stage, _, network = line.pop("job").partition(" replicate-")
        line = {"stage": stage, "network": f"replicate-{network}" if network else None, **line}
    try:
        return Entry(**{"start": None, "end": None, **line})
    except TypeError:
        return None


def seconds_by_job(entries: Iterable[Entry]) -> dict[str, float]:
    """How long each job took, summed over all sittings."""
    seconds: dict[str, float] = {}
    for entry in entries:
        seconds[entry.job] = seconds.get(entry.job, 0.0) + entry.seconds
    return seconds


def _append(journal: Path, line: str) -> None:
    """In one piece."""
    with suppress(FileExistsError):
        journal.parent.mkdir()
    descriptor = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def cpu_seconds_of(process: int) -> float | None:
    """What another process has used so far; None where the system does not tell."""
    with suppress(OSError):
        # proc(5), stat: the name in brackets may hold anything; user and system time follow it.
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


def _reset_peak() -> None:
    with suppress(OSError):
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK)


def _peak_bytes() -> int | None:
    """The most memory resident since the reset; None where the system does not tell."""
    with suppress(OSError):
        for line in (_PROCESS / "status").read_bytes().splitlines():
            if line.startswith(b"VmHWM:"):
                return 1024 * int(line.split()[1])
    return None
