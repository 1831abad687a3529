"""What attention heads attend to, what they do, and what they are worth."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table, network

LOCALIZATION: Final = "localization"
"""How much more the heads of a layer resemble those of others than the layers do as wholes."""
_OTHER = "the other network and its layer of the same kind; empty where a measure compares nothing"
ATTENTION: Final = Table(
    name="attention",
    says="""One row per figure of the heads of one kind of attention; how they are made is in
[attention.md](attention.md).""",
    own=(
        *text("kind", says="`encoder_self`, `decoder_self` or `encoder_decoder`"),
        *whole("layer", says="from 1; empty for all heads of the kind", optional=True),
        *whole(
            "head",
            says="from 0 (the page counts from 1); empty for all heads of the layer",
            optional=True,
        ),
        *network(_OTHER, "other_", optional=True),
        *whole("other_layer", says=_OTHER, optional=True),
        *text(
            "measure",
            says="of layers: `pearson`, `jensen_shannon`, `cka`, `pearson_assigned`, "
            "`matched`, `localization`; of heads: `pearson`, `jensen_shannon`, `matched_head`; "
            "what a head does: `entropy` (nats), `confidence`, `distance` (words), `previous`, "
            "`same`, `next`, `end_of_sentence`, `start`, `syntactic_head`, `coreferent`, "
            "`aligned_read`, `aligned_predicted` (the last four also with `_by_distance`,"
            " their floor), `aer_read`, `aer_predicted`, `role`; what the head is worth: "
            "`importance`, `importance_gradient` (nats per target piece), and of all "
            "heads of a kind `importance_rank`, `importance_gradient_rank`",
        ),
        *number(
            "value",
            says="the figure; for `matched_head` the number of the matching head of the other "
            "network, for `role` the share of weight that decided",
        ),
        *number(
            *("lower", "upper"),
            says="95 % interval (jackknife over 20 blocks of sentences, cut at what the "
            "measure can be), for layers compared with the same layer of a dense model, "
            "and for importance",
            optional=True,
        ),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="for a network compared with its dense model: the value minus that of "
            "the control of the arm at the same replicate and level, with the same blocks left"
            " out of both; ranks have no interval",
            optional=True,
        ),
        *text("role", says="what the head does, in rows of that measure", optional=True),
        *whole(
            "num_rows",
            says="number of rows of the maps (queries) that the figure rests on; of correlations "
            "the fewest of any pair of heads",
            optional=True,
        ),
    ),
)
