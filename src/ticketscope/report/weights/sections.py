"""The section on weights: which of them pruning kept, and what it left of their matrices."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.measures.connectivity import CONNECTED
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.parts.part import Figure, Gap, Part
from ticketscope.report.parts.sample import replicates, with_control
from ticketscope.report.parts.wording import count, percent
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.weights import figures as weight_figures
from ticketscope.tables.table import NotMeasured


def weight_parts(run: RunTables) -> Iterator[Part]:
    """Which weights are kept by chance, and what is left of the rank of their matrices."""
    weights = run.weights
    if isinstance(weights, NotMeasured):
        yield Gap(weights.reason)
        return
    of_all = weight_figures.overlap_data(weights)
    overlaps = weight_figures.without_far_pairs(of_all, run.cast)
    if overlaps.empty:
        yield Gap("No two masks of one level were compared: that takes two replicates or two arms.")
    else:
        yield Figure(
            "Do two masks keep the same weights",
            "What lies above the dashed line is common choice: the line is what independent masks "
            "of the same sparsities would share. Shown are the weights that both masks keep, as a "
            "share of those that either keeps. Each line is a pair of "
            f"{run.cast.nouns.tickets} of one level"
            + (f", one of them of {run.cast.first_name}" if len(overlaps) < len(of_all) else "")
            + f"; n = {replicates(run)}; no interval, since weights are counted, not sampled.",
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
    yield from _connectivity(weights, run)
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


def _connectivity(weights: pd.DataFrame, run: RunTables) -> Iterator[Part]:
    barriers = weight_figures.barrier_data(weights, run.cast)
    if barriers.empty:
        return
    yield Figure(
        "Does a straight line lead from one network to another",
        "The loss is measured at eleven points of the straight line between the weights of two "
        "networks; the barrier is the highest loss on it less the mean loss of the two ends, as a "
        f"share of that mean. Below the dashed line, {percent(CONNECTED)}, two networks count as "
        "connected: they lie in one valley of the loss (Frankle et al. 2020). What one end loses "
        "by itself is in the barrier, too: half the difference of the ends at the least. "
        f"Measured on {count(run.study.connectivity.num_sentences)} held-out pairs at the most, "
        f"with 95 % intervals over blocks of them; n = {replicates(run)}."
        + coinciding(barriers, run.cast),
        weight_figures.barrier_chart(barriers, run.cast),
    )
