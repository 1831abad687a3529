"""The section on how the networks trained."""

from collections.abc import Iterator

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
    lines = ("level", "replicate")
    for arm in run.cast:
        data = figures.training_data(jobs, arm)
        if not data.empty:
            yield Figure(
                f"Validation loss in training: {run.cast[arm].title}",
                "Each line is one level of one replicate, each point one validation; lower is "
                "better. "
                f"n = {plural(data['replicate'].nunique(), 'replicate')}; no interval."
                f"{coinciding(data, run.cast, lines, along='update', value='loss')}",
                figures.training_chart(data, run.cast),
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
