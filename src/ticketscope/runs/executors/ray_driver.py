"""The process that talks to Ray, and what Ray's workers do.

Whoever connects to Ray gets its handlers of signals, its threads and its words on the screen, waits
minutes for a cluster that is not there, and is ended when the cluster is. So a process of its own
does it, in an empty folder, and its parent hears by a pipe. It ends when the parent does, however
that ended, and takes its tasks with it, and a cluster that was started for it.

Ray is told to try nothing again: a task that was lost may have left something, and whether it is
done once more is for the leases of the run to say.
"""

import hashlib
import multiprocessing
import os
import re
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Lock
from typing import Final

from ticketscope import machine
from ticketscope.errors import JobError
from ticketscope.runs.doing import Done, do
from ticketscope.runs.executors.submitting import Lost
from ticketscope.runs.jobs import Job, Resources
from ticketscope.runs.leases import Patience

Node = Mapping[str, float]
"""What a machine has of each resource, by Ray's names."""

_OBJECT_STORE: Final = 80 * 2**20
"""Bytes for what tasks are given and return: next to nothing. Ray asks for at least 75 MiB."""
_LOOKS: Final = 100
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_COLOR_PREFIX": "0",
    # Under `uv run` Ray would send the working directory to all workers.
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    # Tries to reach a cluster; the parent's patience ends before that of the default.
    "RAY_NUM_REDIS_GET_RETRIES": "2",
}
_AUTHORISED: Final = "RAY_AUTH_MODE"
_COLOURS: Final = re.compile(r"\x1b\[[\d;]*m")
_OTHER_CODE: Final = re.compile("arguments for this task could not be computed|failed to import")
"""What Ray says where a worker cannot import what it is given."""


@dataclass(frozen=True)
class Asked:
    """What jobs are done with.

    Args:
        root: the run directory.
        patience: with others and with errors that may pass.
        folder: the working directory, which paths begin at.
        code: the checksum of what is imported.
    """

    root: Path
    patience: Patience
    folder: Path
    code: str


@dataclass(frozen=True)
class Refused:
    """Why there is no connection, in Ray's words."""

    why: str


def needs(asked: Resources) -> Node:
    """What a job takes of a node."""
    memory = asked.memory_gb * 2**30
    every = {"CPU": float(asked.num_cores), "GPU": float(asked.gpus), "memory": float(memory)}
    return {name: number for name, number in every.items() if number}


def serve(connection: Connection, folder: Path, address: str, cores: int, asked: Asked) -> None:
    """The life of this process.

    It sends the nodes that there are, or `Refused`; then it takes numbered jobs, and sends for each
    number what became of it. None ends it.

    Args:
        connection: to the parent.
        folder: of its own, which is removed at the end; sockets lie there, so its path is short.
        address: of a cluster; empty: one is started.
        cores: of the cluster that is started.
        asked: what jobs are done with.
    """
    os.setsid()  # a terminal's Ctrl-C is for the parent
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    with _nowhere(folder):
        said = folder / "said"
        _say_nothing(said)
        try:
            nodes = _connected(address, cores, folder)
        except Exception as error:
            connection.send(Refused(_why(error, said)))
            return
        import ray

        try:
            connection.send(nodes)
            _serve(connection, asked)
        finally:
            ray.shutdown()  # tasks end with their driver


def _serve(connection: Connection, asked: Asked) -> None:
    import ray

    parent, lock = multiprocessing.parent_process(), Lock()
    assert parent is not None
    task = ray.remote(work)
    while connection in wait([connection, parent.sentinel]):
        try:
            given = connection.recv()
        except EOFError:
            break
        if given is None:
            break
        number, job = given
        takes = needs(job.resources)
        reference = task.options(
            name=job.name,
            num_cpus=takes.get("CPU"),
            num_gpus=takes.get("GPU"),
            memory=takes.get("memory"),
            max_retries=0,
            runtime_env={"env_vars": _environment(job.resources.threads)},
        ).remote(job, asked)
        reference.future().add_done_callback(partial(_tell, connection, lock, number, job))


def work(job: Job, asked: Asked) -> Done:
    """What a worker of Ray's does."""
    if not (asked.folder.is_dir() and asked.root.is_dir()):
        return _failed(job, f"node {_node()} does not see {asked.root}; nodes must share it")
    if code() != asked.code:
        return _failed(job, f"node {_node()} has another version of ticketscope than was started")
    os.chdir(asked.folder)  # settings may have paths that begin there
    machine.compute_with(job.resources.threads)
    return do(job, asked.root, asked.patience)


@cache
def code() -> str:
    """The checksum of all modules of ticketscope."""
    package = Path(str(resources.files("ticketscope")))
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        whole.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


# ----------------------------------------------------------------------------- outcomes


def _tell(
    connection: Connection, lock: Lock, number: int, job: Job, future: "Future[Done]"
) -> None:
    """Send what became of a task; called by a thread of Ray's."""
    with lock:
        connection.send((number, _outcome(job, future)))


def _outcome(job: Job, future: "Future[Done]") -> Done | Lost:
    from ray import exceptions

    error = future.exception()
    match error:
        case None:
            return future.result()
        case exceptions.NodeDiedError():
            return Lost("its node is gone")
        case exceptions.OutOfMemoryError():
            return Lost("Ray ended it because its node had too little memory left")
        case exceptions.WorkerCrashedError():
            return Lost("its worker died")
        case exceptions.RayTaskError():
            text = _COLOURS.sub("", str(error).strip())
            if not _OTHER_CODE.search(text):
                return Done("failed", RuntimeError, f"in a worker of Ray:\n{text}")
            why = f"a node has not the same ticketscope ({text.splitlines()[-1]})"
            return _failed(job, f"{why}; start Ray there with the Python that has it")
        case exceptions.RayError():
            return Lost(_first_line(error))
        case _:
            return Done("failed", RuntimeError, f"in the process that talks to Ray:\n{error!r}")


def _failed(job: Job, why: str) -> Done:
    return Done("failed", JobError, f"{job.name}: {why}")


def _node() -> str:
    return os.uname().nodename


# ----------------------------------------------------------------------------- the connection


@contextmanager
def _nowhere(folder: Path) -> Iterator[None]:
    """Be in an empty folder: Ray has all workers import from the working directory of whoever
    connects."""
    here = folder / "here"
    here.mkdir()
    os.chdir(here)
    try:
        yield
    finally:
        os.chdir("/")
        for _ in range(_LOOKS):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)  # processes of Ray's that are ending write their last words


def _say_nothing(said: Path) -> None:
    """Have Ray's words in a file and not on the screen."""
    warnings.simplefilter("ignore")
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)


def _connected(address: str, cores: int, folder: Path) -> list[Node]:
    """Connect; returns the nodes that there are."""
    os.environ.update(_QUIET)
    sys.argv[:] = [""]  # Ray has workers import from the folder of a script, too
    if address and (Path.home() / ".ray" / "auth_token").is_file():
        os.environ.setdefault(_AUTHORISED, "token")
    import ray

    if address:
        ray.init(address, log_to_driver=False, logging_level="ERROR")
    else:
        ray.init(
            "local",
            num_cpus=cores,
            object_store_memory=_OBJECT_STORE,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            _temp_dir=str(folder),
        )
    return [dict(node["Resources"]) for node in ray.nodes() if node["Alive"]]


def _environment(threads: int) -> dict[str, str]:
    """What workers have of the environment beside that of whoever started Ray on their node."""
    path = os.environ.get("PYTHONPATH")
    return {
        **machine.orders_to_libraries(),
        **machine.thread_variables(threads),
        "PYTHONSAFEPATH": "1",
        **({"PYTHONPATH": path} if path else {}),
    }


def _why(error: Exception, said: Path) -> str:
    """What was wrong, in one line; Ray says some of it on the screen alone."""
    if re.search("InvalidAuthToken", said.read_text(errors="replace")):
        return "its token is not that of ~/.ray/auth_token; copy that of its head node"
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
