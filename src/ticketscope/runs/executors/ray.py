"""Jobs on a Ray cluster: one that is there, or one of this machine for as long as the run works."""

import logging
import multiprocessing
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, Literal

from ticketscope.config import Study
from ticketscope.errors import InputError, JobError
from ticketscope.runs.doing import Done
from ticketscope.runs.executors.executor import num_workers, patience_of
from ticketscope.runs.executors.ray_driver import Asked, Node, Refused, code, needs, serve
from ticketscope.runs.executors.spawning import safe_path, signals_held
from ticketscope.runs.executors.submitting import Lost, Submitting
from ticketscope.runs.jobs import Job, Resources
from ticketscope.runs.leases import Patience, place
from ticketscope.runs.store import Run

_log = logging.getLogger(__name__)

_CONNECTING: Final = 60.0
"""Seconds that a cluster has to answer; one that is started here may take as long as it likes."""
_ENDING: Final = 60.0
_INTERVAL: Final = 0.1
"""Seconds between two looks at what the other process has told; nobody else is asked."""
_LOOKING: Final = 1.0
"""Seconds between two looks at the leases, which may lie on a file server."""


def on_ray(root: Path, study: Study) -> Submitting[int]:
    """The executor of a run directory. Raises `InputError` where there is no Ray."""
    address = study.execution.ray.address
    require(address)
    patience = patience_of(study)
    cluster = RayCluster(root, address, len(os.sched_getaffinity(0)), patience)
    retries = study.execution.retries
    return Submitting(root, cluster, num_workers(study), retries, patience, _INTERVAL)


def require(address: str) -> None:
    """Raises `InputError` where Ray is not installed, or nothing answers at the address: Ray itself
    takes minutes to say so."""
    if find_spec("ray") is None:
        raise InputError("execution.executor: ray needs Ray: pip install 'ticketscope[ray]'")
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECTING).close()
    except OSError as error:
        raise _no_cluster(address, error.strerror or str(error)) from None


def _no_cluster(address: str, why: str) -> InputError:
    return InputError(
        f"execution.ray.address: no Ray cluster at {address}: {why}; `ray start --head` on its "
        "first node tells the address; leave it empty for a cluster on this machine alone"
    )


@dataclass
class RayCluster:
    """The cluster as `Submitting` wants it: a job has a number.

    Args:
        root: the run directory.
        address: of a cluster; empty: one is started for as long as there is work.
        cores: of the one that is started.
        patience: with others and with errors that may pass.
    """

    root: Path
    address: str
    cores: int
    patience: Patience
    _driver: "_Driver | None" = field(default=None, init=False)
    _jobs: dict[int, Job] = field(default_factory=dict, init=False)
    _outcomes: dict[int, Done | Lost] = field(default_factory=dict, init=False)
    _last: int = field(default=0, init=False)
    _told: set[Resources] = field(default_factory=set, init=False)
    _held: frozenset[str] = field(default=frozenset(), init=False)
    _next_look: float = field(default=0.0, init=False)

    def submit(self, job: Job) -> int:
        """As of `Cluster`."""
        if self._driver is None:
            self._driver = self._connected()
        self._require_room(job.resources, self._driver.nodes)
        self._last += 1
        self._driver.send((self._last, job))
        self._jobs[self._last] = job
        return self._last

    def poll(self, handle: int) -> Done | Lost | Literal["queued", "running"]:
        """As of `Cluster`."""
        assert self._driver is not None
        while (told := self._driver.told()) is not None:
            number, outcome = told
            self._outcomes[number] = outcome
        if handle in self._outcomes:
            del self._jobs[handle]
            return self._outcomes.pop(handle)
        # Ray does not say which tasks wait for a place; a job that is at work has its lease.
        lease = place(Run(self.root), self._jobs[handle].name)
        return "running" if lease.name in self._leases() else "queued"

    def end(self, left: Mapping[Job, int]) -> None:  # noqa: ARG002
        """As of `Cluster`. Ray ends what is left."""
        if self._driver is not None:
            self._driver.end()
            self._driver = None

    def _leases(self) -> frozenset[str]:
        """The names of all leases, as they were at the last look."""
        if time.monotonic() >= self._next_look:
            folder = Run(self.root).leases
            self._held = frozenset(os.listdir(folder) if folder.is_dir() else ())
            self._next_look = time.monotonic() + _LOOKING
        return self._held

    def _connected(self) -> "_Driver":
        asked = Asked(self.root.resolve(), self.patience, Path.cwd(), code())
        return _Driver.start(self.address, self.cores, asked)

    def _require_room(self, asked: Resources, nodes: list[Node]) -> None:
        """Nothing fits a job that asks for more than any node has; but a cluster may grow."""
        if asked in self._told or any(_fits(asked, node) for node in nodes):
            return
        self._told.add(asked)
        words = _in_words(asked)
        if not self.address:
            raise InputError(
                f"execution: a job asks for {words}, and this machine has not as much; lower it, "
                "or give execution.ray.address"
            )
        _log.warning("no node of the Ray cluster has %s; such jobs wait until one has", words)


@dataclass(frozen=True)
class _Driver:
    """The process that talks to Ray, as its parent sees it."""

    process: BaseProcess
    connection: Connection
    folder: Path
    nodes: list[Node]
    where: str

    @classmethod
    def start(cls, address: str, cores: int, asked: Asked) -> "_Driver":
        """Start it, and return when it is connected. Raises `InputError` when it cannot be."""
        context = multiprocessing.get_context("spawn")  # threads and locks do not survive a fork
        here, there = context.Pipe()
        place = os.environ.get("RAY_TMPDIR", "/tmp")
        folder = Path(tempfile.mkdtemp(prefix="ticketscope-ray-", dir=place))
        process = context.Process(target=serve, args=(there, folder, address, cores, asked))
        with safe_path(), signals_held():
            process.start()
        there.close()
        driver = cls(process, here, folder, [], f"Ray at {address}" if address else "Ray")
        try:
            nodes = driver._first_words(address)
        except BaseException:
            driver.end()
            raise
        return replace(driver, nodes=nodes)

    def _first_words(self, address: str) -> list[Node]:
        if address and not self.connection.poll(_CONNECTING):
            self.process.kill()
            raise _no_cluster(address, f"no answer for {_CONNECTING:g} seconds")
        said: list[Node] | Refused = self._received()
        if not isinstance(said, Refused):
            return said
        if address:
            raise _no_cluster(address, said.why)
        raise JobError(f"Ray does not start on this machine: {said.why}")

    def send(self, numbered: tuple[int, Job]) -> None:
        """Have a job submitted."""
        try:
            self.connection.send(numbered)
        except (BrokenPipeError, ConnectionResetError):
            raise self._lost() from None

    def told(self) -> tuple[int, Done | Lost] | None:
        """The next job that has ended, by its number; None when there is none now."""
        return self._received() if self.connection.poll() else None

    def _received(self) -> Any:
        try:
            return self.connection.recv()
        except (EOFError, ConnectionResetError):
            raise self._lost() from None

    def _lost(self) -> JobError:
        return JobError(
            f"the connection to {self.where} broke; give the same command again to go on"
        )

    def end(self) -> None:
        """Have it end with all that it submitted, and wait for that."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(None)
        self.process.join(_ENDING)
        self.process.kill()
        self.process.join()
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)  # had it no time to do so itself


def _fits(asked: Resources, node: Node) -> bool:
    return all(node.get(name, 0.0) >= number for name, number in needs(asked).items())


def _in_words(asked: Resources) -> str:
    every = {"core(s)": asked.num_cores, "GPU(s)": asked.gpus, "GB of memory": asked.memory_gb}
    return ", ".join(f"{number} {unit}" for unit, number in every.items() if number)
