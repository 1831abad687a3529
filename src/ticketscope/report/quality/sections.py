"""The section on quality: how much of it is left, with how sure that is."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.metrics import given_metrics, told, with_given
from ticketscope.report.drawing.pointing import SCORE, Told
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
                figures.difference_chart(
                    differences, run.cast, (0.0, -margin), Told("BLEU", "+.2f")
                ),
            )
        for metric, better in given_metrics(quality).items():
            differences = figures.difference_data(quality, run.cast, test_set, metric)
            if not differences.empty:
                yield Figure(
                    f"{metric} beside the control on {test_set}",
                    f"{'Below' if better == 'higher' else 'Above'} 0, a {called.ticket} is worse "
                    f"than the control of its level. {interval} of the paired difference; "
                    f"{_scored(quality, test_set, metric)}."
                    f"{coinciding(differences, run.cast)}",
                    figures.difference_chart(
                        differences, run.cast, (0.0,), Told(metric, f"+{SCORE}")
                    ),
                )
        for metric, name in _metrics(quality, test_set).items():
            data = figures.quality_data(quality, run.cast, test_set, metric)
            bars = interval if data["lower"].notna().any() else "No interval is measured"
            yield Figure(
                f"{name} against sparsity on {test_set}",
                f"Each point is one model; lines start at the dense model. {control}"
                f"{bars}{_given_sample(quality, test_set, metric) or sample}."
                f"{coinciding(data, run.cast)}",
                figures.quality_chart(data, run.cast, told(metric, figures.METRICS, quality)),
            )
    yield from published_quality(run, quality)
    for test_set in dict.fromkeys(quality["test_set"]):
        for metric, name in _metrics(quality, test_set).items():
            yield _quality_table(quality, test_set, metric, name)
    signatures = [text for text in dict.fromkeys(quality["signature"]) if text]
    if signatures:
        yield Code("Signatures of the metrics", "\n".join(signatures))


def _metrics(quality: pd.DataFrame, test_set: str) -> dict[str, str]:
    """The metrics of a test set with their names."""
    present = set(quality.loc[quality["test_set"] == test_set, "metric"])
    names = with_given(METRIC_NAMES, quality)
    return {metric: name for metric, name in names.items() if metric in present}


def _given_sample(quality: pd.DataFrame, test_set: str, metric: str) -> str:
    """Of a metric that others gave, how many sentences have a score; "" for the others."""
    return f"; {_scored(quality, test_set, metric)}" if metric in given_metrics(quality) else ""


def _scored(quality: pd.DataFrame, test_set: str, metric: str) -> str:
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    numbers = sorted(set(rows["num_sentences"].dropna().astype(int)))
    sizes = " to ".join(dict.fromkeys(count(number) for number in (numbers[0], numbers[-1])))
    return f"n = {sizes} sentences whose scores were given"


def _sample(run: RunTables, test_set: str) -> str:
    if isinstance(run.corpus, NotMeasured) or test_set not in run.corpus.splits:
        return ""
    return f"; n = {count(run.corpus.splits[test_set].kept)} sentences"


def _quality_table(quality: pd.DataFrame, test_set: str, metric: str, name: str) -> Table:
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    digits = 2 if metric in ("bleu", "chrf", "ter") else 3
    return Table(
        title=f"{name} on {test_set}",
        columns=(
            "arm",
            "replicate",
            "level",
            "zeros, prunable",
            name,
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
