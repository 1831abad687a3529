"""Who does the jobs of a run: one executor per file, and one dict of them all."""

from collections.abc import Callable
from pathlib import Path

from ticketscope.config import Study
from ticketscope.config.execution import LOCAL
from ticketscope.runs.executors.executor import Executor, num_cores, num_workers, patience_of
from ticketscope.runs.executors.local import LocalWorkers
from ticketscope.runs.executors.ray import on_ray
from ticketscope.runs.executors.slurm import submitting

__all__ = ["EXECUTORS", "Executor", "num_cores", "num_workers", "patience_of"]

EXECUTORS: dict[str, Callable[[Path, Study], Executor]] = {
    LOCAL: LocalWorkers.of,
    "slurm": submitting,
    "ray": on_ray,
}
"""What makes the executor of a run directory and its study, by the name that the setting
`execution.executor` gives. Raises `InputError` where that one cannot work from here."""
