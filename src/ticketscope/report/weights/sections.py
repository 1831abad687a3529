"""The section on weights: which of them pruning kept, and what it left of their matrices."""

from collections.abc import Iterator

from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.parts.part import Figure, Gap, Part
from ticketscope.report.parts.sample import replicates, with_control
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.weights import figures as weight_figures
from ticketscope.tables.table import NotMeasured


def weight_parts(run: RunTables) -> Iterator[Part]:
    """Which weights are kept by chance, and what is left of the rank of their matrices."""
    weights = run.weights
    if isinstance(weights, NotMeasured):
        yield Gap(weights.reason)
        return
    overlaps = weight_figures.overlap_data(weights)
    if overlaps.empty:
        yield Gap("No two masks of one level were compared: that takes two replicates or two arms.")
    else:
        yield Figure(
            "Do two masks keep the same weights",
            "What lies above the dashed line is common choice: the line is what independent masks "
            "of the same sparsities would share. Shown are the weights that both masks keep, as a "
            "share of those that either keeps. Each line is a pair of tickets of one level; "
            f"n = {replicates(run)}; no interval, since weights are counted, not sampled.",
            weight_figures.overlap_chart(overlaps, run.cast),
        )
    distances = weight_figures.distance_data(weights, run.cast)
    if not distances.empty:
        yield Figure(
            "How far the weights moved from the dense model",
            "The root of the sum of squared changes over all weights, those set to zero included"
            + with_control(distances, run.cast, ". What lies above the control, pruning added")
            + f"; n = {replicates(run)}; no interval, since all weights are counted."
            + coinciding(distances, run.cast),
            weight_figures.distance_chart(distances, run.cast),
        )
    ranks = weight_figures.rank_data(weights, run.cast)
    if not ranks.empty:
        yield Figure(
            "What is left of the rank of weight matrices",
            "Each row is a kind of weight matrix, each column a layer (1 is next to the "
            "embeddings). A cell is the effective rank as a share of the dense model's. "
            + with_control(
                ranks, run.cast, "Where it is below that of the control, pruning took it. "
            )
            + f"The mean over n = {replicates(run)}; no interval is measured.",
            weight_figures.rank_chart(ranks, run.cast),
        )
