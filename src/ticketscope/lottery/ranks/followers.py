"""The ranks that follow the first one, which starts them and ends them.

They are processes on the machine of the first rank, started anew for each training. Each reads its
`Order` from standard input and ends when that is closed, however the first rank came to its end.
When one of them dies the training ends at once, in one line that names it.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from torch import cuda

from ticketscope.config import Experiment
from ticketscope.errors import InputError, JobError
from ticketscope.lottery.ranks.group import LostError, Meeting, joined
from ticketscope.lottery.ranks.rank import ALONE, Rank
from ticketscope.runs.store import LevelId, Run

FAILED: Final = 3
"""The exit code of a follower that said in one line why it ended."""
LOST: Final = 4
"""That of a follower that lost another rank."""
_COMMAND: Final = (sys.executable, "-P", "-m", "ticketscope.lottery.follower")
_GO_ON: Final = "run again to go on from its checkpoint"
_LOOK_SECONDS: Final = 0.1
_GRACE_SECONDS = 30.0
"""Between the death of a follower and that of a first rank that waits for it without noticing."""


@dataclass(frozen=True)
class Order:
    """What a follower is told: which training, which of its ranks it is, and where they meet.

    Args:
        root: the run directory.
        level: replicate, arm and level.
        experiment: as JSON.
        number: of the rank.
        size: how many ranks there are.
        port: of the `Meeting`.
    """

    root: str
    level: tuple[int, str, int]
    experiment: str
    number: int
    size: int
    port: int

    def line(self) -> bytes:
        """As one line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> "Order":
        """What `line` gave."""
        raw = json.loads(line)
        return cls(**{**raw, "level": tuple(raw["level"])})


@dataclass(frozen=True)
class Follower:
    """A follower as the first rank sees it."""

    number: int
    process: "subprocess.Popen[bytes]"
    errors: IO[bytes]

    @classmethod
    def start(cls, order: Order) -> "Follower":
        """Start it."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 (`end` closes it)
        process = subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
        )
        follower = cls(order.number, process, errors)
        with suppress(BrokenPipeError):  # it died: whoever waits for it will see
            follower._input.write(order.line())
            follower._input.flush()
        return follower

    @property
    def _input(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def failure(self) -> int | None:
        """Its exit code, if it ended before its work was done."""
        return self.process.poll() or None

    def said(self) -> str:
        """What it wrote to standard error."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()

    def end(self) -> None:
        """Kill it, if it is still there."""
        self.process.kill()
        self.process.wait()
        with suppress(BrokenPipeError):
            self._input.close()
        self.errors.close()


@dataclass(frozen=True)
class Followers:
    """All ranks of a training but the first."""

    folder: Path
    device: str
    each: Sequence[Follower]
    meeting: Meeting | None

    @contextmanager
    def joined(self) -> Iterator[Rank]:
        """Be the first rank; returns when all others have come.

        Raises `JobError` in place of what it is to be without a follower that died, and
        `RuntimeError` where that was a bug.
        """
        if self.meeting is None:
            yield ALONE
            return
        with self._watched():
            try:
                while not self.meeting.is_complete():
                    self._raise_for_the_dead()
                    if any(each.process.poll() is not None for each in self.each):
                        raise LostError("one left before all were there")
                    time.sleep(_LOOK_SECONDS)
                with joined(self.meeting, 0, self.device) as rank:
                    yield rank
                for follower in self.each:
                    follower.process.wait()
                self._raise_for_the_dead()
            except LostError as error:
                self._raise_for_the_lost(error)

    def _raise_for_the_dead(self) -> None:
        """Raise where a follower died; of several the first that lost no other one."""
        dead = [follower for follower in self.each if follower.failure is not None]
        for follower in dead:
            if follower.failure != LOST:
                raise self._error_of(follower)

    def _raise_for_the_lost(self, error: LostError) -> None:
        """The connection of a follower ends a moment before its process does."""
        end = time.monotonic() + _GRACE_SECONDS / 2
        while time.monotonic() < end:
            self._raise_for_the_dead()
            time.sleep(_LOOK_SECONDS)
        raise JobError(f"{self.folder}: its ranks lost each other ({error}); {_GO_ON}")

    def _error_of(self, follower: Follower) -> Exception:
        code = follower.failure
        assert code is not None
        name = f"{self.folder}: rank {follower.number} of {len(self.each) + 1}"
        if code == FAILED:
            # Before it libraries may have warned of something.
            return JobError(f"{name}: {follower.said().splitlines()[-1]}")
        if code == LOST:
            return JobError(f"{name} lost the others; {_GO_ON}")
        if code < 0:
            return JobError(f"{name} was killed (signal {-code}); {_GO_ON}")
        return RuntimeError(f"{name}:\n{follower.said()}")

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """End this process when a follower died and nothing else notices: what waits for it on a
        GPU may wait for ever, and no exception reaches it."""
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(_LOOK_SECONDS):
                dead = [follower for follower in self.each if follower.failure is not None]
                if dead and not is_over.wait(_GRACE_SECONDS):
                    print(self._error_of(dead[0]), file=sys.stderr, flush=True)
                    os._exit(1)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


@contextmanager
def followed(run: Run, level: LevelId, experiment: Experiment) -> Iterator[Followers]:
    """The followers of the training of a level, on their way; there are none when it is not shared.

    All are gone at the end. Raises `InputError` where this machine has not a GPU for each rank.
    """
    settings = experiment.training
    folder = run.level(level).path
    if settings.ranks == 1:
        yield Followers(folder, settings.device, (), None)
        return
    if settings.device == "cuda" and cuda.device_count() < settings.ranks:
        raise InputError(
            f"training.ranks: {settings.ranks} ranks take a GPU each and this machine has "
            f"{cuda.device_count()}: lower it; a training has all of its ranks on one machine"
        )
    meeting = Meeting.called(settings.ranks)
    started: list[Follower] = []
    try:
        for number in range(1, settings.ranks):
            order = Order(
                root=str(run.root),
                level=(level.replicate, level.arm, level.level),
                experiment=experiment.model_dump_json(),
                number=number,
                size=settings.ranks,
                port=meeting.port,
            )
            started.append(Follower.start(order))
        yield Followers(folder, settings.device, started, meeting)
    finally:
        for follower in started:
            follower.end()
