"""What the claims of the study say of networks that others made."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.claims import CLAIM, CLAIMS
from ticketscope.report.claims.sections import ends_cell, maybe_cell, value_cell
from ticketscope.report.parts.part import SIGNS, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import MINUS, listed
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured


def claim_parts(run: RunTables) -> Iterator[Part]:
    """How the claims are decided here, and every statistic of them."""
    claims = run.claims
    if isinstance(claims, NotMeasured):
        yield Gap(claims.reason)
        return
    yield Prose(
        "Each claim is decided on one network beside one control, by its statistic and the "
        "smallest effect that matters, as registered. Intervals are over sentences: they tell what "
        "other sentences of the same kind would give of these very networks, and nothing of "
        "networks from other training seeds. Where a statistic joins several figures, its interval "
        "is as wide as if all of them erred together, which is the most that it can be. A claim is "
        "supported where the 95 % interval lies on the claimed side of no effect, and contradicted "
        "where it lies on the other side. There is no relevant effect where the 90 % interval lies "
        "inside the smallest effect that matters. Otherwise it is undecided."
    )
    yield _statistics(claims, run.cast)


def verdict_table(run: RunTables) -> Table | Gap:
    """One row per claim that is measured, one column per variant; what lacks, where none is."""
    claims = run.claims
    if isinstance(claims, NotMeasured):
        return Gap(claims.reason)
    whole = claims[claims["statistic"] == CLAIM]
    measured = whole[whole["verdict"] != "not measured"]
    if measured.empty:
        first, *more = dict.fromkeys(whole["reason"])
        rest = " “What to do next” names all that lacks." if more else ""
        return Gap(f"{first[:1].upper()}{first[1:]}.{rest}")
    arms = [arm for arm in run.cast if arm in set(whole["arm"])]
    return Table(
        title="The claims, on these networks and not on other seeds",
        columns=("claim", *(run.cast[arm].title for arm in arms)),
        rows=tuple(
            (f"{claim} {asked.question}", *(_cell(whole, claim, arm) for arm in arms))
            for claim, asked in CLAIMS.items()
        ),
        num_text=1,
        num_sentences=len(arms),
    )


def missing(claims: pd.DataFrame, cast: Cast) -> Iterator[str]:
    """What to give so that claims can be decided; claims that lack the same are told together."""
    whole = claims[(claims["statistic"] == CLAIM) & (claims["verdict"] == "not measured")]
    for reason, rows in whole.groupby("reason", sort=False):
        claimed = dict.fromkeys(rows["claim"])
        verb = "is" if len(claimed) == 1 else "are"
        of = dict.fromkeys(cast[arm].title for arm in rows["arm"])
        which = "" if len(of) == len(cast.studied) else f" on {', '.join(of)}"
        yield f"{listed([*claimed])} {verb} not measured{which}: {reason}."


def _statistics(claims: pd.DataFrame, cast: Cast) -> Table:
    """Every statistic of every claim, whether it decides or stands beside."""
    others = {"dense": "base", "control": "control", "": ""}
    return Table(
        title="Every statistic behind the answers",
        columns=(
            *("network", "claim", "statistic", "compared with", "verdict", "value"),
            *("95 % interval", "90 % interval", "smallest that matters", "reason"),
            "what is computed",
        ),
        rows=tuple(
            (
                cast[row["arm"]].title,
                row["claim"],
                CLAIMS[row["claim"]].title if row["statistic"] == CLAIM else row["statistic"],
                others[row["reference"]],
                row["verdict"],
                value_cell(row),
                ends_cell(row, ""),
                ends_cell(row, "_90"),
                maybe_cell(row["margin"]),
                row["reason"],
                row["sentence"],
            )
            for row in claims.to_dict("records")
        ),
        num_text=5,
        num_sentences=2,
        folded=True,
    )


def _cell(whole: pd.DataFrame, claim: str, arm: str) -> str:
    (row,) = whole[(whole["claim"] == claim) & (whole["arm"] == arm)].to_dict("records")
    sign, verdict = SIGNS[row["verdict"]], row["verdict"]
    if verdict == "not measured":
        return f"{sign} {verdict}: {row['reason']}"
    return f"{sign} {verdict}: {_figures(claim, row)}"


def _figures(claim: str, row: Mapping[Any, Any]) -> str:
    def told(figure: float) -> str:
        return CLAIMS[claim].told(figure, is_given=True).replace("-", MINUS)

    if pd.isna(row["lower"]):
        return told(row["value"])
    value, *ends = (told(row[column]) for column in ("value", "lower", "upper"))
    _, blank, unit = value.partition(" ")
    lower, upper = (end.removesuffix(f"{blank}{unit}") for end in ends)  # the value has the unit
    return f"{value} [{lower} to {upper}]"
