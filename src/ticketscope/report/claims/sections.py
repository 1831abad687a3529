"""The claims on the page: one card per claim on the first screen, and every statistic in a
table."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import pandas as pd

from ticketscope.arms import under_study
from ticketscope.claims import (
    CLAIM,
    CLAIMS,
    attention_stays,
    early_layers_encode,
    higher_layers_diverge,
    higher_layers_simplify,
    quality_holds,
    semantics_first,
)
from ticketscope.report.parts.part import Folded, Gap, Part, Prose, Table, Verdict, Verdicts
from ticketscope.report.parts.wording import percent, plural, significant
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

QUALITY: Final = "C0"
"""The claim that BLEU holds."""
REACHED: Final = "s*"
"""The statistic of C0 that is a share of weights."""
DECIDING: Final[Mapping[str, tuple[str, ...]]] = {
    "C0": (quality_holds.BLEU.name,),
    "C1": (semantics_first.DIFFERENCE.name,),
    "C2": (higher_layers_diverge.SLOPE.name,),
    "C3": (higher_layers_simplify.LAST.name,),
    "C4": (early_layers_encode.LIKENESS.name,),
    "C5": (attention_stays.HEADS.name,),
}
"""The statistics that a claim hangs on."""
_NEEDED: Final = "replicates needed"


def claims_shown(run: RunTables) -> pd.DataFrame | NotMeasured:
    """The rows of the arm that the first screen speaks of: the first that is no control."""
    if isinstance(run.claims, NotMeasured):
        return run.claims
    shown = run.claims[run.claims["arm"] == under_study(run.experiment.lottery.arms)]
    return shown if len(shown) else NotMeasured("Every arm of this run that prunes is a control.")


def verdict_cards(run: RunTables) -> Part:
    """The verdict on every claim with the figures that decided."""
    claims = claims_shown(run)
    if isinstance(claims, NotMeasured):
        return Gap(claims.reason)
    return _cards(claims)


def other_arms_parts(run: RunTables) -> Iterator[Part]:
    """The verdicts on the arms that the first screen does not speak of."""
    if isinstance(run.claims, NotMeasured):
        return
    for arm, claims in run.claims.groupby("arm", sort=False):
        if arm != under_study(run.experiment.lottery.arms):
            yield Folded(f"What this run says about the claims for {arm}", (_cards(claims),))


def _cards(claims: pd.DataFrame) -> Verdicts:
    """One card per claim, from the claims of one arm."""
    return Verdicts(tuple(_card(claims, claim) for claim in dict.fromkeys(claims["claim"])))


def claims_parts(run: RunTables) -> Iterator[Part]:
    """The verdicts on further arms, and what every claim rests on: at k*, and at every level."""
    yield from other_arms_parts(run)
    yield from claim_parts(run)
    yield from level_parts(run)


def claim_parts(run: RunTables) -> Iterator[Part]:
    """Every statistic of every claim, whether it decides or stands beside."""
    claims = run.claims
    if isinstance(claims, NotMeasured):
        yield Gap(claims.reason)
        return
    yield Prose(
        "One number per replicate decides a claim: the mean over levels of a difference to the "
        "control of the arm, per round of pruning. "
        "Its interval is Student's t interval over the replicates, never one over sentences. "
        "A claim is supported where the whole interval lies on the claimed side of the "
        "bound, contradicted where it lies on the other side. There is no relevant effect where "
        "the 90 % interval lies inside the smallest effect of interest. Else the claim is "
        f"undecided, and the column “{_NEEDED}” says how many would decide it with a power of "
        "80 %, from the spread seen. One replicate decides nothing."
    )
    yield Table(
        title="Every statistic behind the verdicts",
        columns=(
            "arm",
            "claim",
            "statistic",
            "verdict",
            "value",
            "interval",
            _NEEDED,
            "replicates",
            "reason",
            "what is computed",
        ),
        rows=tuple(
            (
                row["arm"],
                row["claim"],
                CLAIMS[row["claim"]].title if row["statistic"] == CLAIM else row["statistic"],
                row["verdict"],
                _value(row),
                _interval(row),
                row["replicates_needed"],
                str(row["num_replicates"]),
                row["reason"],
                row["sentence"],
            )
            for row in claims.to_dict("records")
        ),
        num_text=4,
        num_sentences=2,
        folded=True,
    )


def claims_table(cards: Sequence[tuple[str, Verdicts]]) -> Table:
    """One row per claim, one column per run: the verdict and the figures that decided."""
    by_run = [{card.claim: card for card in verdicts.verdicts} for _, verdicts in cards]
    claims = dict.fromkeys(chain.from_iterable(by_run))
    return Table(
        title="The claims",
        columns=("claim", *(name for name, _ in cards)),
        rows=tuple(
            (
                f"{claim} {CLAIMS[claim].title}",
                *(_verdict_cell(found[claim]) if claim in found else "" for found in by_run),
            )
            for claim in claims
        ),
        num_text=1,
        num_sentences=len(cards),
    )


def level_parts(run: RunTables) -> Iterator[Part]:
    """The statistics that decide, at every level: where does an effect begin?"""
    found = run.claims_by_level
    if isinstance(found, NotMeasured):
        yield Gap(found.reason)
        return
    names = {(c, name) for c, of in DECIDING.items() for name in of}
    found = found[
        [
            reference == "control" and (claim, statistic) in names
            for claim, statistic, reference in zip(
                found["claim"], found["statistic"], found["reference"], strict=True
            )
        ]
    ]
    sparsities = found.groupby("level")["sparsity_prunable"].first()
    cells = {
        (row["arm"], row["claim"], row["statistic"], row["level"]): row
        for row in found.to_dict("records")
    }
    yield Prose(
        "Claims are decided over all registered levels together. The table shows the deciding "
        "statistics level by level: means over replicates with t intervals. "
        "With so many intervals, some miss their bound by chance."
    )
    yield Table(
        title="The statistics that decide, at every level",
        columns=(
            "arm",
            "claim",
            "statistic",
            *(f"level {level} ({percent(share)} pruned)" for level, share in sparsities.items()),
        ),
        rows=tuple(
            (*named, *(_estimate(cells.get((*named, level))) for level in sparsities.index))
            for named in dict.fromkeys(place[:3] for place in cells)
        ),
        num_text=3,
    )


def _estimate(row: Mapping[Any, Any] | None) -> str:
    """ "0.12 [0.03 to 0.21]", and nothing where it was not measured."""
    if row is None:
        return ""
    interval = _interval(row)
    return f"{_value(row)} [{interval}]" if interval else _value(row)


def _card(claims: pd.DataFrame, claim: str) -> Verdict:
    of_claim = claims[claims["claim"] == claim].to_dict("records")
    rows = {row["statistic"]: row for row in reversed(of_claim)}  # the first of each decides
    whole = rows[CLAIM]
    figures = [_in_words(rows[name]) for name in DECIDING[claim] if _known(rows, name)]
    if claim == QUALITY:
        figures += filter(None, [quality_in_words(claims)])
    elif figures:
        figures += _where_it_does_not_hold(claims)
    return Verdict(
        claim=claim,
        title=CLAIMS[claim].title,
        verdict=whole["verdict"],
        figures=tuple(figures),
        sentence=whole["sentence"],
        reason=whole["reason"],
    )


def _where_it_does_not_hold(claims: pd.DataFrame) -> list[str]:
    """The study makes its claims "while BLEU holds"; a verdict from elsewhere has to say so."""
    reached = _reached(claims)
    if reached.empty:
        return [f"Mind: it is unknown up to where BLEU holds ({QUALITY}: not measured)."]
    return [f"Mind: {reason}." for reason in reached.loc[reached["value"].eq(0), "reason"]]


def quality_in_words(claims: pd.DataFrame | NotMeasured) -> str | None:
    """How far BLEU holds on the mean over replicates, and what C0 comes to.

    The first screen and the card of C0 both say this; None where C0 has no figure.
    """
    if isinstance(claims, NotMeasured):
        return None
    reached = _reached(claims).dropna(subset="value").to_dict("records")
    if not reached:
        return None
    (row,) = reached
    whole = claims[(claims["claim"] == QUALITY) & (claims["statistic"] == CLAIM)]
    sample = plural(row["num_replicates"], "replicate")
    if row["num_replicates"] == 1:
        return f"{sample} cannot tell up to where BLEU holds"
    (verdict,) = whole["verdict"]
    if not row["value"]:
        return f"BLEU is not shown to hold at any level, over {sample} ({QUALITY}: {verdict})"
    half = {
        "supported": f"so it holds until half of them are ({QUALITY}: {verdict})",
        "not measured": f"no level prunes half of them ({QUALITY}: {verdict})",
    }.get(verdict, f"whether it holds until half of them are: {verdict} ({QUALITY})")
    reach = f"BLEU holds until {_value(row)} of the prunable weights are pruned"
    return f"{reach}, over {sample}; {half}"


def _reached(claims: pd.DataFrame) -> pd.DataFrame:
    """The row that says how far BLEU holds; none where C0 was not measured."""
    return claims[(claims["claim"] == QUALITY) & (claims["statistic"] == REACHED)]


def _known(rows: Mapping[str, Mapping[Any, Any]], name: str) -> bool:
    return name in rows and not pd.isna(rows[name]["value"])


def _in_words(row: Mapping[Any, Any]) -> str:
    """ "slope over layers: 0.12 [0.03 to 0.21], 3 replicates"."""
    sample = plural(row["num_replicates"], "replicate")
    power = ""
    if row["verdict"] == "undecided" and row["replicates_needed"]:
        power = f"; replicates needed: {row['replicates_needed']}"
    return f"{row['statistic']}: {_estimate(row)}, {sample}{power}"


def _value(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["value"]):
        return ""
    return percent(row["value"]) if row["statistic"] == REACHED else significant(row["value"])


def _interval(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["lower"]) or pd.isna(row["upper"]):
        return ""
    return f"{significant(row['lower'])} to {significant(row['upper'])}"


def _verdict_cell(card: Verdict) -> str:
    measured = card.figures and card.verdict != "not measured"
    return f"{card.sign} {card.verdict}: {'; '.join(card.figures) if measured else card.reason}"
