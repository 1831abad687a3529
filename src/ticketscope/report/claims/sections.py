"""The section on the claims: the answers for further arms, and every statistic behind them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import pandas as pd

from ticketscope.claims import CLAIM, CLAIMS
from ticketscope.claims.in_order import S_STAR
from ticketscope.report.first_screen.cards import cards_of
from ticketscope.report.first_screen.quality import deciding_rows
from ticketscope.report.parts.part import Folded, Gap, Part, Prose, Table, Verdict, Verdicts
from ticketscope.report.parts.wording import percent, significant
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

_OVER: Final = {"registered": "all registered", "held": "where quality holds", "": ""}


def claims_parts(run: RunTables) -> Iterator[Part]:
    """The answers for further arms, and what every answer rests on: as a whole, and by level."""
    yield from other_arms_parts(run)
    yield from claim_parts(run)
    yield from level_parts(run)


def other_arms_parts(run: RunTables) -> Iterator[Part]:
    """The answers for the arms that the first screen does not speak of."""
    if isinstance(run.claims, NotMeasured):
        return
    for arm, claims in run.claims.groupby("arm", sort=False):
        if arm != run.cast.first_name:
            title = run.cast[str(arm)].title
            yield Folded(f"The same questions about {title}", (cards_of(run, claims),))


def claim_parts(run: RunTables) -> Iterator[Part]:
    """Every statistic of every claim, whether it decides or stands beside."""
    claims = run.claims
    if isinstance(claims, NotMeasured):
        yield Gap(claims.reason)
        return
    registered = run.study.claims
    looks = f", looked at after {', '.join(map(str, registered.looks))}" if registered.looks else ""
    yield Prose(
        "One number per training seed decides a claim: the mean over levels of a difference to the "
        "control, per round of pruning (20 % of what is left). The intervals are Student's t over "
        "the seeds. A claim is supported where the 95 % interval lies on the claimed side of no "
        "effect, and contradicted where it lies on the other side. There is no relevant effect "
        "where the 90 % interval lies inside the smallest effect that matters. Otherwise the claim "
        "is undecided, and “replicates needed” says how many would decide it in four of five "
        "repetitions with the spread seen."
    )
    yield Prose(
        f"Registered before the run: levels up to {percent(registered.up_to)} pruned{looks}, and "
        "the smallest effects that matter. Differences to the dense model hold what training on "
        "does, too; those to the control decide."
    )
    yield Table(
        title="Every statistic behind the answers",
        columns=(
            *("arm", "claim", "statistic", "compared with", "levels", "verdict"),
            *("value", "95 % interval", "90 % interval", "smallest that matters"),
            *("replicates", "replicates needed", "reason", "what is computed"),
        ),
        rows=tuple(
            (
                row["arm"],
                row["claim"],
                CLAIMS[row["claim"]].title if row["statistic"] == CLAIM else row["statistic"],
                row["reference"],
                _OVER[row["levels"]],
                row["verdict"],
                value_cell(row),
                ends_cell(row, ""),
                ends_cell(row, "_90"),
                maybe_cell(row["margin"]),
                str(row["num_replicates"]),
                row["replicates_needed"],
                row["reason"],
                row["sentence"],
            )
            for row in claims.to_dict("records")
        ),
        num_text=6,
        num_sentences=2,
        folded=True,
    )


def level_parts(run: RunTables) -> Iterator[Part]:
    """The statistics that decide, at every level: where does an effect begin?"""
    found = run.claims_by_level
    if isinstance(found, NotMeasured):
        yield Gap(found.reason)
        return
    sparsities = found.groupby("level")["sparsity_prunable"].first()
    yield Prose(
        "Claims are decided over all registered levels together. This table has the deciding "
        "statistics level by level, not per round, with their 95 % intervals. Of so many, some "
        "miss their bound by chance."
    )
    rows = []
    for arm, claim in found[["arm", "claim"]].drop_duplicates().itertuples(index=False, name=None):
        levels = {row["level"]: row for row in deciding_rows(run, arm, claim)}
        name = next(iter(levels.values()))["statistic"]
        cells = (_estimate(levels.get(level)) for level in sparsities.index)
        rows.append((arm, claim, name, *cells))
    yield Table(
        title="The statistics that decide, at every level",
        columns=(
            *("arm", "claim", "statistic"),
            *(f"level {level} ({percent(share)} pruned)" for level, share in sparsities.items()),
        ),
        rows=tuple(rows),
        num_text=3,
    )


def claims_table(cards: Sequence[tuple[str, Verdicts]]) -> Table:
    """One row per claim, one column per run: the verdict, and the answer in words."""
    by_run = [{card.claim: card for card in verdicts.verdicts} for _, verdicts in cards]
    asked = {card.claim: card.question for card in chain.from_iterable(map(dict.values, by_run))}
    return Table(
        title="The claims",
        columns=("claim", *(name for name, _ in cards)),
        rows=tuple(
            (
                f"{claim} {question}",
                *(_verdict_cell(found[claim]) if claim in found else "" for found in by_run),
            )
            for claim, question in asked.items()
        ),
        num_text=1,
        num_sentences=len(cards),
    )


def _verdict_cell(card: Verdict) -> str:
    if card.verdict == "not measured":
        return f"{card.sign} {card.verdict}: {card.reason}"
    figures = f" ({card.figures})" if card.figures else ""
    return f"{card.sign} {card.verdict}: {card.answer}{figures}"


def _estimate(row: Mapping[Any, Any] | None) -> str:
    """ "0.12 [0.03 to 0.21]", and nothing where it was not measured."""
    if row is None:
        return ""
    interval = ends_cell(row, "")
    return f"{value_cell(row)} [{interval}]" if interval else value_cell(row)


def value_cell(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["value"]):
        return ""
    return percent(row["value"]) if row["statistic"] == S_STAR else significant(row["value"])


def ends_cell(row: Mapping[Any, Any], of: str) -> str:
    lower, upper = row[f"lower{of}"], row[f"upper{of}"]
    if pd.isna(lower) or pd.isna(upper):
        return ""
    return f"{significant(lower)} to {significant(upper)}"


def maybe_cell(value: float) -> str:
    return "" if pd.isna(value) else significant(value)
