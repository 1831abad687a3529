"""How far translation quality holds, in numbers that a reader knows: the answer of the page."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from ticketscope.claims import CLAIM
from ticketscope.report.parts.part import Gap, Prose
from ticketscope.report.parts.wording import about, capital, plural, signed, spelled
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

QUALITY: Final = "C0"
"""The claim that quality holds."""
CONTROL_IN_WORDS: Final = (
    "Always measured against the control: the same model trained just as long, with nothing pruned."
)
Row = Mapping[Any, Any]


def seeds(num: int) -> str:
    """How many trainings a figure rests on: "one training seed", "three training seeds"."""
    return plural(num, "training seed").replace(str(num), spelled(num), 1)


def deciding_rows(run: RunTables, arm: str, claim: str) -> list[Row]:
    """The statistic that decides a claim on an arm, level by level; none where it is not measured.

    claims_by_level.csv has it first of its claim, against the control.
    """
    found = run.claims_by_level
    if isinstance(found, NotMeasured):
        return []
    rows = found[(found["arm"] == arm) & (found["claim"] == claim)]
    rows = rows[rows["statistic"] == rows["statistic"].iloc[0]] if len(rows) else rows
    rows = rows[rows["reference"] == rows["reference"].iloc[0]] if len(rows) else rows
    return list(rows.sort_values("level").to_dict("records"))


def quality_answer(run: RunTables, arm: str) -> Prose | Gap:
    """Up to which share of pruned weights quality holds in an arm, and what comes after."""
    rows = deciding_rows(run, arm, QUALITY)
    if not rows:
        return Gap(_why_not(run, arm))
    num = int(rows[0]["num_replicates"])
    held = list(itertools.takewhile(lambda row: row["verdict"] == "supported", rows))
    stretches = list(_stretches(rows[len(held) :]))
    title = capital(run.cast[arm].title)
    if held:
        last = held[-1]
        lead = (
            f"{title}: {about(last['sparsity_prunable'])} of the prunable weights"
            f"{_of_all(run, arm, last['level'])} could go for less than {last['margin']:g} BLEU: "
            f"{figure(last)}."
        )
    else:
        lead = f"{title}: {_after(stretches[0], num, first=True)}"
        stretches = stretches[1:]
    told = (_after(stretch, num) for stretch in stretches)
    return Prose(" ".join([*map(capital, told), CONTROL_IN_WORDS]), lead=lead)


def _of_all(run: RunTables, arm: str, level: int) -> str:
    """Which share of all weights a level prunes."""
    if isinstance(run.quality, NotMeasured):
        return ""
    rows = run.quality[(run.quality["arm"] == arm) & (run.quality["level"] == level)]
    return f" ({about(rows['sparsity_total'].mean())} of all)" if len(rows) else ""


def figure(row: Row) -> str:
    """ "+0.6 BLEU [+0.4 to +0.8]"."""
    interval = ""
    if not pd.isna(row["lower"]):
        interval = f" [{signed(row['lower'], 1)} to {signed(row['upper'], 1)}]"
    return f"{signed(row['value'], 1)} BLEU{interval}"


def _stretches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Neighbouring levels with the same verdict."""
    for _, stretch in itertools.groupby(rows, key=lambda row: row["verdict"]):
        yield list(stretch)


def _after(stretch: Sequence[Row], num: int, *, first: bool = False) -> str:
    """What levels with one verdict say, of which only the first and the last are told."""
    ends = [stretch[0], stretch[-1]] if len(stretch) > 1 else [stretch[0]]
    places = " to ".join(dict.fromkeys(about(row["sparsity_prunable"]) for row in ends))
    figures = " and ".join(map(figure, ends))
    already = "already " if first else ""
    verdict = stretch[0]["verdict"]
    if verdict == "contradicted":
        return f"{already}at {places} pruned, quality is lost: {figures}."
    if verdict == "supported":
        return f"at {places} less than {stretch[0]['margin']:g} BLEU is lost: {figures}."
    return f"{already}at {places} pruned, {seeds(num)} cannot tell: {figures}."


def _why_not(run: RunTables, arm: str) -> str:
    if isinstance(run.claims, NotMeasured):
        return run.claims.reason
    whole = run.claims[
        (run.claims["arm"] == arm)
        & (run.claims["claim"] == QUALITY)
        & (run.claims["statistic"] == CLAIM)
    ]
    return capital("; ".join(whole["reason"])) + "."
