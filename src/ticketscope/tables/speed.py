"""How fast networks translate."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table

SPEED: Final = Table(
    name="speed",
    says="One row per network and engine, measured when nothing else of the run is at work.",
    own=(
        *text(
            "engine",
            says="`ctranslate2-float32` or `ctranslate2-int8`, converted from the network; of a "
            "directory of CTranslate2 the type in which it is stored",
        ),
        *whole("threads", says="`training.threads`"),
        *whole("batch", says="sentences decoded together"),
        *number(
            "tokens_per_second",
            says="target pieces per second, ends of sentences included; the median round",
        ),
        *number(
            "words_per_second",
            says="words of the sources per second, whatever the tokenizer; the median round",
            optional=True,
        ),
        *whole("bytes", says="size of the weights on disk"),
        *number(
            "against_dense",
            says="speed divided by that of the dense model in float32 in the same round; the "
            "median round. In tokens, or in words where tokenizers differ",
            optional=True,
        ),
        *number(
            "unchanged",
            says="share of the sentences that int8 translates as float32 does; a rate means little "
            "where it is low",
            optional=True,
        ),
    ),
)
