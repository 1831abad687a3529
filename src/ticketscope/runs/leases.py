"""Leases: who does a job of a run directory that several machines may write to.

`RUN/leases/NAME` is there while somebody does the job NAME. It says which process, and a thread of
that one counts up in it: the heartbeat. It is taken by `link`, which makes a name once only, on a
shared file system too; locks of such a system often exclude nobody on other machines.

Who finds a lease of a dead process of the same machine takes it over, and leaves that of one that
runs there. Of all others nobody can tell, so who asks watches the heartbeat: when it beats, the job
is elsewhere; when it has not for as many looks as `Patience.lease_seconds` allow, the lease is
taken over. No two clocks are compared,
and whoever was stopped meanwhile has not looked. A holder that is stopped and goes on finds another
lease in the place of its own before it publishes anything (`files.guard`), and stops with
`LeaseLostError`.
"""

import errno
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from ticketscope.files import beside, guard
from ticketscope.processes import Process, this_process
from ticketscope.runs.store import Run

_LOOKS: Final = 12
"""How often a heartbeat is looked at before its lease is taken over."""
_LOOKS_OF_A_GUEST: Final = 3
"""How often whoever merely asks looks at it."""
_GLANCES: Final = (0.05, 0.2, 1.0)
"""Seconds after which whoever has a lease looks again for one that is not seen: a file server may
not have told yet of the last change, and somebody may be putting it back."""
_HELD: Final[set[str]] = set()
"""The tokens of the leases that this process holds."""
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class LeaseLostError(Exception):
    """Another took over what this process does; it must change nothing more."""


@dataclass(frozen=True)
class Patience:
    """How long others are waited for.

    Args:
        lease_seconds: for how long a heartbeat must have been watched without a beat.
        pauses: seconds before each further try of a job that met an error which may pass.
        is_shared: whether workers on other machines make files that are seen here a little later.
    """

    lease_seconds: float = 60.0
    pauses: tuple[float, ...] = (1.0, 5.0, 25.0)
    is_shared: bool = True


USUAL: Final = Patience()


@dataclass(frozen=True)
class Holder:
    """Who has a lease, as it says itself.

    Args:
        name: what for: the name of a job.
        process: of whom.
        token: which taking of it.
        beat: the heartbeat.
    """

    name: str
    process: Process | None
    token: str
    beat: str


def place(run: Run, name: str) -> Path:
    """Where the lease of the job `name` lies while somebody has it."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name)[:80]
    return run.leases / f"{readable}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}"


def holders(run: Run) -> list[Holder]:
    """Everybody who has a lease, but for those known to be dead."""
    found = [seen for path in _places(run) if (seen := holder(path))]
    return [seen for seen in found if seen.process and not seen.process.is_dead]


def _places(run: Run) -> list[Path]:
    return sorted(run.leases.iterdir()) if run.leases.is_dir() else []


def holder(path: Path) -> Holder | None:
    """Who has the lease; None: nobody. One that is half-written has no process and no token yet."""
    try:
        about, _, beat = path.read_text(encoding="utf-8").partition("\n")
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ESTALE):  # or gone while it was read
            return None
        raise
    try:
        content = json.loads(about)
        process = Process.named(content["process"])
        return Holder(content["name"], process, content["token"], beat)
    except (ValueError, TypeError, KeyError):
        return Holder("", None, "", about)


def clear(run: Run, is_abandoned: Callable[[Holder], bool]) -> None:
    """Remove the leases of holders that are at work no more."""
    for path in _places(run):
        if (seen := holder(path)) and is_abandoned(seen):
            _set_aside(path, seen)


def wait_for_a_beat(run: Run, seen: list[Holder], patience: Patience) -> list[Holder]:
    """Those who are at work as far as a few looks tell: all of them, as soon as one heartbeat is
    another than `seen`, else nobody."""
    for _ in range(_LOOKS_OF_A_GUEST if seen else 0):
        time.sleep(patience.lease_seconds / _LOOKS)
        found = holders(run)
        if found != seen:
            return found
    return []


@contextmanager
def leased(run: Run, name: str, patience: Patience) -> Iterator[bool]:
    """Hold the lease of the job `name`, and guard by it whatever is published inside.

    Gives False, and guards nothing, when another does the job.
    """
    lease = _taken(place(run, name), name, patience)
    if lease is None:
        yield False
        return
    before = guard.set(lease.check)
    _HELD.add(lease.token)
    try:
        with lease.beating(patience.lease_seconds / _LOOKS):
            yield True
    finally:
        guard.reset(before)
        _HELD.remove(lease.token)
        lease.give_back()


# ----------------------------------------------------------------------------- one lease


@dataclass(frozen=True)
class _Lease:
    """A lease that was taken.

    Args:
        path: where it lies.
        about: its first line.
        token: of this taking.
        file: its descriptor: what is written there never meets another's lease.
    """

    path: Path
    about: bytes
    token: str
    file: int

    def check(self) -> None:
        """Raise `LeaseLostError` when the lease is another's now, or nobody's."""
        seen = holder(self.path)
        for seconds in _GLANCES:
            if seen is not None:
                break
            time.sleep(seconds)
            seen = holder(self.path)
        if seen is None or seen.token != self.token:
            by = f" by {seen.process}" if seen and seen.process else ""
            raise LeaseLostError(f"{self.path}: the lease was taken over{by}")

    @contextmanager
    def beating(self, interval: float) -> Iterator[None]:
        """Count up in the file every so many seconds."""
        ended = Event()

        def beat() -> None:
            count = 0
            while not ended.wait(interval):
                count += 1
                with suppress(OSError):  # whether the lease is lost is seen before publishing
                    os.pwrite(self.file, b"%020d" % count, len(self.about))
                    os.fsync(self.file)

        thread = Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def give_back(self) -> None:
        """Let the next have it."""
        with suppress(OSError):
            os.close(self.file)
        for seconds in (*_GLANCES, None):
            try:
                seen = holder(self.path)
                if seen and seen.token == self.token:
                    self.path.unlink(missing_ok=True)
                return
            except OSError:  # where it stays, its heart beats no more
                time.sleep(seconds or 0)


def _taken(path: Path, name: str, patience: Patience) -> _Lease | None:
    """Take the lease; None when another has it."""
    path.parent.mkdir(exist_ok=True)
    if (seen := holder(path)) is not None:
        if not _is_abandoned(path, seen, patience):
            return None
        _set_aside(path, seen)
    token = secrets.token_hex(8)
    content: dict[str, Any] = {"name": name, "process": str(this_process()), "token": token}
    about = json.dumps(content).encode() + b"\n"
    file = _made(path, about + b"%020d" % 0)
    return None if file is None else _Lease(path, about, token, file)


def _is_abandoned(path: Path, seen: Holder, patience: Patience) -> bool:
    """Whether the lease is that of a dead process, or beats no more; returns as soon as it is known
    that it is not."""
    if seen.process == this_process():
        return seen.token not in _HELD  # it could not be given back
    if seen.process and (seen.process.is_dead or seen.process.is_running):
        return seen.process.is_dead
    for _ in range(_LOOKS):
        time.sleep(patience.lease_seconds / _LOOKS)
        if holder(path) != seen:
            return False
    return True


def _set_aside(path: Path, seen: Holder) -> None:
    """Remove the lease that was seen, and no other: whoever was faster may have one there now."""
    aside = beside(path)
    with suppress(FileNotFoundError):
        path.rename(aside)
        found = holder(aside)
        if found and found.token != seen.token:
            with suppress(FileExistsError):
                os.link(aside, path)
        aside.unlink()


def _made(path: Path, content: bytes) -> int | None:
    """Make the file with just this content, and give its descriptor; None when one is there."""
    draft = beside(path)
    file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.write(file, content)
        os.fsync(file)
        is_made = _is_linked(draft, path, content)
    except OSError as error:
        os.close(file)
        if error.errno not in _NO_LINKS:
            raise
        return _made_in_place(path, content)
    except BaseException:
        os.close(file)
        raise
    finally:
        draft.unlink(missing_ok=True)
    if is_made:
        return file
    os.close(file)
    return None


def _is_linked(draft: Path, path: Path, content: bytes) -> bool:
    """Whether the draft got the name. A file server may have given it though the answer was lost,
    and then says that something is there; what, is asked of the file, since a client remembers for
    a while how many names the draft had."""
    try:
        os.link(draft, path)
    except FileExistsError:
        with suppress(FileNotFoundError):
            return path.read_bytes() == content
        return False
    return True


def _made_in_place(path: Path, content: bytes) -> int | None:
    """The same where a file system has no second names for a file. Others may see it half-written
    for a moment, and wait."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return None
    os.write(file, content)
    os.fsync(file)
    return file
