"""The figure of training. Built as `report.quality.figures`."""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import axis, by_replicate, shades
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.tables.views import TrainingView

_VALIDATION_LOSS: Final = Told("validation loss (nats per target piece)", SCORE)


def training_data(jobs: tuple[TrainingView, ...], arm: str) -> pd.DataFrame:
    """One row per validation of the arm's levels."""
    columns = ["arm", "replicate", "level", "update", "loss"]
    return pd.DataFrame(
        [
            (job.arm, job.replicate, job.level, update, loss)
            for job in jobs
            for update, loss in job.validation
            if job.arm == arm
        ],
        columns=columns,
    )


def training_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Validation loss against updates, one line per level and replicate."""
    base = alt.Chart(data).encode(
        x=alt.X("update:Q", title="update", axis=axis(",d")),
        y=alt.Y(
            "loss:Q",
            title=_VALIDATION_LOSS.title,
            scale=alt.Scale(zero=False),
        ),
        color=shades("level", "level"),
        detail=alt.Detail("replicate:N"),
    )
    lines = base.mark_line().encode(strokeDash=by_replicate(data))
    points = base.mark_point(filled=True, size=30)
    return figure([lines, pointed(points, cast, data.columns, {"loss": _VALIDATION_LOSS})])
