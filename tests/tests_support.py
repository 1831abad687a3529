"""What several test modules share."""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from ticketscope.config import Dissection
from ticketscope.config.dissection import Side
from ticketscope.files import PARTIAL
from ticketscope.processes import this_process

REPOSITORY = Path(__file__).parent.parent
PATIENCE = 3_600.0
"""Seconds after which what hangs is given up: no test is about time, so none fails in a crowd."""
# Workers import torch to set its threads, which takes seconds. This one takes none.
TORCH_STUB = """
_threads = None
def set_num_threads(number):
    global _threads
    _threads = number
def get_num_threads():
    return _threads
"""

ONE_VARIANT = Dissection(
    name="given",
    base=Side(network="/a/opus"),
    variants=(Side(network="/a/int8"),),
    source="en",
    target="de",
    tests=("/a/test",),
)
"""Settings of a dissection whose networks need not be there."""


def wait_for(condition: Callable[[], bool], *, every: float = 0.02) -> None:
    """Return once the condition holds; it is asked every so many seconds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(every)


def left_of(path: Path) -> Path:
    """How what a process of this machine was writing to `path` is called, which then was killed."""
    dead = replace(this_process(), number=2**22 + 1)  # more than the system has
    return path.with_name(f"{path.name}{PARTIAL}{dead}-0123abcd")


def made_once(root: Path, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` of `root`, made when it is first asked for; whoever asks at the same time
    waits, workers of a session among them."""
    root.mkdir(exist_ok=True)
    made, unfinished = root / name, root / f"{name}-unfinished"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_dir():
            make(unfinished)
            unfinished.rename(made)
    return made


def processes_of(session: int) -> dict[int, float]:
    """Processes of a session and the CPU seconds each has used, but for those that ended and nobody
    has asked about."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            ticks = int(fields[11]) + int(fields[12])
            found[int(stat.parent.name)] = ticks / os.sysconf("SC_CLK_TCK")
    return found


def data_folder(name: str) -> Path:
    """A folder of real data beside the project; the test is skipped, visibly, where absent."""
    default = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("TICKETSCOPE_DATA", default)) / name
    if not folder.is_dir():
        pytest.skip(f"real data {name} is not here (set TICKETSCOPE_DATA)")
    return folder


def listen_to_ctrl_c() -> None:
    """For a new process: what a shell starts in the background, CI perhaps, ignores SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def tree(folder: Path) -> dict[str, bytes]:
    """Everything below a folder, by its name there: bytes of files, nothing of folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def poison(folder: Path) -> Path:
    """Fill a new folder with files named as the modules of Python and of installed packages.

    Whatever imports one of them leaves the file whose path is returned.
    """
    folder.mkdir()
    marker = folder / "was-imported"
    code = f"open({str(marker)!r}, 'a').write(__name__ + '\\n')\n"
    for name in {*sys.stdlib_module_names, *metadata.packages_distributions()}:
        if name.isidentifier():
            (folder / f"{name}.py").write_text(code)
    return marker
