"""The claims as questions, each with its answer in plain words and a small picture."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ticketscope.claims import CLAIM, CLAIMS
from ticketscope.claims.asked import Asked
from ticketscope.claims.in_order import S_STAR
from ticketscope.report.first_screen.quality import QUALITY, deciding_rows, seeds
from ticketscope.report.first_screen.small_picture import small_picture
from ticketscope.report.parts.part import Gap, Verdict, Verdicts
from ticketscope.report.parts.wording import about, plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured


def claims_shown(run: RunTables) -> pd.DataFrame | NotMeasured:
    """The rows of the arm that the first screen speaks of: the first that is no control."""
    if isinstance(run.claims, NotMeasured):
        return run.claims
    shown = run.claims[run.claims["arm"] == run.cast.first_name]
    return shown if len(shown) else NotMeasured("Every arm of this run that prunes is a control.")


def verdict_cards(run: RunTables) -> Verdicts | Gap:
    """The answer to every claim on the arm that the first screen speaks of."""
    claims = claims_shown(run)
    return Gap(claims.reason) if isinstance(claims, NotMeasured) else cards_of(run, claims)


def cards_of(run: RunTables, claims: pd.DataFrame) -> Verdicts:
    """One card per claim, from the rows of one arm in claims.csv."""
    whole = claims[claims["statistic"] == CLAIM]
    return Verdicts(
        tuple(_card(run, row, reached(claims, row["claim"])) for row in whole.to_dict("records"))
    )


def reached(claims: pd.DataFrame, claim: str = QUALITY) -> float:
    """The share of the prunable weights up to which quality, or another claim that levels are asked
    for one after the other, holds; 0 where it is not shown to, and of all other claims."""
    of_claim = claims[claims["claim"] == claim]
    return float(of_claim.loc[of_claim["statistic"] == S_STAR, "value"].fillna(0.0).sum())


def _card(run: RunTables, row: Mapping[Any, Any], held: float) -> Verdict:
    asked = CLAIMS[row["claim"]]
    rows = deciding_rows(run, row["arm"], row["claim"])
    return Verdict(
        claim=row["claim"],
        title=asked.title,
        question=asked.question,
        answer=_answer(asked, row, held),
        verdict=row["verdict"],
        figures=_figures(asked, row),
        shows=asked.shows,
        picture=small_picture(
            rows,
            asked.null,
            run.study.claims.up_to,
            one_sided=asked.one_sided,
        ),
        sentence=row["sentence"],
        reason=row["reason"],
        mark=row["mark"],
    )


def _answer(asked: Asked, row: Mapping[Any, Any], held: float) -> str:
    """In plain words; with how far it holds where that is not as far as was asked."""
    needed = f", {row['replicates_needed']} would" if row["replicates_needed"] else ""
    answer = asked.answer(
        row["verdict"],
        _known(row["value"]),
        _known(row["margin"]),
        open=f"Open: {seeds(row['num_replicates'])} cannot tell{needed}.",
    )
    if row["verdict"] == "supported" or not held:
        return answer
    return f"{answer} Up to {about(held)} pruned it does."


def _known(figure: float) -> float | None:
    return None if pd.isna(figure) else figure


def _figures(asked: Asked, row: Mapping[Any, Any]) -> str:
    """ "+0.02 CKA [−0.01 to +0.05], 3 replicates"."""
    if pd.isna(row["value"]):
        return ""
    interval = ""
    if not pd.isna(row["lower"]):
        interval = f" [{asked.told(row['lower'])} to {asked.told(row['upper'])}]"
    sample = plural(row["num_replicates"], "replicate")
    return f"{asked.told(row['value'])}{interval}, {sample}"
