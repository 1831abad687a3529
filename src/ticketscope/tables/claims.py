"""What the run says of the claims of the study."""

from collections.abc import Collection
from typing import Final, get_args

from ticketscope.arms.cast import Cast
from ticketscope.claims import CLAIMS
from ticketscope.claims.verdicts import Verdict
from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table


def known_verdicts(_: Cast) -> tuple[str, ...]:
    """All verdicts there are."""
    return get_args(Verdict)


def _claims(_: Cast) -> Collection[str]:
    return CLAIMS.keys()


_REFERENCES = ("control", "dense")
_LEVELS = ("registered", "held")
_ENDS = (
    "its t interval of 95 % (the direction) and of 90 % (whether there is an effect of interest); "
    "with `claims.looks` the repeated intervals; empty where there is none"
)
_MARGIN = "the smallest effect of interest, in the unit of `value`; empty if none is registered"
_NEEDED = (
    "of an undecided one, how many replicates would decide, with 80 % power from the spread "
    "seen: a number or `more than 50`; empty if unknown"
)
CLAIM_VERDICTS: Final = Table(
    name="claims",
    of_networks=False,
    says="One row per claim, then one per statistic, reference and choice of levels, for each arm "
    "that prunes, in the order of the report. [claims.md](claims.md) says what is "
    "computed, and when a claim is supported.",
    own=(
        *text("arm", says="the arm that the claim is about", known=tuple),
        *text("claim", says="`C0` to `C5`", known=_claims),
        *text("statistic", says="`claim`: the verdict on the claim; else the name of a statistic"),
        *text(
            "reference",
            says="what the arm is compared with: `control`, or `dense`, the dense model; empty if "
            "with neither alone",
            optional=True,
            known=lambda _: _REFERENCES,
        ),
        *text(
            "levels",
            says="over all `registered` levels (`claims.up_to`), or over those of them up to which "
            "quality is `held`; empty if that makes no sense",
            optional=True,
            known=lambda _: _LEVELS,
        ),
        *number(
            "value",
            says="the mean over replicates, per round of pruning where the statistic grows with it",
            optional=True,
        ),
        *number("lower", "upper", "lower_90", "upper_90", says=_ENDS, optional=True),
        *number("margin", says=_MARGIN, optional=True),
        *whole("num_replicates", says="number of replicates it rests on"),
        *text(
            "verdict",
            says="`supported`, `contradicted`, `no relevant effect`, `undecided` or `not measured`",
            known=known_verdicts,
        ),
        *text("replicates_needed", says=_NEEDED, optional=True),
        *text(
            "mark",
            says="`dense model still learning` where training on alone improved it; else empty",
            optional=True,
        ),
        *text("reason", says="why", optional=True),
        *text(
            "sentence",
            says="what is computed, against which reference, over how many replicates, and whether "
            "quality is lost at some of the levels",
            optional=True,
        ),
    ),
)

_LEVEL = "the level, and the share of the prunable weights it prunes"
_AS = "as in claims.csv"
CLAIMS_BY_LEVEL: Final = Table(
    name="claims_by_level",
    of_networks=False,
    says="One row per statistic, reference and level of each arm that prunes, at every level. The "
    "verdict is on that level alone; of so many some are wrong by chance ([claims.md](claims.md)).",
    own=(
        *text("arm", says=_AS, known=tuple),
        *whole("level", says=_LEVEL),
        *number("sparsity_prunable", says=_LEVEL),
        *number("rounds", says="how many prunings of a fifth of what is left prune as much"),
        *text("claim", says=_AS, known=_claims),
        *text("statistic", says=_AS),
        *text("reference", says=_AS, optional=True, known=lambda _: _REFERENCES),
        *number("value", says="the mean over replicates at this level, not per round"),
        *number("lower", "upper", "lower_90", "upper_90", says=_AS, optional=True),
        *number("margin", says="as in claims.csv, but at this level", optional=True),
        *whole("num_replicates", says=_AS),
        *text("verdict", says=_AS, known=known_verdicts),
        *text("replicates_needed", says=_AS, optional=True),
    ),
)
