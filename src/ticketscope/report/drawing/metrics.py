"""Metrics as the page names them: those measured here, and those whose scores others gave."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.parts.wording import listed

_OURS: Final = frozenset({"bleu", "chrf", "ter", "loss", "loss_word", "accuracy", "tied"})


def given_metrics(rows: pd.DataFrame) -> dict[str, str]:
    """The metrics of a table whose scores others gave; of each which direction is better."""
    given = rows[~rows["metric"].isin(_OURS)].drop_duplicates("metric")
    return dict(zip(given["metric"], given["better"], strict=True))


def with_given(ours: Mapping[str, str], rows: pd.DataFrame) -> dict[str, str]:
    """The names of the metrics that are measured here, and of those that others gave."""
    return {**ours, **{metric: metric for metric in given_metrics(rows)}}


def unit_of_given(better: str) -> str:
    """What a figure of such a metric is."""
    return f"mean over sentences, {better} is better"


def told(metric: str, ours: Mapping[str, Told], rows: pd.DataFrame) -> Told:
    """A metric in words."""
    if metric in ours:
        return ours[metric]
    return Told(f"{metric} ({unit_of_given(given_metrics(rows)[metric])})", SCORE)


def worse_of_given(rows: pd.DataFrame) -> str:
    """A sentence on which side of 0 is worse for the metrics that others gave; "" without any."""
    sides = {"higher": "below", "lower": "above"}
    told = [f"for {name} {sides[better]} 0" for name, better in given_metrics(rows).items()]
    return f" It is worse {listed(told)}." if told else ""
