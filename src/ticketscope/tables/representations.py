"""How alike the vectors of words are in two layers, and how complex those of one layer."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table, network

LOCALIZATION: Final = "localization"
"""A measure of similarity.csv that has no other network: maxcorr minus SVCCA, the mean over the
layers of the dense model of the same replicate but the same one. They are one set for all networks
of a replicate, so that the figures of two can be compared."""
STATES: Final = text(
    "states",
    says="which states of a pre-norm network: `normed`, what the layer above reads of a layer, "
    "through its layer norm; `raw`, what it normalises. Those of the last layer, and all of a "
    "post-norm network, are the same either way",
)
"""The column that says which states of a network were measured."""
_OTHER = "the other network and its layer, of the same module; empty for `localization`"

SIMILARITY: Final = Table(
    name="similarity",
    says="""One row per ordered pair of layers and measure: how similar the words' vectors in this
layer are to those in the other. Which pairs there are, and what the measures mean, is in
[representations.md](representations.md).""",
    own=(
        *text("module", says="`encoder`; `decoder` if it is measured (`representations.decoder`)"),
        *whole("layer", says="0 is the embeddings (with positions), then the layers in order"),
        *network(_OTHER, "other_", optional=True),
        *whole("other_layer", says=_OTHER, optional=True),
        *text(
            "measure",
            says="`maxcorr`, `maxlinreg`, `svcca`, `pwcca`, `cka`, `cka_debiased`; `localization`",
        ),
        *number("value", says="the similarity, from this layer to the other"),
        *number(
            *("lower", "upper"),
            says="95 % interval (jackknife over 20 blocks of sentences, cut at what the "
            "measure can be) if the other is the same layer of a dense model, and of the debiased "
            "CKA of an encoder's layer with the last of the same network where others made it; "
            "else empty",
            optional=True,
        ),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="for a network and the same layer of its dense model: this similarity minus "
            "that of the control of the arm at the same replicate and level, with a 95 % "
            "interval (jackknife, the same blocks left out of both); else empty",
            optional=True,
        ),
        *number(
            "floor", says="what unrelated networks with these spectra would have", optional=True
        ),
        *whole(
            "num_words",
            says="number of words on which it was measured: those that have a piece in the "
            "tokenizers of both networks",
        ),
        *STATES,
    ),
)

_PLACE = "as in similarity.csv"
NEURONS: Final = Table(
    name="neurons",
    says="One row per ordered pair: the same layer of two networks, or layer 1 and "
    "another layer of one network. Networks of different depth have no layer in common, and those "
    "of different width no neuron.",
    own=(
        *text("module", says=_PLACE),
        *whole("layer", says=_PLACE),
        *network(_PLACE, "other_", optional=True),
        *whole("other_layer", says=_PLACE, optional=True),
        *whole(
            "num_matched",
            says="neurons whose best match (largest absolute correlation) in the other layer "
            "is the neuron in the same place; chance gives one neuron per layer",
        ),
        *whole("num_neurons", says="all neurons of the layer"),
        *STATES,
    ),
)

STRONGEST_NEURONS: Final = Table(
    name="strongest_neurons",
    says="""One row per network, layer and rank, against the same layer of its dense model, or of
that of an earlier replicate: the neurons whose best match correlates most. Ranks are 1, 2, 4, … and
256, or the last neuron where there are fewer.""",
    own=(
        *text("module", says=_PLACE),
        *whole("layer", says=_PLACE),
        *network(_PLACE, "other_"),
        *whole("other_layer", says="the same as `layer`"),
        *whole("rank", says="1 for the neuron that correlates most with its best match"),
        *number("correlation", says="the absolute correlation of the neuron of this rank"),
        *whole(
            "num_matched",
            says="neurons from rank 1 to this one whose best match is the neuron in the same place",
        ),
        *STATES,
    ),
)

COMPLEXITY: Final = Table(
    name="complexity",
    says="One row per layer and measure.",
    own=(
        *text("module", says=_PLACE),
        *whole("layer", says=_PLACE),
        *text(
            "measure",
            says="`pcs_50`, `pcs_80`, `pcs_90`, `pcs_99`, `pcs_80_interpolated` (the last "
            "component counted in part), `participation_ratio`, `effective_rank`, `two_nn`",
        ),
        *number("value", says="the complexity"),
        *number(
            *("lower", "upper"),
            says="95 % bootstrap interval over 20 blocks of sentences; empty for `two_nn`",
            optional=True,
        ),
        *STATES,
    ),
)
