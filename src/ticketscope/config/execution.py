"""How the work is done: who does the jobs, and what each takes of a machine."""

from typing import Annotated, Final

from pydantic import Field

from ticketscope.config.kinds import Count, FewOrZero, NotNegative, Positive, Section

LOCAL: Final = "local"
"""The executor that needs no other machine and no cluster."""
Minutes = Annotated[int, Field(ge=0, le=1_000_000)]
Gigabytes = Annotated[int, Field(ge=0, le=100_000)]


class Asked(Section):
    """What jobs of one stage ask of a machine; None: what `execution` says for all stages."""

    cores: FewOrZero | None = None
    gpus: FewOrZero | None = None
    memory_gb: Gigabytes | None = None
    minutes: Minutes | None = None


class Slurm(Section):
    """How jobs are given to Slurm; of use with its executor alone."""

    partition: str = ""
    account: str = ""
    constraint: str = ""
    options: tuple[str, ...] = ()
    """Further options of sbatch: ``qos=high``, ``exclusive``."""
    setup: tuple[str, ...] = ()
    """Lines of shell in front of every job: ``module load cuda``."""
    timeouts: FewOrZero = 100
    """How often a job may run out of its minutes and go on from what it has."""
    poll_seconds: Positive = 10.0
    """Between two looks into the queue."""


class Ray(Section):
    """How jobs are given to Ray; of use with its executor alone."""

    address: Annotated[str, Field(pattern=r"^(auto|[^/\s]+:\d{1,5})?$")] = ""
    """Of a cluster, as `ray start` prints it; empty: one of this machine, for this run alone."""


class Execution(Section):
    """How the work is done; changes no figure and is part of no digest."""

    executor: str = LOCAL
    """Who does the jobs: an executor of `ticketscope.runs.executors`."""
    workers: FewOrZero = 0
    """Jobs side by side; 0: as many as this machine's cores allow, `training.threads` for each.
    Where a cluster does them: how many are submitted and have not ended; 0: 100."""
    retries: FewOrZero = 3
    """How often a job is submitted anew whose worker or node was lost."""
    cores: FewOrZero = 0
    """What a job asks of a machine: cores; 0: as many as it has threads."""
    gpus: FewOrZero = 0
    """0: one where networks compute on cuda, else none."""
    memory_gb: Gigabytes = 0
    """0: not said."""
    minutes: Minutes = 0
    """The longest that a job works in one go; 0: not said."""
    stages: dict[str, Asked] = Field(default={})
    """What the jobs of one stage ask for in place of this, by its name: ``train``."""
    slurm: Slurm = Slurm()
    ray: Ray = Ray()
    lease_seconds: Positive = 60.0
    """For how long the heartbeat of whoever does a job is watched before it counts as dead."""
    checkpoint_seconds: NotNegative = 60.0
    log_every: Count = 20

    @property
    def is_here(self) -> bool:
        """Whether this machine does the jobs; nodes of a cluster may have what it lacks."""
        return self.executor == LOCAL

    def asked(self, stage: str) -> Asked:
        """What the jobs of a stage ask for; of GPUs None where nothing is said of them."""
        of_all = Asked(
            cores=self.cores,
            gpus=self.gpus or None,
            memory_gb=self.memory_gb,
            minutes=self.minutes,
        )
        of_stage = self.stages.get(stage, Asked())
        return of_all.model_copy(update=of_stage.model_dump(exclude_none=True))
