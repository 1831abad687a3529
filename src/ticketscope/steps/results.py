"""What steps measured, each result with the digest of all it depends on.

Changing a setting of a step, or a network, makes the digest differ, and only then is the step done
again; and so does damage.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketscope.config import digest
from ticketscope.files import is_there
from ticketscope.runs.looking import work_begins
from ticketscope.runs.seals import DamagedError, read_sealed, write_sealed
from ticketscope.runs.store import LevelId, Run

_MEND = "give the command of this run again to have it measured again"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Results:
    """The results in a run directory; one per step and network, or one per step."""

    run: Run

    def place(self, step: str, label: LevelId | None = None) -> Path:
        """Where a result lies; without a label that of a step on all networks at once."""
        return self.run.analysis(step, label) if label else self.run.analysis_of_all(step)

    def read(self, step: str, label: LevelId | None = None) -> Any:
        """A result. Raises `DamagedError` where it is not as it was written."""
        return read_result(self.place(step, label))


def measured_once(
    path: Path, identity: Mapping[str, Any], measure: Callable[[], Mapping[str, Any]]
) -> bool:
    """Do `measure` and keep its result at `path`, unless it is there for the same `identity`.

    Returns whether it was done now.
    """
    if is_measured(path, identity):
        return False
    work_begins()
    about = {"identity": digest(identity)}
    write_sealed(path, {"about": about, "result": dict(measure())})
    return True


def is_measured(path: Path, identity: Mapping[str, Any]) -> bool:
    """Whether `path` holds a result for just this identity, unaltered."""
    if not is_there(path):
        return False
    try:
        stored = _stored(path)
    except DamagedError:
        _log.warning("%s: truncated or altered; it is measured again", path)
        return False
    return bool(stored["about"]["identity"] == digest(identity))


def read_result(path: Path) -> Any:
    """What `measured_once` kept. Raises `DamagedError` where it is not as it was written."""
    return _stored(path)["result"]


def _stored(path: Path) -> dict[str, Any]:
    stored = read_sealed(path, _MEND)
    try:
        # Results had a checksum of their own before there were seals.
        is_whole = stored["about"].get("checksum") in (None, digest(stored["result"]))
        stored["about"]["identity"]
    except (AttributeError, KeyError, TypeError):
        is_whole = False
    if not is_whole:
        raise DamagedError(f"{path}: truncated or altered; {_MEND}")
    return stored
