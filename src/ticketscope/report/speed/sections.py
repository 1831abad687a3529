"""The section on speed and size."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.parts.cells import (
    OTHER_SHARES,
    cell,
    interval_cell,
    other_shares,
    ticket_cells,
)
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count, percent, plural, size
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.speed import figures
from ticketscope.report.speed.findings import findings
from ticketscope.report.speed.timed_rows import engines, settings, where
from ticketscope.report.speed.tradeoff import tradeoff_data
from ticketscope.tables.speed import ENGINE_QUALITY
from ticketscope.tables.table import NotMeasured

RATES = ("pieces/s", "sentences/s", "p50, ms", "p95, ms", "speed, same engine", "95 % interval")
SIZES = ("as in float32", "on disk", "in memory")


def speed_parts(run: RunTables) -> Iterator[Part]:
    """How fast every model decodes, and how many bytes it has."""
    speed = run.speed
    if isinstance(speed, NotMeasured):
        yield Gap(speed.reason)
        return
    yield from found_and_drawn(run, speed)
    for engine, threads, batch in engines(speed):
        data = figures.speed_data(speed, run.cast, engine, threads, batch)
        if not data.empty:
            yield Figure(
                f"Decoding speed against sparsity ({engine}, {where(threads, batch)})",
                "Above the dashed line a model is faster than the dense one in the same engine. "
                f"{how_timed(run)}{coinciding(data, run.cast)}",
                figures.speed_chart(data, run.cast),
            )
    yield columns_said(run)
    yield Table(
        title="Speed and size of every model",
        columns=(
            *("engine", "arm", "replicate", "level", "zeros, prunable", "threads", "batch"),
            *(*RATES, "dense float32 = 1", *SIZES, *OTHER_SHARES),
        ),
        rows=tuple(
            (
                *(row["engine"], *ticket_cells(row), str(row["threads"]), str(row["batch"])),
                *(*rate_cells(row), cell(row["against_dense"], 3), *size_cells(row)),
                *other_shares(row),
            )
            for row in speed.to_dict("records")
        ),
        num_text=2,
        folded=True,
    )


def found_and_drawn(run: RunTables, speed: pd.DataFrame) -> Iterator[Part]:
    """What was found, and quality against speed: for tickets and for networks of others."""
    yield from findings(speed, run.cast)
    quality = run.tables[ENGINE_QUALITY.name]
    if isinstance(quality, NotMeasured):
        yield Gap(quality.reason)
        return
    several = "" if run.cast.is_given or run.study.replicates == 1 else "Replicates are averaged. "
    for threads, batch in settings(speed):
        data = tradeoff_data(speed, quality, run.cast, threads, batch)
        if data.empty:
            continue
        yield Figure(
            f"Quality against speed ({where(threads, batch)})",
            "The ring marks the dense network. On the dashed line lie the networks that no other "
            "one beats in both (Pareto); what is below it or left of it can be had better or "
            f"faster. BLEU is that of the first test set ({quality['test_set'].iloc[0]}), of each "
            f"engine's own translations, with its 95 % interval. {several}A point whose interval "
            f"reaches the line may lie on it as well. {how_timed(run)}",
            figures.tradeoff_chart(data, run.cast),
        )


def how_timed(run: RunTables) -> str:
    """How many rounds there were, over what, and what the interval is."""
    settings = run.study.speed
    return (
        f"Speeds are medians of {plural(settings.rounds, 'round')}, with all networks in turn, "
        f"over n = {count(settings.sentences)} sentences with beam {settings.beam}; a ratio "
        "has a 95 % interval from the order of 6 rounds or more, and none from fewer."
    )


def columns_said(run: RunTables) -> Prose:
    """What the columns of `RATES` and `SIZES` hold, and the one between them."""
    base = run.cast.nouns.dense
    return Prose(
        f"“Speed, same engine” is the speed divided by that of {base} in the same engine, with "
        f"its interval; the column behind it divides by {base} in float32. “p50” and “p95” are "
        "milliseconds for a sentence that comes alone: half of the sentences, or 95 % of them, "
        "take no longer. “As in float32” is the share of sentences that int8 translates as float32 "
        "does. “In memory” counts the weights alone.",
        lead="The columns of the table below.",
    )


def rate_cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """The cells under `RATES`."""
    return (
        count(round(row["tokens_per_second"])),
        cell(row["sentences_per_second"], 1),
        cell(row["latency_p50"], 1),
        cell(row["latency_p95"], 1),
        cell(row["same_engine"], 3),
        interval_cell(row["same_engine_lower"], row["same_engine_upper"], 3),
    )


def size_cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """The cells under `SIZES`."""
    return (
        "" if pd.isna(row["unchanged"]) else percent(row["unchanged"]),
        size(row["bytes"]),
        "" if pd.isna(row["bytes_in_memory"]) else size(row["bytes_in_memory"]),
    )
