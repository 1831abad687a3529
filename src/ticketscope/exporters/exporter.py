"""What an exporter is, and where it writes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ticketscope.errors import InputError
from ticketscope.exporters.tracked import TrackedNetwork

_PROJECT: Final = re.compile(r"\w[\w.+-]*", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where an export goes.

    Args:
        project: what the tool calls the collection of its runs.
        out: a folder; None: where users of the tool expect it.
        online: whether the user wants it sent to the tool's server.
    """

    project: str
    out: Path | None
    online: bool


@dataclass(frozen=True)
class Exported:
    """What an export did.

    Args:
        networks: how many had something new.
        rows: how many rows were new, figures at the end counted as one.
        to_look: what to give a shell to look at them.
    """

    networks: int
    rows: int
    to_look: str


@dataclass(frozen=True)
class Exporter:
    """A tool that networks can be exported to.

    Args:
        tool: its name, for people.
        package: what has to be installed.
        write: write what the tool does not have yet.
        has_server: whether it can send them to a server, too.
    """

    tool: str
    package: str
    write: Callable[[Sequence[TrackedNetwork], Place], Exported]
    has_server: bool = False


def check(name: str, exporter: Exporter, place: Place) -> None:
    """Raises `InputError` where the tool is not installed, or cannot do what is asked."""
    if find_spec(exporter.package) is None:
        raise InputError(
            f"--to {name}: {exporter.tool} is not installed; pip install 'ticketscope[{name}]'"
        )
    if not _PROJECT.fullmatch(place.project):
        raise InputError(
            f"--project {place.project}: give a name of letters, digits and _ . + - alone, which "
            "begins with a letter, a digit or _"
        )
    if place.online and not exporter.has_server:
        raise InputError(
            f"--online: {exporter.tool} has no server that ticketscope sends to; leave it out"
        )
