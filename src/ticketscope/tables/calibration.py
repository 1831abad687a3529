"""Whether the probabilities of networks are what they say."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.compared import compared
from ticketscope.tables.table import Table

_EDGES: Final = "the confidences between which the bin lies; empty for all pieces together"
CALIBRATION: Final = Table(
    name="calibration",
    says="""One row per network and metric, and one per bin of confidence, for the reliability
diagram; see [search.md](search.md#calibration). All are of the references of the first test set
(teacher forcing). Directories of CTranslate2 have no rows: they give no distributions.""",
    own=(
        *text("test_set", says="the first"),
        *text(
            "metric",
            says="`accuracy`, `confidence`, `overconfidence`, `ece`, `ece_by_chance`, `rms_error`, "
            "`entropy`, `loss_beyond_entropy`; in rows of a bin `accuracy`",
        ),
        *text("binning", says="`equal_width` or `adaptive`"),
        *whole("bin", says="which bin, from 1; empty for all pieces together", optional=True),
        *number("bin_from", "bin_to", says=_EDGES, optional=True),
        *number("mean_confidence", says="of the pieces of the bin", optional=True),
        *compared(
            "of `accuracy` Wilson's with the effective number of pieces, of `ece_by_chance` where "
            "95 % of calibrated networks lie, else from resamples of sentences"
        ),
        *whole("num_sentences", says="sentences with such pieces"),
        *whole("num_events", says="pieces of the references, ends of sentences included"),
    ),
)
