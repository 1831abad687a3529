"""What probes read off the layers of each network, beside those of the base."""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.dissection.given_layers import FIRST
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.given_networks import (
    depth_lines,
    drawn,
    grouped_rows,
    with_depth,
    with_networks,
)
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.parts.cells import cell, interval_cell
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count, plural
from ticketscope.report.probes.task_rows import best_data, of_layers, titled
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

_BARS: Final = "95 % bootstrap intervals over the sentences of the test split"
_HOW: Final = (
    "No probes were asked for. Run it again with --probes grammar (sentences that ticketscope "
    "generates) or --probes real --probe-data DIR (gold data written by people); nothing else is "
    "measured again."
)


def probe_parts(run: RunTables) -> Iterator[Part]:
    """Differences to the base and the control, task by task, and scores layer by layer."""
    settings = run.study.probing
    if isinstance(run.complexity, NotMeasured):
        yield Gap("The base is a directory of CTranslate2, which shows no states to read from.")
        return
    if not settings.is_asked:
        yield Gap(_HOW)
        return
    probes = run.probes
    if isinstance(probes, NotMeasured):
        yield Gap(probes.reason)
        return
    yield Prose(
        "A probe is a small classifier trained on the frozen word vectors of one layer of the "
        "encoder. What it reads, the layer holds, whether or not the network uses it. Validation "
        f"chooses the best layer; all figures are from test. {plural(settings.seeds, 'seed')} of "
        f"every probe {'are' if settings.seeds > 1 else 'is'} averaged."
    )
    if settings.suite == "grammar":
        yield Prose(
            "The embedded grammar generates sentences and gold labels, so scores say nothing about "
            "tasks on real text.",
            lead="SYNTHETIC probes.",
        )
    cast = run.cast
    for other, name in (("dense", "the base"), ("control", "the control")):
        data = difference_data(probes, cast, other)
        if data.empty:
            continue
        yield Figure(
            f"What sets each network apart from {name}, task by task",
            f"The score of the best layer, less that of {name}. Left of the dashed line a network "
            f"holds less. Bars are {_BARS}, paired. Of 20 bars about one misses 0 by chance.",
            grouped_rows(data, cast, "task", Told("difference in score", "+.3f"), (), (0.0,)),
        )
    layers = layer_data(probes, cast)
    if not layers.empty:
        yield Figure(
            "What each layer holds",
            "The score of a probe on one layer, a task at a time, over the depth of the encoder "
            "(0: embeddings). Intervals are in the table of best layers."
            f"{coinciding(layers, cast, ('network',), along='depth')}",
            depth_lines(
                layers, cast, Told("score of the probe", SCORE), row_choosers(layers, cast, "task")
            ),
        )
    yield _table(probes, cast)


def difference_data(probes: pd.DataFrame, cast: Cast, other: str) -> pd.DataFrame:
    """One row per network and task: the score of its best layer less the other's."""
    of = f"difference_{other}"
    rows = best_data(probes, cast)
    rows = rows[rows[of].notna()]
    ends = {end: rows[f"{of}_{end}"] for end in ("lower", "upper")}
    return drawn(rows.assign(value=rows[of], **ends), cast, "task", "score", "num_test")


def layer_data(probes: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, task and layer: the score, the mean over seeds of the probe."""
    rows = with_depth(titled(of_layers(probes)).drop(columns=["lower", "upper"]), FIRST)
    return drawn(rows, cast, "task", "layer", "depth")


def _table(probes: pd.DataFrame, cast: Cast) -> Table:
    rows = with_networks(best_data(probes, cast), cast)
    return Table(
        title="The best layer of every network and task",
        columns=(
            *("task", "network", "metric", "layer", "score", "95 %", "minus base", "95 %"),
            *("minus control", "95 %", "untrained encoder", "majority", "test targets"),
        ),
        rows=tuple(
            (
                *(row["task"], row["network"], row["metric"]),
                "" if pd.isna(row["layer"]) else str(row["layer"]),
                cell(row["value"], 3),
                interval_cell(row["lower"], row["upper"], 3),
                cell(row["difference_dense"], 3, with_sign=True),
                interval_cell(row["difference_dense_lower"], row["difference_dense_upper"], 3),
                cell(row["difference_control"], 3, with_sign=True),
                interval_cell(row["difference_control_lower"], row["difference_control_upper"], 3),
                cell(row["random_encoder"], 3),
                cell(row["majority"], 3),
                count(row["num_test"]),
            )
            for row in rows.to_dict("records")
        ),
        num_text=3,
        folded=True,
    )
