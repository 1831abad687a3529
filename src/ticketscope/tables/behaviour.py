"""What networks get right, by kind of sentence."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.quality import BETTER
from ticketscope.tables.table import Table

BEHAVIOUR: Final = Table(
    name="behaviour",
    says="""One row per network, bucket of sentences and metric; see [behaviour.md](behaviour.md).
Buckets of `phenomenon` hold minimal pairs, all others sentences of a test set.""",
    own=(
        *text("bucket_kind", says="`phenomenon`; `length`, `rarity`, `tag`"),
        *text(
            "bucket",
            says="the phenomenon (empty for all pairs together), or the slice, e.g. `6 to 10`",
            optional=True,
        ),
        *text(
            "test_set",
            says="a test set's name; for minimal pairs `grammar`, or `own` for your own file",
        ),
        *text(
            "metric",
            says="for minimal pairs `accuracy` and `tied` (share of pairs whose two "
            "translations have the same probability); for slices `bleu`, `chrf`, `loss`, and those "
            "whose scores were given (`scores.paths`)",
        ),
        *BETTER,
        *number(
            "value",
            says="the figure; empty for a slice of fewer than 20 sentences",
            optional=True,
        ),
        *number(
            *("lower", "upper"),
            says="95 % interval: Wilson's for accuracy, bootstrap for slices, none for `tied`",
            optional=True,
        ),
        *number(
            *("difference_dense", "difference_dense_lower", "difference_dense_upper"),
            says="value minus that of the dense model of the replicate, with its paired interval: "
            "Newcombe's for accuracy, bootstrap for slices",
            optional=True,
        ),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="the same against the control of the arm at the level",
            optional=True,
        ),
        *whole(
            "num_sentences",
            says="number of sentences, or of minimal pairs, in the bucket; of given scores "
            "those that have one",
        ),
    ),
)

_ARM = "whose networks break it; empty for all variants of a dissection together"
_FAILURE = (
    "what failing is: `exact` (the translation is not the reference), `chrf` (more than 10 points "
    "below all that it is compared with), or a kind of damage"
)
BROKEN_SENTENCES: Final = Table(
    name="broken_sentences",
    of_networks=False,
    says="""One row per sentence that breaks every time, arm and level: all replicates' networks of
the arm fail on it (in a dissection all variants), and neither their dense networks nor their
controls do; see [behaviour.md](behaviour.md#sentences-that-break-every-time).""",
    own=(
        *text("failure", says=_FAILURE),
        *text("test_set", says="the sentence, as in sentences.csv.gz"),
        *whole("line", says="the sentence, as in sentences.csv.gz"),
        *text("arm", says=_ARM, optional=True, known=tuple),
        *whole("level", says="their level; 1 in a dissection"),
        *whole(
            "num_networks",
            says="how many networks fail on it; of 1 nobody knows whether it is chance",
        ),
    ),
)
