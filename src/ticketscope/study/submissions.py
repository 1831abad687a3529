"""What Slurm would be given for the jobs of a study, stage by stage; nothing is submitted."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from ticketscope.config import Experiment, Study
from ticketscope.console.terminal import say
from ticketscope.runs.executors.slurm import SLURM, script_of
from ticketscope.runs.resources import resources_of
from ticketscope.runs.stages import CORPUS, TRAIN
from ticketscope.runs.store import OPENED
from ticketscope.steps.work import asked


def print_submissions(study: Study, out: Path, console: Console) -> None:
    """Write the script of each stage for people, where the executor is Slurm; stages that ask for
    the same share one.

    Raises `InputError` without submitit.
    """
    if study.execution.executor != SLURM:
        return
    scripts: dict[str, list[str]] = {}
    for stage in stages(study):
        scripts.setdefault(script_of(out, study, resources_of(study, stage)), []).append(stage)
    for text, names in scripts.items():
        console.print()
        say(console, f"sbatch is given for each job of {', '.join(names)}:")
        console.print(text, markup=False, highlight=False, soft_wrap=True, end="")
    console.print()


def stages(study: Study) -> Iterator[str]:
    """The stages of all jobs of a study."""
    yield CORPUS
    yield TRAIN if isinstance(study, Experiment) else OPENED
    steps = asked(study)
    yield from (step.preparation for step in steps if step.preparation)
    yield from (step.name for step in steps)
