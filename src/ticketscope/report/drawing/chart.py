"""Layers, and the figure that they make together."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.report.drawing.choosers import Chooser

THEME: Final = alt.Config(
    background="transparent",
    padding={"left": 0, "top": 5, "right": 14, "bottom": 5},
    font="system-ui, sans-serif",
    axis=alt.AxisConfig(labelFontSize=12, titleFontSize=12, titleFontWeight="normal"),
    legend=alt.LegendConfig(
        orient="top",
        columns=2,
        labelFontSize=12,
        labelLimit=240,
        title=None,
        symbolSize=90,
        symbolStrokeWidth=2,
        symbolBaseFillColor="#7F7F7F",
        symbolBaseStrokeColor="#7F7F7F",
    ),
    view=alt.ViewConfig(stroke=None),
)


def chart_of(data: pd.DataFrame, choosers: Sequence[Chooser] = ()) -> alt.Chart:
    """A layer to be, of the rows that the choosers pick."""
    chart = alt.Chart(data)
    if choosers:
        chart.transform = [chooser.transform for chooser in choosers]
    return chart


def figure(
    layers: list[alt.Chart], height: int = 260, choosers: Sequence[Chooser] = ()
) -> alt.LayerChart:
    """Layers as one figure as wide as its place on the page."""
    chart = alt.LayerChart(layer=layers, config=THEME, width="container", height=height)
    return chart.add_params(*(chooser.parameter for chooser in choosers)) if choosers else chart
