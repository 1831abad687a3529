"""The section on quality: how much of it is left, with how sure that is."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.lacking import empty_parts
from ticketscope.report.parts.cells import (
    OTHER_SHARES,
    cell,
    interval_cell,
    other_shares,
    ticket_cells,
)
from ticketscope.report.parts.part import Code, Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count
from ticketscope.report.quality import figures
from ticketscope.report.quality.published_quality import published_quality
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

METRIC_NAMES = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "ter": "TER",
    "loss": "Loss",
    "loss_word": "Loss per word",
}


def quality_parts(run: RunTables) -> Iterator[Part]:
    """BLEU and the other metrics against sparsity, and every figure in tables."""
    quality = run.quality
    if isinstance(quality, NotMeasured):
        yield Gap(quality.reason)
        return
    settings, called = run.study.quality, run.cast.nouns
    interval = (
        f"Bars are 95 % bootstrap intervals over sentences ({count(settings.resamples)} resamples)"
    )
    yield Prose(
        f"All models decode with beam {settings.beam} and length penalty "
        f"{settings.length_penalty:g}, and sacreBLEU scores them. In figures, sparsity is the "
        f"share of prunable weights that are zero in the {called.tickets} of a level. The tables "
        "also give it over all weights, and over all but the embeddings."
    )
    control = ""
    if quality["arm"].eq(run.cast.control_name).any():
        yield Prose(
            "The control trains for the same updates with nothing pruned, so none of its weights "
            "are zero. Figures against sparsity draw it at the sparsity of the "
            f"{called.tickets} that it is compared with."
        )
        control = "Compare an arm with the control: only pruning sets the two apart. "
    yield from empty_parts(run.quality_view, run.cast)
    margin = run.study.claims.c0
    for test_set in dict.fromkeys(quality["test_set"]):
        sample = _sample(run, test_set)
        differences = figures.difference_data(quality, run.cast, test_set)
        if not differences.empty:
            yield Figure(
                f"BLEU lost to pruning on {test_set}",
                f"Below 0, a {called.ticket} is worse than the control of its level. Where the "
                f"whole bar is above the lower dashed line, it is not worse by {margin:.1f} BLEU. "
                f"{interval} of the paired difference{sample}.{coinciding(differences, run.cast)}",
                figures.difference_chart(differences, run.cast, margin),
            )
        for metric in _metrics(quality, test_set):
            data = figures.quality_data(quality, run.cast, test_set, metric)
            bars = interval if data["lower"].notna().any() else "No interval is measured"
            yield Figure(
                f"{METRIC_NAMES[metric]} against sparsity on {test_set}",
                f"Each point is one model; lines start at the dense model. {control}"
                f"{bars}{sample}.{coinciding(data, run.cast)}",
                figures.quality_chart(data, run.cast, metric),
            )
    yield from published_quality(run, quality)
    for test_set in dict.fromkeys(quality["test_set"]):
        for metric in _metrics(quality, test_set):
            yield _quality_table(quality, test_set, metric)
    signatures = [text for text in dict.fromkeys(quality["signature"]) if text]
    if signatures:
        yield Code("sacreBLEU signatures", "\n".join(signatures))


def _metrics(quality: pd.DataFrame, test_set: str) -> list[str]:
    present = set(quality.loc[quality["test_set"] == test_set, "metric"])
    return [metric for metric in METRIC_NAMES if metric in present]


def _sample(run: RunTables, test_set: str) -> str:
    if isinstance(run.corpus, NotMeasured) or test_set not in run.corpus.splits:
        return ""
    return f"; n = {count(run.corpus.splits[test_set].kept)} sentences"


def _quality_table(quality: pd.DataFrame, test_set: str, metric: str) -> Table:
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    digits = 3 if metric.startswith("loss") else 2
    return Table(
        title=f"{METRIC_NAMES[metric]} on {test_set}",
        columns=(
            "arm",
            "replicate",
            "level",
            "zeros, prunable",
            METRIC_NAMES[metric],
            "95 %",
            "minus control",
            "95 %",
            "p",
            "minus dense",
            "95 %",
            "p",
            *OTHER_SHARES,
        ),
        rows=tuple(
            (
                *ticket_cells(row),
                cell(row["value"], digits),
                interval_cell(row["lower"], row["upper"], digits),
                *_difference(row, "control", digits),
                *_difference(row, "dense", digits),
                *other_shares(row),
            )
            for row in rows.to_dict("records")
        ),
        num_text=1,
        folded=metric != "bleu",
    )


def _difference(row: Mapping[Any, Any], other: str, digits: int) -> tuple[str, str, str]:
    name = f"difference_{other}"
    return (
        cell(row[name], digits, with_sign=True),
        interval_cell(row[f"{name}_lower"], row[f"{name}_upper"], digits, with_sign=True),
        cell(row[f"p_{other}"], 3),
    )
