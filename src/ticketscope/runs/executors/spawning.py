"""How processes are started that work for this one."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def safe_path() -> Iterator[None]:
    """Processes started here import nothing from the working directory, whose files are the user's.

    multiprocessing starts workers and its resource tracker by `python -c`, which would look there
    first: a socket.py that happens to lie there would be run.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


@contextmanager
def signals_held() -> Iterator[None]:
    """Holds Ctrl-C and SIGTERM back, so that no process is left half started or without a parent.

    It starts with them blocked: a terminal's Ctrl-C reaches it too, but the parent decides.
    """
    resource_tracker.ensure_running()  # here, because it unblocks them when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
