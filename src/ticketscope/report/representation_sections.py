"""The sections on what networks hold and on their weights: beside BLEU, what did pruning change?"""

from collections.abc import Iterator

import pandas as pd

from ticketscope.report import representation_figures as figures
from ticketscope.report import weight_figures
from ticketscope.report.parts import Figure, Gap, Part, Prose
from ticketscope.report.tables import CONTROL, DENSE, NotMeasured, RunTables
from ticketscope.report.wording import count, listed, number, plural

MODULES = ("encoder", "decoder")
FEW_WORDS = 10
"""Below so many words a neuron, unrelated networks look alike: noise floors are high."""


def representation_parts(run: RunTables) -> Iterator[Part]:
    """Similarity, neurons and complexity; each from its own table."""
    yield Prose(
        "The same words of held-out sentences are read by every network, and what their layers "
        "make of them is compared: layer 0 are the embeddings. Training on changes a network too, "
        f"with nothing pruned, and so does another seed. What counts is divergence beyond {CONTROL}"
        ", which trained for the same updates."
    )
    if isinstance(run.similarity, NotMeasured):
        yield Gap(run.similarity.reason)
    else:
        yield from _few_words(run, run.similarity)
        for module in _modules(run.similarity):
            yield from _similarity(run, run.similarity, module)
    if isinstance(run.neurons, NotMeasured):
        yield Gap(run.neurons.reason)
    else:
        for module in _modules(run.neurons):
            yield from _neurons(run, run.neurons, module)
    if isinstance(run.complexity, NotMeasured):
        yield Gap(run.complexity.reason)
    else:
        for module in _modules(run.complexity):
            yield from _complexity(run, run.complexity, module)


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
            "Weights that both masks keep, in shares of those that either keeps. Dashed is what "
            "independent masks of the same sparsities would share: what lies above it is common "
            f"choice. A line is a pair of tickets of one level; n = {_replicates(run)}; no "
            "interval, since weights are counted, not sampled.",
            weight_figures.overlap_chart(overlaps),
        )
    distances = weight_figures.distance_data(weights)
    if not distances.empty:
        yield Figure(
            "How far the weights moved from the dense model",
            "The root of the sum of squared changes over all weights, zeroed ones included. Above "
            f"{CONTROL} lies what pruning added; n = {_replicates(run)}; no interval, since all "
            "weights are counted.",
            weight_figures.distance_chart(distances),
        )
    ranks = weight_figures.rank_data(weights)
    if not ranks.empty:
        yield Figure(
            "What is left of the rank of weight matrices",
            "A row is a kind of weight matrix, a column a layer (1 is next to the embeddings): its "
            "effective rank in shares of the dense model's. Below the same cell of "
            f"{CONTROL}, pruning took it. The mean over n = {_replicates(run)}; no interval is "
            "measured.",
            weight_figures.rank_chart(ranks),
        )


# ----------------------------------------------------------------------------- similarity


def _similarity(run: RunTables, similarity: pd.DataFrame, module: str) -> Iterator[Part]:
    words = _words(run, module)
    pairs = figures.layer_pair_data(similarity, module)
    if not pairs.empty:
        yield Figure(
            f"Which layers of the dense {module} do a ticket's layers resemble",
            "A cell compares a layer of a ticket with a layer of the dense model of its replicate; "
            "the diagonal is the same layer. Choose the control to see what training on alone "
            f"does. The mean over {_replicates(run)}{words}; no interval here. Noise floor, the "
            f"most that unrelated networks show: {_floors(similarity, module)}.",
            figures.layer_pair_chart(pairs),
        )
    same = figures.same_layer_data(similarity, module)
    if _unpruned(same):
        yield Gap("No pruned model was compared with the dense one.")
        return
    band = figures.control_band_data(same)
    control = (
        f"The band is {CONTROL} at the same levels, all replicates with their intervals: what "
        "stays inside it is no farther than training on goes. "
        if not band.empty
        else ""
    )
    yield Figure(
        f"How far each layer of the {module} leaves the dense model",
        f"Similarity with the same layer of the dense model of the replicate. {control}Dashed are "
        "the dense model of another replicate and the noise floor. Bars are 95 % jackknife "
        f"intervals over blocks of sentences{words}.",
        figures.same_layer_chart(same, band, figures.reference_data(similarity, module)),
    )
    beyond = figures.beyond_control_data(same)
    if beyond.empty:
        yield Gap(
            f"Divergence beyond the control needs the arm {CONTROL}, compared with the dense model."
        )
        return
    yield Figure(
        f"Which layers of the {module} leave it beyond the control",
        f"The same similarity minus that of {CONTROL} of the same replicate and level: below 0 "
        "pruning moved the layer farther from the dense model than training on did. A line is a "
        f"layer of one replicate; no interval of the difference is measured{words}.",
        figures.beyond_control_chart(beyond),
    )


def _floors(similarity: pd.DataFrame, module: str) -> str:
    """The highest noise floor of each measure, over what the figures of the module show."""
    rows = figures.with_dense(similarity, module)
    highest = rows.groupby("measure")["floor"].max().dropna()
    known = [measure for measure in figures.SIMILARITIES if measure in highest]
    return listed(
        [f"{figures.SIMILARITIES[measure]} {number(highest[measure], 2)}" for measure in known]
    )


def _few_words(run: RunTables, similarity: pd.DataFrame) -> Iterator[Part]:
    fewest, width = int(similarity["num_words"].min()), run.experiment.model.d_model
    if fewest < FEW_WORDS * width:
        yield Prose(
            f"{count(fewest)} words are few for {width} neurons (fewer than {FEW_WORDS} each), so "
            "unrelated networks look alike: mind the noise floors.",
            lead="Few words.",
        )


# ----------------------------------------------------------------------------- neurons


def _neurons(run: RunTables, neurons: pd.DataFrame, module: str) -> Iterator[Part]:
    words = _words(run, module)
    kept = figures.kept_data(neurons, module)
    if not kept.empty:
        yield Figure(
            f"How many neurons of the {module} are still themselves",
            "The share of a layer's neurons that correlate more with their own dense self than "
            "with any other neuron of that layer of the dense model. Where an arm lies below "
            f"{CONTROL}, pruning moved them{words}; no interval is measured.",
            figures.kept_chart(kept),
        )
    through = figures.through_layers_data(neurons, module)
    if not through.empty:
        yield Figure(
            f"How long neurons of layer 1 of the {module} stay in place",
            "Inside one model: the share of neurons of layer 1 whose best match in a higher layer "
            "is the neuron in the same place, which the residual stream carries on. A line is a "
            f"level of one replicate{words}; no interval is measured.",
            figures.through_layers_chart(through),
        )


# ----------------------------------------------------------------------------- complexity


def _complexity(run: RunTables, complexity: pd.DataFrame, module: str) -> Iterator[Part]:
    yield Figure(
        f"How many dimensions the layers of the {module} use",
        f"Lines start at the dense model; where an arm leaves {CONTROL}, pruning changed the "
        "figure. Bars are 95 % bootstrap intervals over blocks of sentences"
        f"{_words(run, module) or f'; n = {_replicates(run)}'}; the TwoNN dimension has none.",
        figures.complexity_chart(figures.complexity_data(complexity, module)),
    )


# ----------------------------------------------------------------------------- shared parts


def _modules(table: pd.DataFrame) -> list[str]:
    present = set(table["module"])
    return [module for module in MODULES if module in present]


def _unpruned(rows: pd.DataFrame) -> bool:
    return bool(rows["arm"].isin((DENSE, CONTROL)).all())


def _replicates(run: RunTables) -> str:
    return plural(run.experiment.lottery.replicates, "replicate")


def _words(run: RunTables, module: str) -> str:
    """On how many words; similarity.csv alone tells it."""
    if isinstance(run.similarity, NotMeasured) or module not in _modules(run.similarity):
        return ""
    found = run.similarity.loc[run.similarity["module"] == module, "num_words"]
    fewest, most = found.min(), found.max()
    kind = "words" if module == "encoder" else "target words"
    return f"; n = {' to '.join(dict.fromkeys([count(fewest), count(most)]))} {kind}"
