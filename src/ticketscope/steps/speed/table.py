"""The table of speed: rates, latencies and sizes, from the times of all rounds."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

import numpy as np

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.rounds import median_ratio
from ticketscope.steps.bench import Bench

Stored = Mapping[str, Any]
_MILLISECONDS: Final = 1_000
_P95: Final = 95


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of speed.csv, without the columns that every table begins with."""
    stored = {reference: bench.results.read("speed", reference) for reference in bench.panel.dense}
    for label in bench.panel.labels:
        reference = bench.panel.reference_or_self(label)
        found = stored[reference]
        dense = found["tickets"][str(reference)]
        for times in found["tickets"][str(label)]:
            yield {"level_id": label, **row(times, dense, by_pieces=found["by_pieces"])}


def row(times: Stored, dense: Sequence[Stored], *, by_pieces: bool) -> dict[str, Any]:
    """What is told of a network in an engine.

    times: its rounds.
    dense: those of the dense network in all engines; ratios are to its first, and to its own.
    by_pieces: whether their tokenizers are equal, so that pieces are alike; else what counts is the
        time for the same texts.
    """
    own, single = _rates(times, "num_pieces"), times["batch"] == 1
    found: dict[str, Any] = {
        "engine": times["engine"],
        "threads": times["threads"],
        "batch": times["batch"],
        "tokens_per_second": round(median(own), 1),
        "tokens_per_second_lower": round(min(own), 1),
        "tokens_per_second_upper": round(max(own), 1),
        "sentences_per_second": round(median(_rates(times, "num_sentences")), 2),
        "words_per_second": round(median(_rates(times, "num_words")), 1),
        "num_rounds": len(times["seconds"]),
        "num_sentences": times["num_sentences"],
        "bytes": times["bytes"],
        "bytes_in_memory": times["bytes_in_memory"],
        "unchanged": None if times["unchanged"] is None else round(times["unchanged"], 4),
    }
    of = "num_pieces" if by_pieces else "num_words"
    alike = [
        other
        for other in dense
        if (other["threads"], other["batch"]) == (times["threads"], times["batch"])
    ]
    others = {
        "against_dense": alike[:1],
        "same_engine": [other for other in alike if other["engine"] == times["engine"]],
    }
    for column, compared in others.items():
        for other in compared:
            found |= _cells(column, median_ratio(_rates(times, of), _rates(other, of)))
    return found | (_latency(times["seconds"]) if single else {})


def _rates(times: Stored, what: str) -> list[float]:
    """How many there are per second, in each round."""
    return [times[what] / sum(seconds) for seconds in times["seconds"]]


def _cells(column: str, ratio: Estimate) -> dict[str, float]:
    return {name: round(value, 4) for name, value in ratio.cells(column).items()}


def _latency(seconds: Sequence[Sequence[float]]) -> dict[str, float]:
    """Of single sentences, in milliseconds, over the sentences: of each the median round."""
    of_sentences = np.median(np.array(seconds), axis=0) * _MILLISECONDS
    figures = {
        "latency_mean": of_sentences.mean(),
        "latency_p50": np.median(of_sentences),
        "latency_p95": np.percentile(of_sentences, _P95),
    }
    return {name: round(float(value), 3) for name, value in figures.items()}
