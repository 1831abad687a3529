"""What Slurm is told and asked: `sbatch` through submitit, and `squeue`.

`sacct`, which many clusters do not have, is never asked.
"""

import getpass
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ticketscope.config import Execution, Slurm
from ticketscope.errors import InputError
from ticketscope.machine import thread_variables
from ticketscope.runs.jobs import Resources

if TYPE_CHECKING:
    from submitit import SlurmExecutor

_log = logging.getLogger(__name__)

A_DAY: Final = 1_440
"""Minutes of a job where none are said: submitit's own default is five."""
FEWEST_MINUTES: Final = 5
_WARNED_BEFORE: Final = 90
"""Seconds before its end at which a job is warned. Slurm may do so another minute earlier."""
_LATER: Final = (
    "contact slurm controller",
    "timed out",
    "temporarily",
    "submit limit",
    "maxsubmit",
)
"""What sbatch says, in small letters, where it may take the same job later."""
_NOT_SET_UP: Final = ("configuration source", "unable to status file")
"""What it says where it does not know its cluster."""
_ENDED: Final = (
    *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY"),
    *("PREEMPTED", "REVOKED", "TIMEOUT"),
)
_HOPELESS: Final = ("held", "limit", "badconstraints", "invalid")
"""What is in the reasons, in small letters, for which a job may wait for ever."""
_PASSING: Final = ("qosgrp", "assocgrp", "peruser", "jobslimit")
"""What is in the reasons among them that other jobs' ends do away with."""
_OF_A_JOB: Final = ("SLURM_", "SLURMD_", "SRUN_", "SUBMITIT_")
"""How the names of the variables begin that a job gets."""
_CONFIG: Final = "SLURM_CONF"
_ASKING_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Entry:
    """A job as the queue shows it: its name, and its state in Slurm's words."""

    name: str
    state: str

    @property
    def has_ended(self) -> bool:
        """Whether it will not go on by itself."""
        return self.state in _ENDED


@dataclass
class SlurmQueue:
    """The queue of this user.

    Args:
        folder: where submitit keeps its files.
        settings: of Slurm.
    """

    folder: Path
    settings: Slurm
    _not_before: float = field(default=0.0, init=False)
    _told: set[str] = field(default_factory=set, init=False)

    def submit(self, task: Callable[[], None], name: str, resources: Resources) -> str | None:
        """Submit it; returns its number, or None where Slurm takes no more now.

        Raises `InputError` where Slurm refuses it.
        """
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        if time.monotonic() < self._not_before:
            return None
        try:
            executor = _executor(self.folder, self.settings, name, resources)
            with _as_outside_of_a_job():
                return executor.submit(task).job_id
        except (FailedJobError, FailedSubmissionError) as error:
            said = " ".join(str(error).split())
        if any(words in said.lower() for words in _NOT_SET_UP):
            raise InputError(
                f"execution.executor: slurm: sbatch finds no Slurm to submit to: {said}; start "
                "ticketscope on a machine of the cluster, or set SLURM_CONF to its slurm.conf"
            )
        if not any(words in said.lower() for words in _LATER):
            raise InputError(
                f"execution.slurm: sbatch refuses {name}: {said}; change execution.slurm, or what "
                "jobs ask for (execution.minutes, .cores, .gpus, .memory_gb)"
            )
        self._tell(f"sbatch: {said}; trying again every {self.settings.poll_seconds:g} s")
        self._not_before = time.monotonic() + self.settings.poll_seconds
        return None

    def look(self) -> Mapping[str, Entry] | None:
        """All jobs of this user that wait, work or ended some minutes ago, by number; None where
        Slurm does not answer."""
        command = ("squeue", "--noheader", "--states=all", "--format=%i|%T|%r|%j")
        try:
            asked = subprocess.run(
                [*command, f"--user={getpass.getuser()}"],
                capture_output=True,
                text=True,
                timeout=_ASKING_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            self._tell(f"squeue does not answer ({error}); asking again until it does")
            return None
        found = {}
        for line in asked.stdout.splitlines():
            number, state, reason, name = line.split("|", maxsplit=3)
            found[number] = Entry(name, state)
            if name.startswith(PREFIX) and state == "PENDING" and _is_hopeless(reason):
                self._tell(f"Slurm lets job {number} ({name}) wait: {reason}")
        return found

    def _tell(self, line: str) -> None:
        """Once each."""
        if line not in self._told:
            self._told.add(line)
            _log.warning("%s", line)


PREFIX: Final = "ticketscope-"
"""How the names of all jobs begin that are submitted here."""


def _is_hopeless(reason: str) -> bool:
    small = reason.lower()
    return any(part in small for part in _HOPELESS) and not any(p in small for p in _PASSING)


def require(execution: Execution) -> None:
    """Raises `InputError` where nothing can be submitted from here."""
    _require_submitit()
    for program in ("sbatch", "squeue", "srun"):
        if shutil.which(program) is None:
            raise InputError(
                f"execution.executor: slurm: there is no {program} on this machine; start "
                "ticketscope where jobs can be submitted"
            )
    of_stages = {f"stages.{name}.minutes": one.minutes for name, one in execution.stages.items()}
    for key, minutes in {"minutes": execution.minutes, **of_stages}.items():
        if minutes and minutes < FEWEST_MINUTES:
            raise InputError(
                f"execution.{key}: {minutes} is too short for Slurm, which warns a job one or two "
                f"minutes before its end: give {FEWEST_MINUTES} or more"
            )
    for option in execution.slurm.options:
        if option.startswith("-"):
            raise InputError(
                f"execution.slurm.options: {option}: leave out the dashes: {option.lstrip('-')}"
            )


def _require_submitit() -> None:
    try:
        import submitit  # noqa: F401
    except ImportError:
        raise InputError(
            "execution.executor: slurm needs submitit: pip install 'ticketscope[slurm]'"
        ) from None


@contextmanager
def _as_outside_of_a_job() -> Iterator[None]:
    """A driver may be a job of Slurm itself; what that one was given is nothing for those that it
    submits."""
    hidden = {}
    if "SLURM_JOB_ID" in os.environ:
        named = [name for name in os.environ if name.startswith(_OF_A_JOB) and name != _CONFIG]
        hidden = {name: os.environ.pop(name) for name in named}
    try:
        yield
    finally:
        os.environ.update(hidden)


def script(folder: Path, settings: Slurm, name: str, resources: Resources) -> str:
    """What `sbatch` is given for a job. Raises `InputError` without submitit."""
    _require_submitit()
    executor = _executor(folder, settings, name, resources)
    return executor._make_submission_file_text(executor._submitit_command_str, "")


def _executor(folder: Path, settings: Slurm, name: str, resources: Resources) -> "SlurmExecutor":
    from submitit import SlurmExecutor

    class Anywhere(SlurmExecutor):
        """One that can say what it would submit where there is no Slurm."""

        @classmethod
        def affinity(cls) -> int:
            return 2

    executor = Anywhere(folder, max_num_timeout=settings.timeouts)
    executor.update_parameters(**dict(_parameters(settings, name, resources)))
    return executor


def _parameters(settings: Slurm, name: str, resources: Resources) -> Iterator[tuple[str, Any]]:
    """In submitit's words."""
    cores = resources.num_cores
    threads = " ".join(f"{k}={v}" for k, v in thread_variables(resources.threads).items())
    yield "job_name", name
    yield "time", resources.minutes or A_DAY
    yield "nodes", 1
    yield "ntasks_per_node", 1
    yield "cpus_per_task", cores
    # Since Slurm 22.05 steps do not take over what jobs ask for.
    yield "srun_args", [f"--cpus-per-task={cores}"]
    yield "signal_delay_s", _WARNED_BEFORE
    yield "setup", [*settings.setup, f"export {threads}"]
    yield "wckey", None
    if resources.gpus:
        yield "gpus_per_node", resources.gpus
    if resources.memory_gb:
        yield "mem", f"{resources.memory_gb}GB"
    for key in ("partition", "account", "constraint"):
        if value := getattr(settings, key):
            yield key, value
    further = (option.partition("=") for option in settings.options)
    options = {key: value if equals else True for key, equals, value in further}
    yield "additional_parameters", {"requeue": True, **options}
