"""The figures: for each a function that picks the data drawn and one that draws just that.

`…_data` takes a table as `ticketscope.report.tables` reads it and gives one row per mark; `…_chart`
takes those rows and gives a Vega-Lite chart that computes nothing, so a figure can be tested as
data.
"""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.report.drawing import (
    GREY,
    RUNG_TITLE,
    TICKET,
    Cell,
    axis,
    by_replicate,
    drawn_at,
    figure,
    from_one,
    heat_map,
    pruned_rows,
    row_choosers,
    series,
    shades,
    value_axis,
    with_role,
)
from ticketscope.report.pointing import SCORE, SHARE, Told, pointed
from ticketscope.report.views import TrainingView
from ticketscope.report.wording import percent

METRICS: Final = {
    "bleu": Told("BLEU (0 to 100, higher is better)", ".2f"),
    "chrf": Told("chrF (0 to 100, higher is better)", ".2f"),
    "ter": Told("TER (edits per 100 words, lower is better)", ".2f"),
    "loss": Told("loss (nats per target piece, lower is better)", SCORE),
}

# ----------------------------------------------------------------------------- quality


def quality_data(quality: pd.DataFrame, test_set: str, metric: str) -> pd.DataFrame:
    """One row per ticket: its value with its interval, and the sparsity it is `drawn_at`."""
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    return drawn_at(rows)[[*TICKET, "drawn_at", "value", "lower", "upper"]]


def quality_chart(data: pd.DataFrame, metric: str) -> alt.LayerChart:
    """Quality against sparsity, one line per arm and replicate, all starting at the dense model."""
    return figure(series(data, METRICS[metric], with_intervals=True))


def difference_data(quality: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """One row per pruned ticket compared with the control: the paired difference in BLEU."""
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == "bleu")]
    rows = pruned_rows(rows[rows["difference_control"].notna()])
    values = {
        "value": rows["difference_control"],
        "lower": rows["difference_control_lower"],
        "upper": rows["difference_control_upper"],
    }
    return drawn_at(rows.assign(**values))[[*TICKET, "drawn_at", "value", "lower", "upper"]]


def difference_chart(data: pd.DataFrame, margin: float) -> alt.LayerChart:
    """Differences against sparsity, with lines at no difference and at minus the margin."""
    value = Told("BLEU of the ticket minus its control's", "+.2f")
    lines = alt.Chart(pd.DataFrame({"value": [0.0, -margin]})).mark_rule(strokeDash=[4, 4])
    lines = lines.encode(y=value_axis(value), color=alt.value(GREY))
    return figure([lines, *series(data, value, True)])


# ----------------------------------------------------------------------------- sparsity

_ROLES: Final = alt.Y("role:N", sort=None, title=None)
_ZERO: Final = Cell("sparsity", "zero", ".0%", {"sparsity": Told("zeros among them", SHARE)})


def role_data(sparsity: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Zeros of the `kind` by module, block and projection, pooled over layers and replicates."""
    tensors = with_role(sparsity[sparsity["head"].isna() & (sparsity["kind"] == kind)])
    data = _pooled(tensors, ["role"])
    rungs = zip(data["level"], data["sparsity_prunable"], strict=True)
    return data.assign(rung=[f"{level}: {percent(share)}" for level, share in rungs])


def role_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of roles by levels, one arm at a time."""
    x = alt.X("rung:N", sort=None, title=RUNG_TITLE)
    return heat_map(data, x, _ROLES, _ZERO, row_choosers(data, "arm"))


def layer_data(sparsity: pd.DataFrame) -> pd.DataFrame:
    """Zeros among the weights (not biases) by role and layer, pooled over replicates."""
    tensors = sparsity[sparsity["head"].isna() & (sparsity["kind"] == "weight")]
    return _pooled(with_role(tensors[tensors["layer"].notna()]), ["role", "layer"])


def layer_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of roles by layers, one level at a time."""
    x = alt.X("layer:O", title="layer", axis=alt.Axis(labelAngle=0))
    return heat_map(data, x, _ROLES, _ZERO, row_choosers(data, "arm", "level"))


def head_data(sparsity: pd.DataFrame) -> pd.DataFrame:
    """Zeros of an attention head, over its q, k, v and out weights, pooled over replicates."""
    heads = from_one(sparsity[sparsity["head"].notna() & (sparsity["kind"] == "weight")])
    return _pooled(with_role(heads, "layer"), ["role", "head"])


def head_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Heat map of the attentions of every layer by heads, one level at a time."""
    x = alt.X("head:O", title="head", axis=alt.Axis(labelAngle=0))
    return heat_map(data, x, _ROLES, _ZERO, row_choosers(data, "arm", "level"))


def _pooled(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Zeros and weights of the pruned arms added up over replicates and whatever `by` leaves out.

    `sparsity_prunable` is that of the level, the mean over replicates (they hardly differ).
    """
    pruned = pruned_rows(rows)
    keys = ["arm", "level", *by]
    levels = pruned.groupby(["arm", "level"])["sparsity_prunable"].mean()
    sums = pruned.groupby(keys, sort=False)[["num_pruned", "num_weights"]].sum().reset_index()
    return sums.assign(sparsity=sums["num_pruned"] / sums["num_weights"]).join(
        levels, on=["arm", "level"]
    )


# ----------------------------------------------------------------------------- speed, training


def speed_data(speed: pd.DataFrame, engine: str, threads: int, batch: int) -> pd.DataFrame:
    """One row per ticket: decoding speed in shares of the dense model's in float32."""
    chosen = (speed["engine"] == engine) & (speed["threads"] == threads) & (speed["batch"] == batch)
    rows = drawn_at(speed[chosen & speed["against_dense"].notna()])
    rows = rows.assign(value=rows["against_dense"])
    return rows[[*TICKET, "drawn_at", "value", "tokens_per_second", "bytes"]]


def speed_chart(data: pd.DataFrame) -> alt.LayerChart:
    """Speed against sparsity, with a line at the speed of the dense model in float32."""
    value = Told("decoding speed, dense float32 = 1", SCORE)
    y = value_axis(value, alt.Scale())
    line = alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(strokeDash=[4, 4])
    return figure([line.encode(y=y, color=alt.value(GREY)), *series(data, value, False, y=y)])


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


def training_chart(data: pd.DataFrame) -> alt.LayerChart:
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
    return figure([lines, pointed(points, data.columns, {"loss": _VALIDATION_LOSS})])
