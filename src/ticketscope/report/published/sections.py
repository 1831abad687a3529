"""What sets published figures beside ours, for each section of the page that has any.

Published figures never stand alone: where a run has nothing to compare, nothing is yielded. The
sentence under a figure says how the protocols differ; docs/published.md says more.
"""

from collections.abc import Iterator

import pandas as pd

from ticketscope.report.drawing import pruned_rows
from ticketscope.report.parts import Figure, Part, Table
from ticketscope.report.published import figures
from ticketscope.report.published.drawing import NEAR, at_like_levels, at_nearest_level
from ticketscope.report.published.singles import components, neurons_in_place, singles_table
from ticketscope.report.published.tables import published
from ticketscope.report.tables import CONTROL, NotMeasured, RunTables
from ticketscope.report.wording import count, percent, plural

_THEIRS = (
    "Hollow and grey: Movva and Zhao 2020, Transformer-big on WMT16 En-De, one run, no interval"
)
_OTHER_MODEL = "Another model and corpus, so compare shapes, not heights."


def published_quality(run: RunTables, quality: pd.DataFrame) -> Iterator[Part]:
    """Loss of BLEU against sparsity, ours and that of four studies."""
    ours = figures.quality_data(quality)
    if pruned_rows(ours).empty:
        return
    theirs = figures.published_quality_data(ours["drawn_at"].max() + NEAR)
    if theirs.empty:
        return
    yield Figure(
        "How much BLEU others lost at the same sparsity",
        "BLEU minus the dense model's, since corpora, models and the way to compute BLEU differ. "
        "Hollow and grey is published, one line per method (point at a mark to read it), at the "
        "sparsity that each study counts, which need not be over the same weights as ours; it has "
        "no intervals, and is left out beyond our highest sparsity. Our bars are 95 % bootstrap "
        f"intervals of the paired difference; n = {_replicates(run)}.",
        figures.quality_chart(ours, theirs),
    )


def published_sparsity(run: RunTables, sparsity: pd.DataFrame) -> Iterator[Part]:
    """Zeros by kind of weight matrix at like sparsity."""
    if pruned_rows(sparsity).empty:
        return
    ours, theirs = at_like_levels(
        figures.role_data(sparsity), figures.published_role_data(), "role"
    )
    if theirs.empty:
        return
    yield Figure(
        "Which kinds of weight others pruned first",
        f"{_THEIRS}; the mean over 6 layers at the round nearest in sparsity (at most 5 points "
        "away; published up to 67 %). The study, like lr_rewinding, prunes by magnitude over all "
        f"attention and feed-forward blocks at once, biases too. {_OTHER_MODEL} Ours is "
        f"pooled over layers and n = {_replicates(run)}; no interval, since zeros are counted.",
        figures.role_chart(ours, theirs),
    )


def published_representations(run: RunTables) -> Iterator[Part]:
    """Similarity with the dense model layer by layer, and single figures."""
    if not isinstance(run.similarity, NotMeasured):
        theirs = figures.published_layer_data()
        compared = figures.layer_data(run.similarity)
        if not pruned_rows(compared).empty:
            ours = at_nearest_level(compared, theirs)
            yield Figure(
                "Layer by layer, how far others left the dense model",
                f"Similarity with the same layer of the dense model: ours at {_level(ours)}, "
                f"theirs at {_level(theirs)}. {_THEIRS}, over 10,000 words, 6 layers of 1,024 "
                "neurons and without a control"
                + (f"; ours has {CONTROL} beside it" if ours["arm"].eq(CONTROL).any() else "")
                + f". Linear CKA, not debiased, as they have it. {_OTHER_MODEL} The mean over "
                f"n = {_replicates(run)}; bars reach over all their 95 % jackknife intervals.",
                figures.layer_chart(ours, theirs),
            )
    if not isinstance(run.neurons, NotMeasured) and not pruned_rows(run.neurons).empty:
        found = neurons_in_place(run.neurons, run.experiment.model.d_model)
        if found:
            yield singles_table(
                "Encoder neurons found in their place, beside the published", "match with", found
            )


def published_complexity(run: RunTables, complexity: pd.DataFrame) -> Iterator[Part]:
    """How many components the last encoder layer needs."""
    found = components(complexity, run.experiment.model.d_model)
    if found and not pruned_rows(complexity).empty:
        yield singles_table(
            "Components of the last encoder layer, beside the published (about, read from a plot)",
            "needed for",
            found,
        )


def published_attention(run: RunTables, attention: pd.DataFrame) -> Iterator[Part]:
    """Similarity of heads with the dense model's by kind of attention."""
    theirs = figures.published_head_data()
    compared = figures.head_data(attention)
    if pruned_rows(compared).empty:
        return
    ours = at_nearest_level(compared, theirs)
    num_heads = count(run.experiment.model.heads)
    yield Figure(
        "How far heads of others left the dense model",
        f"A dot is a layer, layer 1 on top, at {_level(ours)}. {_THEIRS}, at "
        f"{_level(theirs)}: a dashed line reaches from the lowest layer to the highest, and layer "
        "1 of the encoder stands apart. Both take the best of all heads of the layer, 16 of theirs "
        f"and {num_heads} of ours, and more heads have a better best; their code could score "
        "encoder-decoder heads above 1. The mean over n = "
        f"{_replicates(run)}; bars reach over all the 95 % jackknife intervals of correlation.",
        figures.head_chart(ours, theirs),
    )


def published_probes(run: RunTables, probes: pd.DataFrame) -> Iterator[Part]:
    """What tasks lost against the dense model at like sparsity."""
    if pruned_rows(probes).empty:
        return
    ours, theirs = at_like_levels(figures.task_data(probes), figures.published_task_data(), "task")
    if theirs.empty:
        return
    data = (
        "ours are SYNTHETIC, of the grammar"
        if run.experiment.probing.suite == "grammar"
        else "ours are open substitutes, or the user's own"
    )
    yield Figure(
        "What each task lost in the study",
        "The score of the best layer relative to the dense model's best layer, in per cent. "
        f"{_THEIRS}, at the round nearest in sparsity (at most 5 points away). They chose the best "
        f"layer on test, we on validation; their gold data are the study's, {data}. A task without "
        "a hollow mark has no published figure there. The mean over n = "
        f"{_replicates(run)}; bars reach over all their 95 % bootstrap intervals.",
        figures.task_chart(ours, theirs),
    )


def published_sources() -> Table:
    """Whose figures are set beside ours."""
    rows = published("sources").to_dict("records")
    return Table(
        title="Sources of the published figures",
        columns=("study", "what was pruned", "citation", "address"),
        rows=tuple((row["label"], row["system"], row["citation"], row["url"]) for row in rows),
        num_text=4,
        folded=True,
    )


# ----------------------------------------------------------------------------- shared parts


def _level(rows: pd.DataFrame) -> str:
    """Which level, or round of theirs, all rows are of, and its sparsity."""
    ours = "drawn_at" in rows
    share = rows["drawn_at" if ours else "sparsity_prunable"].mean()
    return f"{'level' if ours else 'round'} {rows['level'].iloc[0]} ({percent(share)} zero)"


def _replicates(run: RunTables) -> str:
    return plural(run.experiment.lottery.replicates, "replicate")
