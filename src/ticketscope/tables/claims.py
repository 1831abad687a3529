"""What the run says of the claims of the study."""

from typing import Final, get_args

from ticketscope.arms import known_arms
from ticketscope.claims import CLAIMS
from ticketscope.claims.verdicts import Verdict
from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table


def known_verdicts() -> tuple[str, ...]:
    """All verdicts there are."""
    return get_args(Verdict)


_FIGURES = "the mean over replicates and its t interval; empty where there is none"
CLAIM_VERDICTS: Final = Table(
    name="claims",
    of_networks=False,
    says="One row per claim and one per statistic of a claim, for each arm that prunes, in the "
    "order of `lottery.arms`. [claims.md](claims.md) says what is computed, and when a claim is "
    "supported.",
    own=(
        *text("arm", says="the arm that the claim is about", known=known_arms),
        *text("claim", says="`C0` to `C5`", known=CLAIMS.keys),
        *text("statistic", says="`claim`: the verdict on the claim; else the name of a statistic"),
        *number("value", "lower", "upper", says=_FIGURES, optional=True),
        *number(
            "detectable",
            says="how far beyond its bound the true mean must lie, to be shown in 80 % of all "
            "repetitions with so many replicates and this spread; empty if there is no "
            "interval",
            optional=True,
        ),
        *whole("num_replicates", says="number of replicates it rests on"),
        *text(
            "verdict",
            says="`supported`, `contradicted`, `undecided` or `not measured`",
            known=known_verdicts,
        ),
        *text("reason", says="why", optional=True),
        *text(
            "sentence",
            says="what is computed, against which control, over how many replicates",
            optional=True,
        ),
    ),
)

_LEVEL = "the level, and the share of the prunable weights it prunes"
_STATISTIC = "as in claims.csv; `difference to control` is that of BLEU at this level"
CLAIMS_BY_LEVEL: Final = Table(
    name="claims_by_level",
    of_networks=False,
    says=r"One row per statistic and level of each arm that prunes: the statistic as if k\* "
    "were that level. The table describes and tests nothing "
    "([claims.md](claims.md)).",
    own=(
        *text("arm", says="as in claims.csv", known=known_arms),
        *whole("level", says=_LEVEL),
        *number("sparsity_prunable", says=_LEVEL),
        *text("claim", says=_STATISTIC, known=CLAIMS.keys),
        *text("statistic", says=_STATISTIC),
        *number("value", says="as in claims.csv"),
        *number("lower", "upper", "detectable", says="as in claims.csv", optional=True),
        *whole("num_replicates", says="as in claims.csv"),
    ),
)
