"""Which networks others gave, and how large they are."""

from typing import Final

from ticketscope.tables.column import text, whole
from ticketscope.tables.table import Table

_LAYERS = "how many layers; empty where the directory does not tell (CTranslate2)"
NETWORKS: Final = Table(
    name="networks",
    one_row=True,
    says="One row per network of a dissection; a lottery does not have this table.",
    own=(
        *text("directory", says="where it was read from"),
        *text("network_class", says="the class of transformers that computes it, or `CTranslate2`"),
        *whole("num_parameters", says="of all weights, those that are tied once", optional=True),
        *whole("encoder_layers", "decoder_layers", says=_LAYERS, optional=True),
        *whole("width", says="neurons of a layer; empty likewise", optional=True),
        *text(
            "decoder_start",
            says="what its decoder starts from: the row of a `piece`, or `nothing` (zeros)",
            optional=True,
            later=True,
        ),
        *text("tokenizer", says="the class of its tokenizer"),
        *whole("vocabulary", says="pieces that it can read", optional=True),
        *whole("bytes", says="of its weights as they are stored"),
    ),
)
