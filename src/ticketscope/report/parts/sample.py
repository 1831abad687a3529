"""The data that a figure rests on, in words."""

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.config import Experiment, States
from ticketscope.report.parts.wording import plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured


def states_in_words(run: RunTables, states: States) -> str:
    """Which states of layers were measured, in a sentence."""
    if isinstance(run.study, Experiment) and run.study.model.norm == "post":
        return "A post-norm network normalises the states of its layers itself."
    if states == "normed":
        return (
            "The vectors are those that the layer above reads: each state through its layer norm."
        )
    return (
        "The vectors are the raw states, which no layer reads as they are: only those of the last "
        "layer are normalised, so layers differ in scale and a few neurons may weigh most."
    )


def neurons_of(run: RunTables) -> int:
    """How many neurons the widest layer has that was measured; 0 where none was."""
    neurons = run.neurons
    return 0 if isinstance(neurons, NotMeasured) else int(neurons["num_neurons"].max())


def replicates(run: RunTables) -> str:
    """How many replicates the run has."""
    return plural(run.study.replicates, "replicate")


def with_control(rows: pd.DataFrame, cast: Cast, sentence: str) -> str:
    """The sentence, where the control is among the rows that it speaks of."""
    return sentence if rows["arm"].eq(cast.control_name).any() else ""
