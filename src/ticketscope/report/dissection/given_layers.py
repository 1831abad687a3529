"""What the layers of each network hold, beside those of the base, and how complex it is."""

from collections.abc import Iterator
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.choosers import row_chooser, row_choosers
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.compared_networks import (
    between_levels,
    between_seeds,
    beyond_control,
    named,
    with_dense,
)
from ticketscope.report.drawing.drawn_rows import DIGITS
from ticketscope.report.drawing.given_networks import (
    depth_lines,
    drawn,
    network_rows,
    with_depth,
    with_networks,
)
from ticketscope.report.drawing.heat_maps import Cell, heat_map
from ticketscope.report.drawing.pointing import SCORE, SHARE, Told
from ticketscope.report.lacking import unread_parts
from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.wording import count
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.representations.figures import COMPLEXITIES, SIMILARITIES
from ticketscope.tables.representations import LOCALIZATION
from ticketscope.tables.table import NotMeasured

MODULES: Final = ("encoder", "decoder")
JACKKNIFE: Final = "Bars are 95 % jackknife intervals over blocks of sentences"
ALIKE: Final = Told("similarity with the base", SCORE)
FIRST: Final = 0
"""The first layer of tables of states: the embeddings."""


def layer_parts(run: RunTables) -> Iterator[Part]:
    """How alike layers are to those of the base, and which neurons are still themselves."""
    yield Prose(
        "Every network reads the same words of the same sentences, whatever pieces it cuts them "
        "into. The page compares the vectors that its layers make of them, word by word; layer 0 "
        "is the embeddings. A network that was trained on differs from the base, too, with nothing "
        "removed, and so does another seed: the control and the twin show how far."
    )
    similarity = run.similarity
    if isinstance(similarity, NotMeasured):
        yield Gap(similarity.reason)
        return
    if not isinstance(run.representations, NotMeasured):
        of_base = run.representations.replicates[0]
        yield Prose(
            f"Measured on {count(of_base.num_words)} words of {count(of_base.num_sentences)} "
            "sentences, as the base reads them."
        )
    yield from unread_parts(run.representations, run.cast)
    yield from _deepest(run.cast, similarity)
    for module in MODULES:
        of_module = similarity[similarity["module"] == module]
        if not of_module.empty:
            yield from _similarity(run.cast, of_module, module)
    if not isinstance(run.neurons, NotMeasured):
        yield from _neurons(run.cast, run.neurons)


def complexity_parts(run: RunTables) -> Iterator[Part]:
    """How many dimensions the words' vectors take up, layer by layer."""
    complexity = run.complexity
    if isinstance(complexity, NotMeasured):
        yield Gap(complexity.reason)
        return
    yield Prose(
        "The vectors of words can spread over as many dimensions as a layer has neurons. How many "
        "they use is the complexity of the layer. The measures differ in how much a dimension of "
        "little variance counts."
    )
    for module in MODULES:
        rows = named(complexity[complexity["module"] == module], COMPLEXITIES)
        if rows.empty:
            continue
        data = drawn(with_depth(rows, FIRST), run.cast, "measure", "layer", "depth")
        yield Figure(
            f"How many dimensions the layers of the {module} use",
            f"One line per network. {_of_depth(rows)} Bars are 95 % bootstrap intervals over "
            "blocks of sentences; the TwoNN dimension has none."
            f"{coinciding(data, run.cast, ('network',), along='depth')}",
            depth_lines(
                data,
                run.cast,
                Told("complexity (dimensions)", ".2f"),
                row_choosers(data, run.cast, "measure"),
            ),
        )


# ----------------------------------------------------------------------------- similarity


def with_base(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows that compare a network with the base: variants, controls, and twins from the other
    seed's side."""
    rows = similarity[similarity["measure"] != LOCALIZATION]
    twins = between_seeds(rows, cast)
    return pd.concat([with_dense(rows, cast), twins[twins["other_replicate"] == 0]])


def same_layer(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Rows of each layer with its own: the same layer of the base, or of a network with another
    number of layers the layer of the base at the nearest depth, which has no interval."""
    rows = with_base(similarity, cast)
    keys = ["module", "arm", "replicate"]
    deepest = rows.groupby(keys)[["layer", "other_layer"]].transform("max").astype(float)
    nearest = rows["layer"].astype(float) * (
        deepest["other_layer"] / deepest["layer"].where(deepest["layer"] > 0, 1.0)
    )
    return rows[rows["other_layer"].astype(float) == (nearest + 1e-9).round()]


def same_layer_data(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, layer and measure of one module: its similarity with its own layer of
    the base."""
    rows = with_depth(named(same_layer(similarity, cast), SIMILARITIES), FIRST)
    return drawn(rows, cast, "measure", "layer", "depth")


def floor_data(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The highest noise floor of each depth and measure, as a line."""
    rows = with_depth(named(same_layer(similarity, cast), SIMILARITIES), FIRST)
    floors = rows.groupby(["measure", "depth"], sort=False)["floor"].max().dropna()
    data = floors.round(DIGITS).reset_index(name="value").assign(reference="noise floor")
    return data.sort_values(["measure", "depth"], kind="stable")


def pair_data(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, layer and layer of the base, with a column per measure."""
    rows = between_levels(similarity, cast)
    rows = rows[rows["measure"].isin(SIMILARITIES)]
    titled = with_networks(rows, cast)
    keys = ["network", "layer", "other_layer"]
    cells = titled.pivot_table(index=keys, columns="measure", values="value", sort=False)
    return cells.round(3).reset_index()


def pair_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of the layers of a network by those of the base, which may be more or fewer."""
    measures = {key: name for key, name in SIMILARITIES.items() if key in data}
    long = data.melt(["network", "layer", "other_layer"], list(measures), "measure")
    long = long.assign(measure=long["measure"].map(measures)).dropna(subset="value")
    upright = alt.Axis(labelAngle=0)
    networks = list(dict.fromkeys(long["network"]))
    choosers = [
        row_chooser("network", networks, networks, networks[0]),
        *row_choosers(long, cast, "measure"),
    ]
    return heat_map(
        long,
        cast,
        alt.X("other_layer:O", title="layer of the base", axis=upright),
        alt.Y("layer:O", title="layer of the network", sort="descending"),
        Cell("value", "similarity", ".2f", {"value": ALIKE}),
        choosers,
    )


def beyond_data(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per variant, layer and measure: its similarity with the base less the control's."""
    rows = named(beyond_control(same_layer(similarity, cast)), SIMILARITIES)
    return drawn(with_depth(rows, FIRST), cast, "measure", "layer", "depth")


def most_diverged(similarity: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Of each variant the layer, but the embeddings, that is least like its own of the base."""
    rows = same_layer(similarity, cast)
    rows = rows[(rows["measure"] == "cka_debiased") & (rows["layer"] > 0)]
    rows = rows[rows["arm"].isin([arm.name for arm in cast.studied])]
    if rows.empty:
        return rows
    return rows.loc[rows.groupby("arm", sort=False)["value"].idxmin()]


def _deepest(cast: Cast, similarity: pd.DataFrame) -> Iterator[Part]:
    found = most_diverged(similarity, cast).to_dict("records")
    if found:
        told = [
            f"{cast[row['arm']].title}: layer {row['layer']} of the {row['module']} "
            f"({row['value']:.2f})"
            for row in found
        ]
        yield Prose(f"{'; '.join(told)}.", lead="Which layer leaves the base most (debiased CKA):")


def _similarity(cast: Cast, similarity: pd.DataFrame, module: str) -> Iterator[Part]:
    words = similarity["num_words"]
    sample = f"n = {count(int(words.min()))} words"
    data = same_layer_data(similarity, cast)
    if data.empty:
        yield Gap(f"No {module} was compared with that of the base.")
        return
    yield Figure(
        f"How far each layer of the {module} is from the base",
        "Similarity of each layer with its own of the base; 1 is the same but for what the measure "
        f"does not see. {_of_depth(same_layer(similarity, cast))} Dashed is the noise floor, which "
        f"unrelated networks show. {JACKKNIFE}; {sample}.",
        depth_lines(
            data, cast, ALIKE, row_choosers(data, cast, "measure"), floor_data(similarity, cast)
        ),
    )
    beyond = beyond_data(similarity, cast)
    if not beyond.empty:
        value = Told("similarity less the control's", "+.4f")
        yield Figure(
            f"Which layers of the {module} are farther from the base than the control's",
            "Where the whole bar is below 0, the layer is farther from the base than training on "
            f"alone took it. {JACKKNIFE}, with the same block left out of both networks; {sample}.",
            depth_lines(beyond, cast, value, row_choosers(beyond, cast, "measure")),
        )
    pairs = pair_data(similarity, cast)
    if not pairs.empty:
        yield Figure(
            f"Which layers of the {module} resemble which of the base",
            "Each cell compares a layer of the network chosen with a layer of the base. Networks "
            f"of different depth have another number of rows. {sample}; no interval here.",
            pair_chart(pairs, cast),
        )


def _neurons(cast: Cast, neurons: pd.DataFrame) -> Iterator[Part]:
    rows = with_dense(neurons, cast)
    rows = rows[(rows["layer"] == rows["other_layer"]) & (rows["layer"] > 0)]
    if rows.empty:
        return
    rows = rows.assign(value=rows["num_matched"] / rows["num_neurons"])
    for module in MODULES:
        of_module = rows[rows["module"] == module]
        if of_module.empty:
            continue
        data = drawn(of_module, cast, "layer")
        yield Figure(
            f"How many neurons of the {module} are still themselves",
            "The share of a layer's neurons that correlate more with the same neuron of the base "
            "than with any other neuron of its layer. Only networks with layers of the same width "
            "have such a share; no interval is measured.",
            network_rows(
                data,
                cast,
                Told("neurons whose best match is themselves", SHARE),
                row_choosers(data, cast, "layer"),
            ),
        )


def _of_depth(rows: pd.DataFrame) -> str:
    """How networks of different depth are set side by side."""
    depths = rows.groupby(["arm", "replicate"])["layer"].max()
    if depths.nunique() < 2:
        return f"All networks have {int(depths.iloc[0])} layers here."
    return (
        "The networks differ in their number of layers, so they are drawn over the depth; a layer "
        "without one at the same place in the base is set beside the nearest, without an interval."
    )
