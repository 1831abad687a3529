"""The jobs of a run, which wait for each other, and how far they are.

Jobs are crash-only: they skip what is complete and write atomically, so stopping means killing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ticketscope.runs.store import LevelId


@dataclass(frozen=True)
class Resources:
    """What a job takes of a machine; 0: not said, and of cores as many as threads. Whoever gives it
    more cores than threads does not change a figure."""

    threads: int = 1
    cores: int = 0
    gpus: int = 0
    memory_gb: int = 0
    minutes: int = 0

    @property
    def num_cores(self) -> int:
        """At least one for each thread."""
        return max(self.cores, self.threads)


@dataclass(frozen=True)
class Job:
    """A module-level function with its arguments: what one stage of the work does, of one network
    or of the whole run.

    Two jobs are equal when they are of the same stage and network.

    Args:
        stage: what is done, such as ``train`` or the name of a step.
        network: of which network; None: of the run.
        function: returns False when it found its work done already.
        arguments: of the function.
        needs: the names of the jobs that this one waits for.
        resources: what it takes of a machine.
        tells: whether the function calls `looking.work_begins` before it works.
    """

    stage: str
    network: LevelId | None
    function: Callable[..., bool | None] = field(compare=False)
    arguments: tuple[Any, ...] = field(compare=False)
    needs: frozenset[str] = field(default=frozenset(), compare=False)
    resources: Resources = field(default=Resources(), compare=False)
    tells: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """``train replicate-0/dense/level-00``, or ``corpus``."""
        return name_of(self.stage, self.network)

    def do(self) -> bool:
        """Do it here and now; returns whether there was anything to do."""
        return self.function(*self.arguments) is not False


def name_of(stage: str, network: object | None) -> str:
    """The name of a job, for people."""
    return stage if network is None else f"{stage} {network}"


@dataclass(frozen=True)
class Failure:
    """A job that could not be done.

    Args:
        job: which.
        kind: `InputError`, `JobError`, or `RuntimeError` for our own bug.
        text: what to tell; of a bug with its traceback.
    """

    job: Job
    kind: type[Exception]
    text: str


@dataclass(frozen=True)
class Status:
    """How far the jobs of a sitting are at one moment."""

    running: tuple[Job, ...]
    finished: tuple[Job, ...]
    num_jobs: int
    there: frozenset[Job] = frozenset()
    """The finished jobs that had nothing to do."""
    failed: tuple[Failure, ...] = ()
    num_queued: int = 0
    """How many others wait in the queue of a cluster, in which they were put."""
