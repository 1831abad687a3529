"""How fast networks translate."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table

SPEED: Final = Table(
    name="speed",
    says="One row per network and engine, measured when nothing else of the run is at work.",
    own=(
        *text("engine", says="`ctranslate2-float32` or `ctranslate2-int8`"),
        *whole("threads", says="`training.threads`"),
        *whole("batch", says="sentences decoded together"),
        *number(
            "tokens_per_second",
            says="target pieces per second, ends of sentences included; the median round",
        ),
        *whole("bytes", says="size of the converted weights on disk"),
        *number(
            "against_dense",
            says="speed divided by that of the dense float32 model in the same round; the "
            "median round",
            optional=True,
        ),
    ),
)
