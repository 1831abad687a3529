"""Whose something is: a process of some machine, as others can tell from a name alone.

Containers of one machine count their processes each for itself, and a machine that starts anew
begins again at 1, so a number alone says nothing: the name holds the start of the machine and the
container too, and when the process began.
"""

import hashlib
import os
import platform
import re
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAME = r"[A-Za-z0-9]{1,12}-[0-9a-f]{8}-\d+-[0-9a-f]+"
"""What `str` of a `Process` looks like."""
_PROC = Path("/proc")
_HIDDEN = "hidden"


@dataclass(frozen=True)
class Process:
    """A process of some machine.

    Args:
        host: the name of the machine, for people.
        machine: one start of one machine, and the container there.
        number: the process's number there.
        began: when it began, as that machine counts.
    """

    host: str
    machine: str
    number: int
    began: str

    def __str__(self) -> str:
        return f"{self.host}-{self.machine}-{self.number}-{self.began}"

    @classmethod
    def named(cls, name: str) -> "Process":
        """The one whose `str` is `name`, which matches `NAME`."""
        host, machine, number, began = name.split("-")
        return cls(host, machine, int(number), began)

    @property
    def is_here(self) -> bool:
        """Whether it is or was a process of this machine, and of this container."""
        return self.machine == _machine()

    @property
    def is_dead(self) -> bool:
        """Whether it is known to have ended; False where that cannot be told from here."""
        return self.is_here and _seen(self.number)[1] not in (self.began, _HIDDEN)

    @property
    def is_running(self) -> bool:
        """Whether it is known to live, and not to be stopped."""
        state, began = _seen(self.number) if self.is_here else ("", "")
        return began == self.began and state not in ("T", "t")


def this_process() -> Process:
    """The one that asks."""
    number = os.getpid()
    return _process(number, _machine())


@cache
def _process(number: int, machine: str) -> Process:
    host = re.sub(r"[^A-Za-z0-9]", "", platform.node())[:12] or "host"
    return Process(host, machine, number, _seen(number)[1] or secrets.token_hex(4))


@cache
def _machine() -> str:
    """Where the system does not tell, every process is a machine of its own: no other can know
    whether it is dead."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        numbers = os.readlink(_PROC / "self/ns/pid")
    except OSError:
        return secrets.token_hex(4)
    return hashlib.sha256(f"{boot}{numbers}".encode()).hexdigest()[:8]


def _seen(number: int) -> tuple[str, str]:
    """The state of a living process of this machine, and when it began; ("", "") where there is
    none of this number, `_HIDDEN` where the system tells nothing of another user's."""
    try:
        text = (_PROC / str(number) / "stat").read_text(errors="replace")
    except OSError:
        return ("", _HIDDEN) if _is_of_another_user(number) else ("", "")
    # proc(5), stat: the name in brackets may hold anything.
    fields = text.rpartition(")")[2].split()
    if fields[0] not in ("Z", "X"):  # ended, and nobody has asked about it
        return fields[0], f"{int(fields[19]):x}"
    return "", ""


def _is_of_another_user(number: int) -> bool:
    """Whether there is a process of this number that we may not touch: where `/proc` is mounted
    with hidepid, as on many clusters, it is not seen there."""
    try:
        os.kill(number, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return False
