"""What pruning took of the weights, and what the weights that it left are like."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table, network

SPARSITY: Final = Table(
    name="sparsity",
    says="One row per prunable tensor of a network, and one more for each head of an "
    "attention tensor. Rows of heads count again what the row of the whole tensor"
    " counts. To sum over tensors, take the rows with an empty `head`.",
    own=(
        *text("module", says="`encoder` or `decoder` (`shared`: the embedding, if prunable)"),
        *whole(
            "layer", says="from 1, next to the embeddings; empty for the embedding", optional=True
        ),
        *text(
            "block",
            says="`self_attention`, `cross_attention`, `feed_forward` (or `embedding`)",
            optional=True,
        ),
        *text(
            "projection",
            says="`q`, `k`, `v`, `out`, `gate`, `fc1`, `fc2`; empty for the embedding",
            optional=True,
        ),
        *text("kind", says="`weight` or `bias`"),
        *whole(
            "head",
            says="from 0 (the page counts from 1); empty for the whole tensor. The bias of "
            "`out` belongs to no head",
            optional=True,
        ),
        *whole(
            "num_pruned",
            says="zeroed weights. A network that has lost whole units has the tensors of its dense "
            "network, in which all of these are zero",
        ),
        *whole("num_weights", says="all weights of the tensor or the head's part of it"),
        *number("sparsity", says="their ratio"),
    ),
)

_PLACE = "as in sparsity.csv; all empty for the whole model"
WEIGHTS: Final = Table(
    name="weights",
    says="One row per tensor and measure. Heads have `effective_rank` only. Distances "
    "and overlaps also have rows for the whole model, where all tensors agree in name and shape; "
    "single tensors are compared where they do. Each pair of masks has its "
    "rows at the later network.",
    own=(
        *text("module", says=_PLACE, optional=True),
        *whole("layer", says=_PLACE, optional=True),
        *text("block", "projection", says=_PLACE, optional=True),
        *whole("head", says=_PLACE, optional=True),
        *network(
            "what it is compared with; empty where a measure compares nothing",
            "other_",
            optional=True,
        ),
        *text(
            "measure",
            says="`pcs_50` to `pcs_99`, `participation_ratio`, `effective_rank`, "
            "`top_singular_value` of the matrix; `dead_rows`, `dead_columns`; `l1_distance`, "
            "`l2_distance` from the dense weights; `mask_jaccard` and `mask_jaccard_chance`; "
            "`path_loss_0` to `path_loss_100`: nats per target token of the network that lies so "
            "many percent of the way from the other one to this; `barrier`: the highest of these "
            "less the mean of the two ends; `barrier_share`: as a share of that mean",
        ),
        *number("value", says="the figure"),
        *number(
            *("lower", "upper"),
            says="95 % interval of barriers (jackknife over 20 blocks of sentences)",
            optional=True,
            later=True,
        ),
    ),
)
