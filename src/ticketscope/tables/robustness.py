"""What networks lose by noise in their sources."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.compared import compared
from ticketscope.tables.table import Table

ROBUSTNESS: Final = Table(
    name="robustness",
    says="""One row per network, kind of noise, strength and metric, on the first sentences of the
first test set; see [search.md](search.md#robustness). Noise that changes no sentence has no
rows.""",
    own=(
        *text("test_set", says="the first"),
        *text("kind", says="of noise, such as `typos`"),
        *number("strength", says="the share of words that it hits"),
        *text(
            "metric",
            says="`bleu`, `chrf`: in points; `bleu_share`, `chrf_share`: as a share of the clean "
            "score",
        ),
        *compared(
            "from resamples of sentences",
            value="the loss: the score of the network's own translations of the clean sentences "
            "minus that of the noisy ones; above 0 is worse",
        ),
        *number("clean", says="the score of the clean sentences, 0 to 100"),
        *whole("num_sentences", says="on how many it rests"),
        *whole("num_changed", says="how many of them the noise changes"),
    ),
)
