"""What figures with published figures beside the run's share: which levels, which marks."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, arms_of, by_arm
from ticketscope.report.drawing.chart import chart_of
from ticketscope.report.drawing.choosers import Chooser
from ticketscope.report.drawing.drawn_rows import DIGITS
from ticketscope.report.drawing.pointing import SHARE, Told, pointed
from ticketscope.report.parts.wording import percent

NEAR: Final = 0.05
"""How far the sparsity of two models compared may differ, as a share of prunable weights."""
_SHAPES: Final = ["diamond", "square", "triangle-up", "triangle-down", "triangle-right"]
DASH: Final = [4, 3]
"""Of lines between published figures."""
_SPREAD: Final = 5
"""Pixels between the arms in a row of dots."""
PUBLISHED: Final = {
    "drawn_at": Told("sparsity that the study counts", SHARE),
    "sparsity_prunable": Told("zeros of prunable weights", SHARE),
}
"""What columns of published rows mean, which have no level of a run."""
STUDY: Final = (
    "Hollow and grey: Movva and Zhao 2020, Transformer-big on WMT16 En-De, one run, no interval"
)
"""Whose figures the marks are."""
OTHER_MODEL: Final = "Another model and corpus, so compare shapes, not heights."
OFFSET: Final = alt.ExprRef("datum.dodge")
"""Pixels that a mark stands off its line; a column of the rows drawn."""

# ----------------------------------------------------------------------------- which level


def at_nearest_level(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """The run's rows at the level whose sparsity is nearest to that of `theirs`, without those of
    arms that have another one there."""
    (target,) = set(theirs["sparsity_prunable"])
    pruned = at_share_of_level(ours)
    distances = (pruned.groupby("level")["drawn_at"].mean() - target).abs()
    nearest: pd.DataFrame = pruned[pruned["level"] == distances.idxmin()]
    return nearest


def at_share_of_level(ours: pd.DataFrame) -> pd.DataFrame:
    """The rows of arms that have the highest sparsity of their level, as all have that prune single
    weights; those that remove whole units have less, and no published round is like them."""
    highest = ours.groupby("level")["drawn_at"].transform("max")
    rows: pd.DataFrame = ours[highest - ours["drawn_at"] <= NEAR]
    return rows


def at_like_levels(
    ours: pd.DataFrame, theirs: pd.DataFrame, of: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of those levels that have a published round within `NEAR` of their sparsity, and the
    rows of the nearest round `of` the same roles or tasks.

    In both `level` is the run's, and `sparsity_prunable` that level's, which the list to choose
    from tells; `drawn_at` is the sparsity of the row itself.
    """
    known = theirs[theirs["level"] > 0].groupby("level")["sparsity_prunable"].first()
    ours = at_share_of_level(ours)
    rows = []
    for level, share in ours.groupby("level")["drawn_at"].mean().items():
        distances = (known - share).abs()
        if distances.min() <= NEAR:
            rows.append((level, distances.idxmin(), share))
    columns = {"level": "int64", "published_level": "int64", "sparsity_prunable": "float64"}
    pairs = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    renamed = theirs.rename(columns={"level": "published_level", "sparsity_prunable": "drawn_at"})
    beside = pairs.merge(renamed, on="published_level")
    beside = beside.merge(ours[["level", of]].drop_duplicates(), on=["level", of])
    return ours.merge(pairs.drop(columns="published_level"), on="level"), beside


# ----------------------------------------------------------------------------- shared parts


def reach_of_replicates(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The mean over replicates, and how far their intervals reach."""
    cells = rows.groupby(keys, sort=False).agg(
        drawn_at=("drawn_at", "mean"),
        value=("value", "mean"),
        lower=("lower", "min"),
        upper=("upper", "max"),
    )
    return cells.round(DIGITS).reset_index()


def each(*columns: str) -> list[alt.Detail]:
    """A line for every combination of what is in these columns."""
    return [alt.Detail(f"{column}:N") for column in columns]


def hollow(
    base: alt.Chart,
    cast: Cast,
    theirs: pd.DataFrame,
    value: Told,
    offset: float | alt.ExprRef = 0.0,
) -> alt.Chart:
    """The marks of what is published, a shape a source."""
    sources = list(dict.fromkeys(theirs["whose"]))
    shapes = alt.Scale(domain=sources, range=_SHAPES[: len(sources)])
    legend = alt.Legend(columns=1, orient="bottom", symbolFillColor="transparent")
    marks: alt.Chart = base.mark_point(
        filled=False, color=GREY, size=60, strokeWidth=1.5, opacity=1.0, yOffset=offset
    )
    marks = marks.encode(shape=alt.Shape("whose:N", scale=shapes, legend=legend))
    return pointed(marks, cast, theirs.columns, {"value": value, **PUBLISHED})


def around(
    ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Published dots stand on the line of their row, those of the run around it by arm.

    The sparsity of the level chosen is left out: the list to choose from tells it.
    """
    arms = arms_of(ours, cast)
    middle = (len(arms) - 1) / 2
    offsets = {arm: _SPREAD * (place - middle) for place, arm in enumerate(arms)}
    told = "sparsity_prunable"
    return (
        ours.assign(dodge=ours["arm"].map(offsets)).drop(columns=told),
        theirs.assign(dodge=0).drop(columns=told),
    )


def dots(
    ours: pd.DataFrame,
    theirs: pd.DataFrame,
    x: tuple[alt.X, Told],
    y: alt.Y,
    choosers: list[Chooser],
    cast: Cast,
) -> list[alt.Chart]:
    """Rows of dots, `dodge` pixels below their line, and the intervals of the run's; `x` is where
    each `value` stands, and how it is told."""
    along, value = x
    colour = by_arm(arms_of(ours, cast), cast, as_lines=False)
    base = chart_of(ours, choosers).encode(x=along, y=y, color=colour)
    points = base.mark_point(filled=True, size=45, opacity=1.0, yOffset=OFFSET)
    layers = [pointed(points, cast, ours.columns, {"value": value})]
    if "lower" in ours and ours["lower"].notna().any():
        known = chart_of(ours[ours["lower"].notna()], choosers)
        bars = known.encode(y=y, color=colour).mark_rule(strokeWidth=1.5, yOffset=OFFSET)
        layers.insert(0, bars.encode(x=alt.X("lower:Q"), x2="upper:Q"))
    published = chart_of(theirs, choosers).encode(x=along, y=y)
    return [*layers, hollow(published, cast, theirs, value, OFFSET)]


def level_in_words(rows: pd.DataFrame) -> str:
    """Which level, or round of a study, all rows are of, and its sparsity."""
    ours = "drawn_at" in rows
    share = rows["drawn_at" if ours else "sparsity_prunable"].mean()
    return f"{'level' if ours else 'round'} {rows['level'].iloc[0]} ({percent(share)} zero)"
