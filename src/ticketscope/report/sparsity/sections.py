"""The section on where the zeros are."""

from collections.abc import Iterator

from ticketscope.report.drawing.drawn_rows import pruned_rows
from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.wording import plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.sparsity import figures
from ticketscope.report.sparsity.published_roles import published_sparsity
from ticketscope.tables.table import NotMeasured


def sparsity_parts(run: RunTables) -> Iterator[Part]:
    """Which kinds of weight, which layers and which heads have the zeros."""
    sparsity = run.sparsity
    if isinstance(sparsity, NotMeasured):
        yield Gap(sparsity.reason)
        return
    if pruned_rows(sparsity, run.cast).empty:
        yield Gap("No model of this run has pruned weights.")
        return
    pooled = f"Pooled over {plural(run.study.replicates, 'replicate')}; no interval, "
    counted = f"{pooled}since zeros are counted, not sampled."
    yield Prose(
        "Magnitude pruning ranks all prunable weights of the model together. So it is pruning "
        "itself that chooses how much of each part stays."
        + (
            " What arms have removed as whole units counts as zero in the matrices of the dense "
            "model."
            if run.cast.removes_units
            else ""
        )
    )
    yield Figure(
        "Which kinds of weight were pruned first",
        "Each row is a kind of weight matrix over all layers, each column a level. A cell is the "
        f"share of these weights that are zero. {counted}",
        figures.role_chart(figures.role_data(sparsity, run.cast, "weight"), run.cast),
    )
    biases = figures.role_data(sparsity, run.cast, "bias")
    if not biases.empty:
        yield Figure(
            "Which kinds of bias were pruned first",
            f"The same for biases; a model has few of them. {counted}",
            figures.role_chart(biases, run.cast),
        )
    yield Figure(
        "Which layers were pruned most",
        "Each row is a kind of weight matrix, each column a layer (1 is next to the embeddings), "
        f"at the level chosen. {counted}",
        figures.layer_chart(figures.layer_data(sparsity, run.cast), run.cast),
    )
    heads = figures.head_data(sparsity, run.cast)
    if not heads.empty:
        yield Figure(
            "Which heads were pruned most",
            "Each row is the attention of one layer, each column one of its heads (counted from 1, "
            "as layers are). A cell is the share of zeros in the head's part of q, k, v and out, "
            f"at the level chosen. {counted}",
            figures.head_chart(heads, run.cast),
        )
    yield from published_sparsity(run, sparsity)
