"""What a reader can see that a network broke, by kind of damage."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table, network

DAMAGE: Final = Table(
    name="damage",
    says="""One row per network, test set and kind of damage; see [damage.md](damage.md). A kind
that cannot be counted in the languages of a run has no rows; views/damage.json says why.""",
    own=(
        *text("test_set", says="a test set's name"),
        *text("kind", says="what may break, such as `numbers`"),
        *text(
            "metric",
            says="`recall`, the share of events that are whole (higher is better), or `rate`, the "
            "share of those that broke (lower is better)",
        ),
        *number("value", says="the share; empty where the test set has no events", optional=True),
        *number(
            *("lower", "upper"),
            says="its 95 % interval: Wilson's with the effective number of events, since those of "
            "one sentence hang together",
            optional=True,
        ),
        *number(
            *("difference_dense", "difference_dense_lower", "difference_dense_upper"),
            says="value minus that of the dense model of the replicate, with its paired interval: "
            "Newcombe's with the same numbers",
            optional=True,
        ),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="the same against the control of the arm at the level",
            optional=True,
        ),
        *whole("num_sentences", says="sentences that have events"),
        *whole("num_events", says="all that could break in them"),
        *whole(
            "num_untold",
            says="sentences that do not tell, such as those without a reference; they are left out",
        ),
    ),
)

_SENTENCE = "the sentence, as in sentences.csv.gz"
DAMAGED_SENTENCES: Final = Table(
    name="damaged_sentences",
    of_networks=False,
    packed=True,
    says="""One row per sentence, network and kind of damage in which something broke, packed by
gzip. Like sentences.csv.gz it lacks the first columns of the other tables.""",
    own=(
        *text("test_set", says=_SENTENCE),
        *whole("line", says=_SENTENCE),
        *network("the network, as in the other tables"),
        *text("kind", says="the kind of damage"),
        *whole("num_events", says="what could break in the sentence"),
        *whole("num_broken", says="how much of it did, at least 1"),
    ),
)
