"""Cells that several tables of the page have in common."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ticketscope.report.parts.wording import number, percent, signed

OTHER_SHARES = ("zeros, all", "zeros, non-embedding")


def ticket_cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Which model a row of a table is about."""
    return (
        row["arm"],
        str(row["replicate"]),
        str(row["level"]),
        percent(row["sparsity_prunable"]),
    )


def other_shares(row: Mapping[Any, Any]) -> tuple[str, str]:
    """Its zeros over the other two denominators, under `OTHER_SHARES`."""
    return percent(row["sparsity_total"]), percent(row["sparsity_non_embedding"])


def cell(value: float, digits: int, with_sign: bool = False) -> str:
    """A number, or nothing where it does not apply."""
    if pd.isna(value):
        return ""
    return signed(value, digits) if with_sign else number(value, digits)


def interval_cell(lower: float, upper: float, digits: int, with_sign: bool = False) -> str:
    """An interval, or nothing where there is none."""
    ends = (cell(lower, digits, with_sign), cell(upper, digits, with_sign))
    return " to ".join(ends) if all(ends) else ""
