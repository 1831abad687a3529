"""What jobs take of a machine, by the settings of their study."""

from ticketscope.config import Study
from ticketscope.runs.jobs import Resources
from ticketscope.runs.stages import CORPUS, TRAIN


def resources_of(study: Study, stage: str) -> Resources:
    """Of the jobs of a stage: what `execution` says, and where it says nothing of GPUs, one for all
    that has to do with networks if these compute on cuda. A training has so much for each of its
    ranks."""
    ranks = study.ranks if stage == TRAIN else 1
    asked = study.execution.asked(stage)
    computes = study.device == "cuda" and stage != CORPUS
    return Resources(
        threads=study.threads,
        cores=max(asked.cores or 0, study.threads * ranks),
        gpus=int(computes) * ranks if asked.gpus is None else asked.gpus,
        memory_gb=asked.memory_gb or 0,
        minutes=asked.minutes or 0,
    )
