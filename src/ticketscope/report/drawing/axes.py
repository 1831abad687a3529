"""The axes, colours and shapes of the figures.

Colours of the study's arms and controls are those of Okabe and Ito (2008), which people with any
colour vision tell apart; those of the other arms are as far from these and from each other as can
be, also for people who see no red or no green.
"""

import json
from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms import Arm
from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.pointing import Told

SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""One per replicate, from the start again after the last."""
DASHES: Final = ([1, 0], [6, 3], [2, 3], [10, 3, 2, 3], [4, 6], [1, 5])
"""Likewise, where lines of replicates have no points of their own shape."""
GREY: Final = "#7F7F7F"
LOOSE: Final = alt.Scale(zero=False, padding=8)
_TITLE_WIDTH: Final = 290
"""Pixels that the longest title of an arm needs in a legend."""
PADDING: Final = 16
_PADDED: Final = alt.Scale(zero=False, nice=False, padding=PADDING)


def axis(format: str) -> alt.Axis:
    """An axis with few labels, in D3's number format."""
    return alt.Axis(format=format, tickCount=5, gridOpacity=0.4, labelFlush=True)


def sparsity_axis(cast: Cast) -> alt.X:
    """Where each row is `drawn_at`: a control without zeros at the level that it is compared at."""
    of = "sparsity" if cast.is_given else f"sparsity of the {cast.nouns.tickets} of the level"
    gone = " or removed" if cast.removes_units else ""
    title = [of, f"(prunable weights that are zero{gone})"]
    return alt.X("drawn_at:Q", title=title, axis=axis(".0%"), scale=_PADDED)


def rung_title(cast: Cast, level: str = "level") -> str:
    """Of an axis of levels, each with its sparsity."""
    return f"{level}: sparsity of its {cast.nouns.tickets}"


def value_axis(value: Told, scale: alt.Scale | None = None) -> alt.Y:
    """Where each row has its `value`, as it is told; the scale of most figures need not have 0."""
    shares = axis(".0%") if value.is_share else alt.Undefined
    return alt.Y("value:Q", title=value.title, axis=shares, scale=scale or LOOSE)


def by_arm(arms: Sequence[str], cast: Cast, *, as_lines: bool = True) -> alt.Color:
    """The colours of arms, of lines or of points; the legend has their titles."""
    legend = alt.Legend(
        symbolType="stroke" if as_lines else "circle",
        symbolSize=300 if as_lines else 90,
        symbolStrokeWidth=2.5 if as_lines else 0,
        labelExpr=titles_of(arms, cast),
        labelLimit=_TITLE_WIDTH,
        columns=alt.ExprRef(f"width < {2 * _TITLE_WIDTH} ? 1 : 2"),
    )
    colours = [cast[arm].colour for arm in arms]
    return alt.Color("arm:N", scale=alt.Scale(domain=list(arms), range=colours), legend=legend)


def titles_of(arms: Sequence[str], cast: Cast) -> str:
    """What a legend says of each of the arms; an expression."""
    return f"({json.dumps({arm: cast[arm].title for arm in arms})})[datum.label]"


def arm_dashes(arms: Sequence[str], cast: Cast) -> alt.Scale:
    """Solid lines, but dashed ones for controls: long where nothing is pruned, else short."""

    def dash(arm: Arm) -> list[int]:
        if not arm.is_control:
            return [1, 0]
        return [2, 3] if arm.prunes else [6, 3]

    return alt.Scale(domain=list(arms), range=[dash(cast[arm]) for arm in arms])


def replicate_shapes(data: pd.DataFrame) -> alt.Shape:
    """Points of replicates, each of its own shape."""
    replicates = sorted(set(data["replicate"]))
    shapes = [SHAPES[replicate % len(SHAPES)] for replicate in replicates]
    legend = alt.Legend(title="replicate", columns=5, orient="bottom")
    scale = alt.Scale(domain=replicates, range=shapes)
    return alt.Shape("replicate:N", scale=scale, legend=legend)


def by_replicate(data: pd.DataFrame) -> alt.StrokeDash:
    """Lines of replicates, dashed apart; the legend is there where they are several."""
    replicates = sorted(set(data["replicate"]))
    dashes = [DASHES[replicate % len(DASHES)] for replicate in replicates]
    legend = alt.Legend(
        title="replicate", columns=5, orient="bottom", symbolType="stroke", symbolSize=300
    )
    return alt.StrokeDash(
        "replicate:N",
        scale=alt.Scale(domain=replicates, range=dashes),
        legend=legend if len(replicates) > 1 else None,
    )


def shades(column: str, title: str) -> alt.Color:
    """Levels or layers from dark to light."""
    return alt.Color(
        f"{column}:O",
        scale=alt.Scale(scheme=alt.SchemeParams("viridis", extent=[0.35, 0.85])),
        legend=alt.Legend(title=title, columns=9),
    )


def arms_of(rows: pd.DataFrame, cast: Cast) -> list[str]:
    """The arms in the order of legends."""
    present = set(rows["arm"])
    return [arm for arm in cast if arm in present]
