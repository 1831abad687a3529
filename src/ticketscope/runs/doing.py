"""Doing one job: what a worker does, wherever it is.

A job is done under its lease, so that nobody else does it meanwhile, and what it cost is noted.
"""

import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from ticketscope.console.streams import ReaderGone
from ticketscope.errors import DiskFullError, InputError, JobError
from ticketscope.files import explained, guard
from ticketscope.runs.jobs import Job
from ticketscope.runs.journal import journalled
from ticketscope.runs.leases import USUAL, LeaseLostError, Patience, leased
from ticketscope.runs.seals import MissingError
from ticketscope.runs.store import Run
from ticketscope.system_errors import behind, may_pass

_log = logging.getLogger(__name__)

KINDS: Final = (ReaderGone, DiskFullError, InputError, JobError, RuntimeError)
"""What a failure may be, special ones first."""


@dataclass(frozen=True)
class Done:
    """What became of a job.

    Args:
        state: ``there``: there was nothing to do; ``elsewhere``: another worker has it, so whoever
            wants it done asks again later.
        kind: of a failure: one of `KINDS`; `RuntimeError` for our own bug.
        text: of a failure.
        notes: what there is to tell of it besides.
    """

    state: Literal["done", "there", "elsewhere", "failed"]
    kind: type[Exception] = JobError
    text: str = ""
    notes: tuple[str, ...] = ()


def do(job: Job, root: Path, patience: Patience = USUAL) -> Done:
    """Do a job of the run directory `root` here and now, unless another worker has it.

    What may pass is tried again after a pause: a file server that does not answer, a disk that is
    full for a moment, a file that another machine has made and that is not seen here yet.
    """
    with _notes() as notes:
        for pause in patience.pauses:
            done, error = _tried(job, Run(root), patience)
            if error is None or not _may_pass(error, patience):
                break
            _log.warning("%s: %s; trying again in %g s", job.name, done.text, pause)
            time.sleep(pause)
        else:
            done, _ = _tried(job, Run(root), patience)
    return replace(done, notes=tuple(notes))


def _tried(job: Job, run: Run, patience: Patience) -> tuple[Done, Exception | None]:
    """What became of it, and the error behind a failure."""
    try:
        with leased(run, job.name, patience) as is_ours:
            if not is_ours:
                return Done("elsewhere"), None
            with journalled(run, job.stage, job.network):
                return _done(job), None
    except LeaseLostError as error:
        _log.warning("%s: %s; what was done of it is left to whoever has it now", job.name, error)
        return Done("elsewhere"), None
    except (InputError, JobError) as error:
        return Done("failed", _kind(error), str(error)), error
    except OSError as error:
        line = explained(error)
        return Done("failed", _kind(line), str(line)), error
    except Exception as error:
        text = f"in a worker process:\n{traceback.format_exc()}"
        return Done("failed", RuntimeError, text), error


def _kind(error: InputError | JobError) -> type[Exception]:
    """Which of `KINDS` it is: whoever is told by a file knows no others."""
    return next(kind for kind in KINDS if isinstance(error, kind))


def _done(job: Job) -> Done:
    try:
        return Done("done" if job.do() else "there")
    except Exception:
        guard.get()()  # what goes wrong when another has the job, and its files, is no failure
        raise


def _may_pass(error: Exception, patience: Patience) -> bool:
    is_missing = any(isinstance(e, MissingError | FileNotFoundError) for e in behind(error))
    return may_pass(error) or (is_missing and patience.is_shared)


@contextmanager
def _notes() -> Iterator[list[str]]:
    """What is logged meanwhile."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler, logger = Keeping(), logging.getLogger("ticketscope")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
