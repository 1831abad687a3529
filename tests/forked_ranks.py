"""Levels that several ranks train, in processes that are forked and import nothing; and harm that
comes to one of them."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch

from forked import forkserver
from tests_support import PATIENCE
from ticketscope.config import Experiment
from ticketscope.lottery import follower
from ticketscope.lottery.levels import make_level
from ticketscope.lottery.ranks import followers
from ticketscope.lottery.ranks.followers import Follower, Order
from ticketscope.lottery.trainer import Trainer
from ticketscope.networks.model import parameters
from ticketscope.runs.store import LevelId, Run

AT_THE_START = -1


@dataclass(frozen=True)
class Harm:
    """What happens to a rank before so many updates: ``killed``, ``terminated``, ``raises``,
    ``differs`` or ``sleeps``; `AT_THE_START`: before it has joined the others."""

    rank: int
    update: int
    what: str

    def do(self, trainer: Trainer | None = None) -> None:
        """Do it to this process."""
        if self.what == "sleeps":
            time.sleep(PATIENCE)
        elif self.what == "raises":
            raise RuntimeError("the device is broken")
        elif self.what == "differs":
            assert trainer is not None
            weight = parameters(trainer.network.model)["model.encoder.layers.0.fc1.weight"]
            weight.detach().view(torch.int32)[0, 0] ^= 2**20
        else:
            number = {"killed": signal.SIGKILL, "terminated": signal.SIGTERM}[self.what]
            os.kill(os.getpid(), number)


@dataclass(frozen=True)
class Ended:
    """How a first rank ended: by an error, or with an exit code."""

    kind: str
    text: str
    code: int | None
    session: int


def lead(
    run: Run,
    experiment: Experiment,
    levels: Sequence[LevelId],
    harms: tuple[Harm, ...] = (),
    grace: float = 60.0,
) -> Ended:
    """Make levels in a process of its own, which is the first rank and starts the others."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer"
        arguments = (run, experiment, tuple(levels), harms, grace, answer)
        process = forkserver.Process(target=_lead, args=arguments)
        process.start()
        process.join(PATIENCE)
        assert process.pid is not None
        kind, text = json.loads(answer.read_text()) if answer.exists() else ("", "")
        return Ended(kind, text, process.exitcode, process.pid)


def _lead(
    run: Run,
    experiment: Experiment,
    levels: tuple[LevelId, ...],
    harms: tuple[Harm, ...],
    grace: float,
    answer: Path,
) -> None:
    os.setsid()
    torch.set_num_threads(1)
    followers._GRACE_SECONDS = grace
    _suffer(harms)
    try:
        for level in levels:
            make_level(run.root, level, experiment)
    except Exception as error:
        answer.write_text(json.dumps([type(error).__name__, str(error)]))


def _suffer(harms: tuple[Harm, ...]) -> None:
    update, follow = Trainer.update, follower.follow

    def harmed(trainer: Trainer, *rest):  # type: ignore[no-untyped-def]
        for harm in harms:
            if (harm.rank, harm.update) == (trainer.rank.number, trainer.progress.update):
                harm.do(trainer)
        return update(trainer, *rest)

    def harmed_follow(order: Order) -> None:
        for harm in harms:
            if (harm.rank, harm.update) == (order.number, AT_THE_START):
                harm.do()
        follow(order)

    Trainer.update = harmed  # type: ignore[method-assign]
    follower.follow = harmed_follow
    Follower.start = _Fork.start  # type: ignore[assignment, method-assign]


class _Fork:
    """As much of `subprocess.Popen` as a `Follower` needs, of a fork."""

    _inputs: list[BinaryIO] = []  # noqa: RUF012 (of a process: what its forks must not keep open)

    def __init__(self, errors: int) -> None:
        there, here = os.pipe()
        self.stdin = os.fdopen(here, "wb")
        self._inputs.append(self.stdin)
        self._code: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            try:
                for other in self._inputs:
                    if not other.closed:  # else its number may be that of another file by now
                        os.close(other.fileno())
                os.dup2(there, 0)
                os.dup2(errors, 2)
                sys.stdin, sys.stderr = open(0), open(2, "w")  # noqa: SIM115
                follower.main()
            finally:
                os._exit(1)
        os.close(there)

    @staticmethod
    def start(order: Order) -> Follower:
        errors = tempfile.TemporaryFile()  # noqa: SIM115
        fork = _Fork(errors.fileno())
        fork.stdin.write(order.line())
        fork.stdin.flush()
        return Follower(order.number, fork, errors)  # type: ignore[arg-type]

    def poll(self) -> int | None:
        return self._ask(os.WNOHANG)

    def wait(self) -> int | None:
        return self._ask(0)

    def _ask(self, options: int) -> int | None:
        if self._code is None:
            with suppress(ChildProcessError):  # the other thread has just heard of it
                pid, status = os.waitpid(self._pid, options)
                if pid:
                    self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self._pid, signal.SIGKILL)
