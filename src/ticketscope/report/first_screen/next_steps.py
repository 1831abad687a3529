"""What to do next: seeds that would decide, a dense model that still learns, what is missing."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.claims import CLAIM, CLAIMS
from ticketscope.report.parts.wording import count, listed
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.probes import CAPPED
from ticketscope.tables.table import NotMeasured


def next_steps(run: RunTables, claims: pd.DataFrame) -> Iterator[str]:
    """One sentence per step, from the rows of an arm in claims.csv; none where all is decided."""
    whole = claims[claims["statistic"] == CLAIM]
    if whole["mark"].ne("").any():
        yield (
            "Train the dense model for longer (training.updates or training.epochs): it was still "
            "learning, so training on alone moves what is measured here."
        )
    yield from _replicates(whole[whole["verdict"] == "undecided"])
    yield from _not_measured(whole[whole["verdict"] == "not measured"])
    yield from _probes(run.probes)


def _replicates(undecided: pd.DataFrame) -> Iterator[str]:
    if undecided.empty:
        return
    known = undecided[undecided["replicates_needed"].ne("")]
    needed = [
        f"{row['replicates_needed']} seeds would decide “{CLAIMS[row['claim']].question}”"
        for row in known.to_dict("records")
    ]
    enough = f": with the spread seen, {listed(needed)}" if needed else ""
    yield f"Add training seeds (run --until-decided, or lottery.replicates){enough}."


def _not_measured(missing: pd.DataFrame) -> Iterator[str]:
    """Claims that lack the same are told together."""
    for reason, rows in missing.groupby("reason", sort=False):
        questions = [f"“{CLAIMS[claim].question}”" for claim in rows["claim"]]
        yield f"To answer {listed(questions)}: {reason}."


def _probes(probes: pd.DataFrame | NotMeasured) -> Iterator[str]:
    if isinstance(probes, NotMeasured):
        return
    trained = probes["stopped"]
    capped = int(trained.eq(CAPPED).sum())
    if capped:
        yield (
            f"Train probes for longer (probing.max_updates): {count(capped)} of "
            f"{count(int(trained.ne('').sum()))} figures are of probes that were cut off."
        )
