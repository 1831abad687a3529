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

_BROKEN_SHARE = "the share of them that break every time, with Wilson's interval"
BROKEN: Final = Table(
    name="broken",
    of_networks=False,
    says="""How many sentences break every time, one row per kind of failing, test set, arm and
level, beside what chance would give; behind it, where there are such sentences, one row per slice:
what they have in common. See [behaviour.md](behaviour.md#sentences-that-break-every-time).""",
    own=(
        *text("failure", says=_FAILURE),
        *text("test_set", says="a test set's name"),
        *text("arm", says=_ARM, optional=True, known=tuple),
        *whole("level", says="their level; 1 in a dissection"),
        *number("sparsity_prunable", says="share of zeroed weights, the mean over networks"),
        *whole("num_networks", says="how many networks must fail"),
        *text(
            "bucket_kind",
            says="empty for all sentences; `length`, `rarity`, `tag` as in behaviour.csv; "
            "`damage`: those in which a network of the group does this damage",
            optional=True,
        ),
        *text("bucket", says="the slice", optional=True),
        *whole(
            "num_sentences",
            says="sentences that could break: dense networks and controls do not fail on them",
        ),
        *whole("num_broken", says="how many of them break every time"),
        *number("value", "lower", "upper", says=_BROKEN_SHARE, optional=True),
        *number(
            *("chance", "chance_lower", "chance_upper"),
            says="the share if each network's failures lay on any of these sentences just as well, "
            "and where it would lie in 95 % of cases; empty for one network",
            optional=True,
        ),
        *number("p_chance", says="probability of as many by chance, or more", optional=True),
        *number(
            *("chance_by_length", "chance_by_length_lower", "chance_by_length_upper"),
            says="the same among sentences of like length (the bins of behaviour.csv)",
            optional=True,
        ),
        *number("p_chance_by_length", says="likewise", optional=True),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="by how much larger the share is than that of the controls, both beside the dense "
            "networks alone, with Newcombe's paired interval; where there are as many controls",
            optional=True,
        ),
        *number(
            *("difference_others", "difference_others_lower", "difference_others_upper"),
            says="of a slice: its share less that of all other sentences, with Newcombe's interval",
            optional=True,
        ),
        *number("p_others", says="Fisher's exact test of that difference", optional=True),
        *number(
            "p_others_holm",
            says="the same, corrected (Holm 1979) for all slices of this failing, test set, arm "
            "and level",
            optional=True,
        ),
    ),
)
