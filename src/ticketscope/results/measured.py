"""What an analysis step measured on one ticket, kept with the digest of all it depends on.

Changing a setting of a step, or a ticket, makes the digest differ, and only then is the step done
again.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ticketscope.config import digest
from ticketscope.files import read_json, write_json


def measured_once(
    path: Path, identity: Mapping[str, Any], measure: Callable[[], Mapping[str, Any]]
) -> None:
    """Do `measure` and keep its result at `path`, unless it is there for the same `identity`."""
    if not is_measured(path, identity):
        result = dict(measure())
        about = {"identity": digest(identity), "checksum": digest(result)}
        write_json(path, {"about": about, "result": result})


def is_measured(path: Path, identity: Mapping[str, Any]) -> bool:
    """Whether `path` holds a result for just this identity, unaltered."""
    if not path.exists():
        return False
    try:
        stored = read_json(path)
        expected = {"identity": digest(identity), "checksum": digest(stored["result"])}
        return bool(stored["about"] == expected)
    except (ValueError, KeyError, TypeError):
        return False  # damaged: measured again


def read_result(path: Path) -> Any:
    """What `measured_once` kept."""
    return read_json(path)["result"]
