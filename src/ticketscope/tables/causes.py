"""Where in a network the damage sits."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table

RESTORED: Final = "restored"
TRANSPLANTED: Final = "transplanted"
STITCHED_BELOW: Final = "stitched_below"
STITCHED_ABOVE: Final = "stitched_above"
LENS: Final = "logit_lens"
WHOLE: Final = "whole"
"""The experiments."""
_DENSE = "the dense model (in a dissection the base)"
CAUSES: Final = Table(
    name="causes",
    says="One row per network, experiment, place and measure; see [causes.md](causes.md). Networks "
    f"whose shapes or tokenizers differ from those of {_DENSE} have rows of `whole` and "
    "`logit_lens` alone.",
    own=(
        *text(
            "experiment",
            says=f"`whole`: the network as it is; `restored`: with a part of {_DENSE} in it; "
            "`transplanted`: the dense model with a part of this network in it; `stitched_below`: "
            "the layers of this network up to one, and the dense model above it; `stitched_above`: "
            "the other way round; `logit_lens`: what the output matrix makes of the states of the "
            "decoder",
        ),
        *text(
            "unit",
            says="of `restored` and `transplanted`: `layer`, `block`, or `sum`, the sum over all "
            "layers or over all blocks",
            optional=True,
        ),
        *text(
            "part",
            says="`encoder.1`, `decoder.3.feed_forward`, `embeddings` (with output and positions), "
            "`decoder.final_norm`; of a sum `layers` or `blocks`; where networks are stitched, the "
            "last layer of the lower one; of `settled` the layer that is read",
            optional=True,
        ),
        *text("map", says="what stitched states go through: `none` or `affine`", optional=True),
        *text(
            "frequency",
            says="which tokens of the references: all (empty), or those that are so frequent in "
            "the target side of the training corpus, in a dissection of the held-out sets",
            optional=True,
        ),
        *text(
            "measure",
            says="`loss`: nats per target token; `regained`: by how much the loss falls; "
            "`regained_share`: as a share of the gap, the loss of this network less that of the "
            "dense model; `added`, `added_share`: by how much the loss of the dense model rises, "
            "likewise; `bleu`: of greedy translations, of `whole` and stitched networks, where "
            "`causes.bleu_sentences` asks for it; `mean_layer`: the first decoder layer from which "
            "on all give the token that is said in the end, the mean; `settled`: the share of "
            "tokens of which this is so by a layer",
        ),
        *number("value", says="the figure"),
        *number(
            *("lower", "upper"),
            says="its 95 % interval (jackknife over 20 blocks of sentences); empty with fewer than "
            "20 sentences",
            optional=True,
        ),
        *number(
            *("difference_dense", "difference_dense_lower", "difference_dense_upper"),
            says="value minus that of the dense model of the replicate, with its paired interval; "
            "of a stitched network minus the loss or BLEU of the dense model as it is",
            optional=True,
        ),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="value minus that of the control of the arm at the same replicate and level, with "
            "its paired interval",
            optional=True,
        ),
        *whole(
            "num_weights",
            "num_back",
            "num_changed",
            says="of `restored`: the weights of the part; those that are zero in this network and "
            "not in the dense model; those that differ",
            optional=True,
        ),
        *number(
            "share_back",
            says="`num_back` as a share of all weights of the dense model that are not zero",
            optional=True,
        ),
        *whole("num_sentences", says="pairs that the figure rests on"),
        *whole(
            "num_events", says="target tokens that it rests on; of `bleu` words of the references"
        ),
    ),
)
