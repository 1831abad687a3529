"""Who works on a run: two lock files, whose locks are the system's and vanish with the process.

`lock` keeps a second run out. `lock-workers` is shared by the run and its workers: the next run
waits until those of a killed one are gone. Whoever merely asks tries that one for a moment, which a
run that starts waits for, so that nobody is refused because somebody asked.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ticketscope.errors import InputError, JobError
from ticketscope.files import disk_errors_named

RUN, WORKERS = "lock", "lock-workers"
_TRIES, _SECONDS_BETWEEN = 200, 0.1
_TRIES_OF_RUN = 10
"""Where a run was killed while it started a process, that one has the lock for a moment more."""


@contextmanager
def run_alone(root: Path) -> Iterator[None]:
    """Hold the lock of a run directory that is there.

    Raises `InputError` when another process has it or the file system has no locks, and `JobError`
    when workers of a killed run do not end.
    """
    with _opened(root, RUN) as run, _opened(root, WORKERS) as workers:
        try:
            is_ours = _locked(run, _TRIES_OF_RUN) and _is_there(run, root / RUN)
        except InputError:
            for name in (RUN, WORKERS):  # of no use there
                (root / name).unlink(missing_ok=True)
            raise
        if not is_ours:
            raise _refused(root)
        if not _locked(workers, _TRIES):
            raise JobError(f"{root}: workers of a killed run are still alive; end them")
        fcntl.flock(workers, fcntl.LOCK_SH)
        yield


@contextmanager
def run_together(root: Path) -> Iterator[None]:
    """Hold the lock of a run directory that is there together with others.

    Where the file system has no locks nothing is held: leases say who does what. Raises
    `InputError` when another process has the run alone.
    """
    with _opened(root, RUN) as run, worker_present(root):
        with suppress(OSError):
            try:
                fcntl.flock(run, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _refused(root) from None
        yield


@contextmanager
def worker_present(root: Path) -> Iterator[None]:
    """Tell a later run that a worker of this one is still alive."""
    with _opened(root, WORKERS) as workers:
        with suppress(OSError):  # no locks here
            fcntl.flock(workers, fcntl.LOCK_SH)
        yield


def is_worked_on(root: Path) -> bool | None:
    """Whether a process is working on the run now; None where the system cannot tell."""
    try:
        with (root / WORKERS).open() as workers:
            return not _try_lock(workers)
    except FileNotFoundError:
        return False
    except (OSError, InputError):
        return None


def _locked(file: IO[str], tries: int) -> bool:
    for attempt in range(tries):
        if attempt:
            time.sleep(_SECONDS_BETWEEN)
        if _try_lock(file):
            return True
    return False


def _refused(root: Path) -> InputError:
    return InputError(
        f"{root}: another ticketscope is working on this run; "
        "wait for it, or give --out another directory"
    )


def _opened(root: Path, name: str) -> IO[str]:
    with disk_errors_named(root):
        return (root / name).open("a")


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise InputError(
            f"{Path(file.name).parent}: there are no locks on this file system "
            f"({(error.strerror or '').lower()}), so two runs could write here at once; "
            "give --out a place on another one"
        ) from None
    return True


def _is_there(file: IO[str], path: Path) -> bool:
    """Whether an open file still has this name: a start that failed removes its own."""
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())
