"""What networks translate with beams of several sizes."""

from typing import Final

from ticketscope.tables.column import text, whole
from ticketscope.tables.compared import compared
from ticketscope.tables.table import Table

SEARCH: Final = Table(
    name="search",
    says="""One row per network, beam and metric, on the first sentences of the first test set; see
[search.md](search.md#search). The beam of `quality` has its translations.""",
    own=(
        *text("test_set", says="the first"),
        *whole("beam", says="its size; 1: greedy"),
        *text(
            "metric",
            says="`bleu`, `chrf`; `bleu_gain`, `chrf_gain`: less that of greedy search; "
            "`length_ratio`; `empty`, `empty_likelier`, `reference_likelier`: shares of sentences; "
            "`log_probability`: nats per sentence; `length_correlation`",
        ),
        *compared("Wilson's of a share, else from resamples of sentences"),
        *whole("num_sentences", says="on how many it rests"),
    ),
)
