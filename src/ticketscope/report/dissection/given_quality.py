"""How well each network translates, beside the base that it comes from."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.given_networks import drawn, network_rows, with_networks
from ticketscope.report.drawing.metrics import given_metrics, unit_of_given, with_given
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.lacking import empty_parts
from ticketscope.report.parts.cells import cell, interval_cell
from ticketscope.report.parts.part import Code, Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

METRICS: Final = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "ter": "TER",
    "loss_word": "loss per word",
    "loss": "loss per piece",
}
"""Metrics of quality.csv as the page names them, the first one shown first."""
UNITS: Final = {
    "bleu": "0 to 100, higher is better",
    "chrf": "0 to 100, higher is better",
    "ter": "edits per 100 words, lower is better",
    "loss_word": "nats, lower is better, comparable between tokenizers",
    "loss": "nats per target piece, lower is better",
}
BASE, CONTROL = "dense", "control"
"""What columns `difference_…` are differences to."""


def named_metrics(quality: pd.DataFrame) -> pd.DataFrame:
    """The rows by metric under their names, in the order of `METRICS`, then what others gave."""
    names = with_given(METRICS, quality)
    order = list(names)
    known = quality.sort_values("metric", key=lambda of: of.map(order.index), kind="stable")
    return known.assign(measure=known["metric"].map(names))


def difference_data(quality: pd.DataFrame, cast: Cast, test_set: str, other: str) -> pd.DataFrame:
    """One row per network and metric: its paired difference to the base or to the control."""
    of = f"difference_{other}"
    rows = named_metrics(quality[(quality["test_set"] == test_set) & quality[of].notna()])
    ends = {end: rows[f"{of}_{end}"] for end in ("lower", "upper")}
    return drawn(rows.assign(value=rows[of], **ends), cast, "measure")


def score_data(quality: pd.DataFrame, cast: Cast, test_set: str) -> pd.DataFrame:
    """One row per network and metric: its score."""
    rows = named_metrics(quality[quality["test_set"] == test_set])
    return drawn(rows, cast, "measure")


def quality_parts(run: RunTables) -> Iterator[Part]:
    """Differences to the base and the control on every test set, and all figures in tables."""
    quality = run.quality
    if isinstance(quality, NotMeasured):
        yield Gap(quality.reason)
        return
    settings = run.study.quality
    yield Prose(
        f"All networks decode with beam {settings.beam} and length penalty "
        f"{settings.length_penalty:g}, and sacreBLEU scores them. Differences are paired by "
        f"sentence; bars are 95 % bootstrap intervals over sentences ({count(settings.resamples)} "
        "resamples). They say nothing about other training seeds."
    )
    cast = run.cast
    yield from empty_parts(run.quality_view, cast)
    for test_set in dict.fromkeys(quality["test_set"]):
        for other, name in ((BASE, "the base"), (CONTROL, "the control")):
            data = difference_data(quality, cast, test_set, other)
            if data.empty:
                continue
            yield Figure(
                f"What sets each network apart from {name} on {test_set}",
                f"The dashed line is {name}. {_better(data, quality)}",
                difference_chart(data, cast),
            )
        data = score_data(quality, cast, test_set)
        yield Figure(
            f"How each network scores on {test_set}",
            f"{_better(data, quality)}",
            network_rows(data, cast, Told("score", SCORE), row_choosers(data, cast, "measure")),
        )
        yield from _tables(quality, cast, test_set)
    signatures = [text for text in dict.fromkeys(quality["signature"]) if text]
    if signatures:
        yield Code("Signatures of the metrics", "\n".join(signatures))


def difference_chart(data: pd.DataFrame, cast: Cast) -> Any:
    """A row per network: its difference, one metric at a time."""
    value = Told("difference", "+.3f")
    return network_rows(data, cast, value, row_choosers(data, cast, "measure"), rules=(0.0,))


def _better(data: pd.DataFrame, quality: pd.DataFrame) -> str:
    units = {METRICS[name]: unit for name, unit in UNITS.items()}
    units |= {name: unit_of_given(better) for name, better in given_metrics(quality).items()}
    told = [f"{name}: {units[name]}" for name in dict.fromkeys(data["measure"])]
    return f"{'; '.join(told)}."


def _tables(quality: pd.DataFrame, cast: Cast, test_set: str) -> Iterator[Table]:
    rows = named_metrics(quality[quality["test_set"] == test_set])
    for place, (metric, name) in enumerate(with_given(METRICS, rows).items()):
        of_metric = with_networks(rows[rows["metric"] == metric], cast)
        if of_metric.empty:
            continue
        digits = 2 if metric in ("bleu", "chrf", "ter") else 3
        yield Table(
            title=f"{name} on {test_set}",
            columns=(
                *("network", name, "95 %", "minus base", "95 %", "p"),
                *("minus control", "95 %", "p"),
            ),
            rows=tuple(
                (
                    row["network"],
                    cell(row["value"], digits),
                    interval_cell(row["lower"], row["upper"], digits),
                    *_difference(row, BASE, digits),
                    *_difference(row, CONTROL, digits),
                )
                for row in of_metric.to_dict("records")
            ),
            num_text=1,
            folded=place > 0,
        )


def _difference(row: Any, other: str, digits: int) -> tuple[str, str, str]:
    name = f"difference_{other}"
    return (
        cell(row[name], digits, with_sign=True),
        interval_cell(row[f"{name}_lower"], row[f"{name}_upper"], digits, with_sign=True),
        cell(row[f"p_{other}"], 3),
    )
