"""The sections on what networks hold and on their weights: beside BLEU, what did pruning change?"""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.measures.floors import enough_words
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.compared_networks import (
    between_levels,
    beyond_control_chart,
    control_band_data,
)
from ticketscope.report.drawing.drawn_rows import pruned_rows, without_control
from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.sample import neurons_of, replicates, states_in_words, with_control
from ticketscope.report.parts.wording import count, listed, number
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.representations import figures
from ticketscope.report.representations.published_layers import (
    published_complexity,
    published_representations,
)
from ticketscope.report.representations.strongest import strongest_parts
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import MeasuredView

MODULES = ("encoder", "decoder")
_JACKKNIFE = "Bars are 95 % jackknife intervals over blocks of sentences"


def representation_parts(run: RunTables) -> Iterator[Part]:
    """Similarity and neurons; each from its own table."""
    control = (
        f" What counts is how far a {run.cast.nouns.ticket} goes beyond the control, which trained "
        "for the same updates."
        if run.cast.control
        else ""
    )
    yield Prose(
        "Every network reads the same words of held-out sentences. The page compares the "
        "vectors that its layers make of them; layer 0 is the embeddings. "
        f"{states_in_words(run, run.study.representations.states)} Training on changes a "
        f"network too, with nothing pruned, and so does another seed.{control}"
    )
    yield _measured_on(run)
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
            yield from strongest_parts(run, module, _words(run, module))
    yield from published_representations(run)


def complexity_parts(run: RunTables) -> Iterator[Part]:
    """How many dimensions the words' vectors take up."""
    if isinstance(run.complexity, NotMeasured):
        yield Gap(run.complexity.reason)
        return
    yield Prose(
        "The vectors of words can spread over as many dimensions as a layer has neurons. How many "
        "they use is the complexity of the layer. The measures differ in how much a dimension of "
        "little variance counts. "
        f"{states_in_words(run, run.study.representations.states)}"
    )
    for module in _modules(run.complexity):
        yield _complexity(run, run.complexity, module)
    yield from published_complexity(run, run.complexity)


# ----------------------------------------------------------------------------- the words


def _measured_on(run: RunTables) -> Part:
    if isinstance(run.representations, NotMeasured):
        return Gap(run.representations.reason)
    told = [_told(measured) for measured in run.representations.replicates]
    if len(set(told)) > 1:
        told = [f"{on} in replicate {number}" for number, on in enumerate(told)]
    else:
        told = told[:1]
    return Prose(f"Measured on {'; '.join(told)}.")


def _told(measured: MeasuredView) -> str:
    left_out = count(measured.num_without_piece)
    return (
        f"{count(measured.num_sentences)} sentences with {count(measured.num_words)} words (words "
        f"left out because the vocabulary has no piece of them: {left_out}; sentences read in "
        f"windows because they are too long for the model: {count(measured.num_windowed)})"
    )


def _few_words(run: RunTables, similarity: pd.DataFrame) -> Iterator[Part]:
    fewest, width = int(similarity["num_words"].min()), neurons_of(run)
    enough = enough_words(width)
    if fewest < enough:
        yield Prose(
            f"{count(fewest)} words are fewer than the {count(enough)} that {width} neurons need. "
            "Figures are noisy and unrelated networks look alike: mind the noise floors.",
            lead="Few words.",
        )


# ----------------------------------------------------------------------------- similarity


def _similarity(run: RunTables, similarity: pd.DataFrame, module: str) -> Iterator[Part]:
    words = _words(run, module)
    pairs = figures.layer_pair_data(similarity, run.cast, module)
    if not pairs.empty:
        yield Figure(
            f"Which layers of the {module} resemble each other between two levels",
            "Each cell compares a layer of the first model of the pair with a layer of the second, "
            "both of one replicate. On the diagonal, both are the same layer. "
            + with_control(
                pairs, run.cast, "Choose the control to see what training on alone does. "
            )
            + f"The mean over {replicates(run)}{words}; no interval here. The noise floor, which "
            f"is the most that unrelated networks show: {_floors(similarity, run.cast, module)}.",
            figures.layer_pair_chart(pairs, run.cast),
        )
    same = figures.same_layer_data(similarity, run.cast, module)
    if pruned_rows(same, run.cast).empty:
        yield Gap("No pruned model was compared with the dense one.")
        return
    band = control_band_data(same, run.cast)
    control = (
        "The band is the control at the same levels: all replicates with their intervals. A "
        f"{run.cast.nouns.ticket} inside the band may still have moved farther than the control; "
        "the next figure tests that. "
        if not band.empty
        else ""
    )
    yield Figure(
        f"How far each layer of the {module} leaves the dense model",
        f"Similarity with the same layer of the dense model of the replicate. {control}Dashed are "
        f"the dense models of other replicates (the mean) and the noise floor. {_JACKKNIFE}{words}."
        f"{coinciding(without_control(same, run.cast), run.cast)}",
        figures.same_layer_chart(
            same, run.cast, band, figures.reference_data(similarity, run.cast, module)
        ),
    )
    beyond = figures.beyond_control_data(similarity, run.cast, module)
    if beyond.empty:
        yield Gap(
            f"Divergence beyond the control needs the arm {run.cast.control_name}, compared with "
            "the dense model."
        )
    else:
        yield Figure(
            f"Which layers of the {module} leave the dense model farther than the control does",
            "Where the whole bar is below 0, pruning moved the layer farther from the dense model "
            "than training on did. Each point is the similarity with the dense model, minus that "
            f"of the control of its replicate and level. {_JACKKNIFE}, with the same block left "
            f"out of both networks. Each is of one replicate and says nothing about other "
            f"seeds{words}.",
            beyond_control_chart(beyond, run.cast, "measure", "arm"),
        )
    localized = figures.localization_data(similarity, run.cast, module)
    yield Figure(
        f"How much of what a layer of the {module} holds sits in single neurons",
        "The higher, the more of what layers share sits in single neurons rather than in "
        "directions across neurons: the best correlation of a neuron minus SVCCA, the mean over "
        "the other layers of the dense model of the replicate. These layers are the same for every "
        f"arm, so that arms can be compared{words}; no interval is measured."
        f"{coinciding(localized, run.cast)}",
        figures.localization_chart(localized, run.cast),
    )


def _floors(similarity: pd.DataFrame, cast: Cast, module: str) -> str:
    """The highest noise floor of each measure, over all pairs of levels that can be chosen."""
    rows = between_levels(figures.of_module(similarity, module), cast)
    highest = rows.groupby("measure")["floor"].max().dropna()
    known = [measure for measure in figures.SIMILARITIES if measure in highest]
    return listed(
        [f"{figures.SIMILARITIES[measure]} {number(highest[measure], 2)}" for measure in known]
    )


# ----------------------------------------------------------------------------- neurons


def _neurons(run: RunTables, neurons: pd.DataFrame, module: str) -> Iterator[Part]:
    words = _words(run, module)
    kept = figures.kept_data(neurons, run.cast, module)
    if not kept.empty:
        yield Figure(
            f"How many neurons of the {module} are still themselves",
            "The share of a layer's neurons that correlate more with the same neuron of the dense "
            "model than with any other neuron of its layer"
            + with_control(
                kept, run.cast, ". Compare an arm with the control: only pruning sets the two apart"
            )
            + f"{words}; no interval is measured.{coinciding(kept, run.cast)}",
            figures.kept_chart(kept, run.cast),
        )
    through = figures.through_layers_data(neurons, run.cast, module)
    if not through.empty:
        yield Figure(
            f"How long neurons of layer 1 of the {module} stay in place",
            "Inside one model: the share of neurons of layer 1 whose best match in a higher layer "
            "is the neuron in the same place, which the residual stream carries on. Each line is "
            f"one level of one replicate{words}; no interval is measured."
            f"{coinciding(through, run.cast, ('level', 'replicate'), along='other_layer')}",
            figures.through_layers_chart(through, run.cast),
        )


# ----------------------------------------------------------------------------- complexity


def _complexity(run: RunTables, complexity: pd.DataFrame, module: str) -> Figure:
    data = figures.complexity_data(complexity, run.cast, module)
    return Figure(
        f"How many dimensions the layers of the {module} use",
        "Lines start at the dense model. "
        + with_control(
            data, run.cast, "Compare an arm with the control: only pruning sets the two apart. "
        )
        + "Bars are 95 % bootstrap intervals over blocks of sentences"
        f"{_words(run, module) or f'; n = {replicates(run)}'}; the TwoNN dimension has none."
        f"{coinciding(data, run.cast)}",
        figures.complexity_chart(data, run.cast),
    )


# ----------------------------------------------------------------------------- shared parts


def _modules(table: pd.DataFrame) -> list[str]:
    present = set(table["module"])
    return [module for module in MODULES if module in present]


def _words(run: RunTables, module: str) -> str:
    """On how many words; similarity.csv alone tells it."""
    if isinstance(run.similarity, NotMeasured) or module not in _modules(run.similarity):
        return ""
    found = run.similarity.loc[run.similarity["module"] == module, "num_words"]
    fewest, most = found.min(), found.max()
    kind = "words" if module == "encoder" else "target words"
    return f"; n = {' to '.join(dict.fromkeys([count(fewest), count(most)]))} {kind}"
