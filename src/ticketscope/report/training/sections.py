"""The section on how the networks trained."""

from collections.abc import Iterator

from ticketscope.arms import known_arms
from ticketscope.arms.dense import DENSE
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.parts.part import Figure, Gap, Part, Table
from ticketscope.report.parts.wording import count, duration, number, plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.training import figures
from ticketscope.tables.table import NotMeasured


def training_parts(run: RunTables) -> Iterator[Part]:
    """The validation loss of every training job."""
    jobs = run.training
    if isinstance(jobs, NotMeasured):
        yield Gap(jobs.reason)
        return
    for arm in (DENSE, *run.study.lottery.arms):
        data = figures.training_data(jobs, arm)
        if not data.empty:
            yield Figure(
                f"Validation loss in training: {known_arms()[arm].title}",
                "Each line is one level of one replicate, each point one validation; lower is "
                "better. "
                f"n = {plural(data['replicate'].nunique(), 'replicate')}; no interval."
                f"{coinciding(data, ('level', 'replicate'), along='update', value='loss')}",
                figures.training_chart(data),
            )
    yield Table(
        title="Every training job",
        columns=("arm", "replicate", "level", "updates", "last validation loss", "time"),
        rows=tuple(
            (
                job.arm,
                str(job.replicate),
                str(job.level),
                count(job.updates),
                number(job.validation[-1][1], 3) if job.validation else "",
                duration(job.seconds),
            )
            for job in jobs
        ),
        num_text=1,
        folded=True,
    )
