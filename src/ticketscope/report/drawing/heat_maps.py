"""Heat maps with a figure in each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import Chooser
from ticketscope.report.drawing.pointing import Told, pointed

CELL_WIDTH: Final = 34
"""Pixels that the figure in a cell of a heat map needs."""
CELL_HEIGHT: Final = 22


@dataclass(frozen=True)
class Cell:
    """What a cell of a heat map shows: a column of figures around 0 to `highest`."""

    column: str
    title: str
    format: str
    told: Mapping[str, Told]
    """What pointing at it tells, where the figure names that itself; see `pointed`."""
    highest: float = 1.0


def heat_map(
    data: pd.DataFrame, cast: Cast, x: alt.X, y: alt.Y, cell: Cell, choosers: Sequence[Chooser]
) -> alt.LayerChart:
    """Cells coloured from 0 to the highest, with the figure in them.

    Their tooltips leave out what the choosers already say.
    """
    chosen = {chooser.parameter.name for chooser in choosers}
    base = chart_of(data, choosers).encode(x=x, y=y)
    cells = base.mark_rect().encode(
        color=alt.Color(
            f"{cell.column}:Q",
            scale=alt.Scale(scheme="cividis", domain=[0, cell.highest], clamp=True),
            legend=alt.Legend(format=cell.format, title=cell.title, gradientLength=160),
        ),
    )
    told = [column for column in data.columns if column not in chosen]
    cells = pointed(cells, cast, told, cell.told)
    figures = cell_figures(
        base,
        alt.Text(f"{cell.column}:Q", format=cell.format),
        ink(f"datum.{cell.column} < {cell.highest / 2}"),
        num_columns=data[_field(x)].nunique(),
    )
    height = CELL_HEIGHT * data[_field(y)].nunique()
    return figure([cells, figures], height=height, choosers=choosers)


def difference_map(
    data: pd.DataFrame,
    cast: Cast,
    x: alt.X,
    y: alt.Y,
    value: Told,
    format: str,
    choosers: Sequence[Chooser],
    *,
    unit: str,
    height: int,
    least: float = 0.01,
) -> alt.LayerChart:
    """Cells of each `value` coloured around 0, orange below, with the figure in them; the colours
    reach to the largest one, but at least to `least`."""
    chosen = {chooser.parameter.name for chooser in choosers}
    reach = max(least, float(data["value"].abs().max()))
    base = chart_of(data, choosers).encode(x=x, y=y)
    legend = alt.Legend(title=unit, format=format, gradientLength=100)
    cells = base.mark_rect().encode(color=around_zero((-reach, reach), legend))
    cells = pointed(
        cells, cast, [name for name in data.columns if name not in chosen], {"value": value}
    )
    figures = cell_figures(
        base,
        alt.Text("value:Q", format=format),
        ink(f"abs(datum.value) > {0.6 * reach}"),
        num_columns=data[_field(x)].nunique(),
    )
    return figure([cells, figures], height=height, choosers=choosers)


def around_zero(
    ends: tuple[float | alt.ExprRef, float | alt.ExprRef], legend: alt.Legend
) -> alt.Color:
    """The colour of each `value` between these ends: white at 0, orange below, blue above."""
    scale = alt.Scale(
        scheme="blueorange", reverse=True, domainMin=ends[0], domainMid=0, domainMax=ends[1]
    )
    return alt.Color("value:Q", scale=scale, legend=legend)


def cell_figures(base: alt.Chart, text: alt.Text, color: Any, num_columns: int) -> alt.Chart:
    """The figures in the cells of a heat map.

    On a narrow screen they would run into each other; the colours and tooltips stay.
    """
    wide_enough = alt.ExprRef(f"width < {CELL_WIDTH * num_columns} ? 0 : 1")
    figures: alt.Chart = base.mark_text(fontSize=11, opacity=wide_enough)
    return figures.encode(text=text, color=color)


def ink(on_dark: str) -> Any:
    """What can be read on a cell that is dark where the expression holds."""
    return alt.condition(on_dark, alt.value("white"), alt.value("black"))


def _field(axis: alt.X | alt.Y) -> str:
    return str(axis.shorthand).partition(":")[0]
