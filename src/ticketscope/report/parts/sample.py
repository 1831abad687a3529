"""The data that a figure rests on, in words."""

import pandas as pd

from ticketscope.report.parts.wording import plural
from ticketscope.report.reading.run_tables import CONTROL, RunTables


def replicates(run: RunTables) -> str:
    """How many replicates the run has."""
    return plural(run.experiment.lottery.replicates, "replicate")


def with_control(rows: pd.DataFrame, sentence: str) -> str:
    """The sentence, where the control is among the rows that it speaks of."""
    return sentence if rows["arm"].eq(CONTROL).any() else ""
