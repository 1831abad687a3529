"""The section on speed and size."""

from collections.abc import Iterator

from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.parts.cells import OTHER_SHARES, cell, other_shares, ticket_cells
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count, plural, size
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.speed import figures
from ticketscope.tables.table import NotMeasured


def speed_parts(run: RunTables) -> Iterator[Part]:
    """How fast every model decodes, and how many bytes it has."""
    yield Prose(
        "Unstructured sparsity does not make dense kernels faster: they multiply and store a zero "
        "like any other number. So expect speeds near 1 and equal sizes here. Gains need sparse "
        "kernels, structured pruning or compressed storage."
    )
    speed = run.speed
    if isinstance(speed, NotMeasured):
        yield Gap(speed.reason)
        return
    settings = run.study.speed
    for engine, threads, batch in (
        speed[["engine", "threads", "batch"]].drop_duplicates().to_numpy()
    ):
        data = figures.speed_data(speed, run.cast, engine, threads, batch)
        where = f"{engine}, {plural(threads, 'thread')}, batches of {batch}"
        if not data.empty:
            yield Figure(
                f"Decoding speed against sparsity ({where})",
                "Above the dashed line a model is faster than the dense one in float32. Each point "
                f"is the median of {plural(settings.rounds, 'round')}, with the models in turn, "
                f"over n = {count(settings.sentences)} sentences with beam {settings.beam}. No "
                "interval is measured; differences of a few per cent are noise of the machine."
                f"{coinciding(data, run.cast)}",
                figures.speed_chart(data, run.cast),
            )
    yield Table(
        title="Speed and size of every model",
        columns=(
            "engine",
            "arm",
            "replicate",
            "level",
            "zeros, prunable",
            "threads",
            "batch",
            "tokens/s",
            "speed, dense = 1",
            "size",
            *OTHER_SHARES,
        ),
        rows=tuple(
            (
                row["engine"],
                *ticket_cells(row),
                str(row["threads"]),
                str(row["batch"]),
                count(round(row["tokens_per_second"])),
                cell(row["against_dense"], 3),
                size(row["bytes"]),
                *other_shares(row),
            )
            for row in speed.to_dict("records")
        ),
        num_text=2,
        folded=True,
    )
