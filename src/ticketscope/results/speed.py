"""Decoding speed and size of every ticket.

One job that runs when nothing else does. Tickets and engines are timed in turn, round by round, so
that the machine's drift hits all alike, and what is reported is the median ratio to the dense
model inside a round. Times are measured: this is the one table that a second run does not repeat
to the byte.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from ticketscope.config import Experiment, analysis_identity
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.files import read_json
from ticketscope.results import quality
from ticketscope.results.measured import measured_once
from ticketscope.store import LevelId, Run, dense_of
from ticketscope.translate import ComputeType, Translator, convert
from ticketscope.vocabulary import Vocabulary

STEP = "speed"
COLUMNS = ("engine", "threads", "batch", "tokens_per_second", "bytes", "against_dense")


def measure_run(root: Path, levels: list[LevelId], experiment: Experiment) -> None:
    """Time every ticket of a run."""
    run = Run(root)
    identity = {
        **analysis_identity(experiment, STEP),
        "decoding": analysis_identity(experiment, quality.STEP),
        "threads": experiment.training.threads,
        "tickets": {str(level): run.level(level).digest() for level in levels},
    }
    measured_once(_file(run), identity, lambda: _measure(run, levels, experiment))


def rows(run: Run, levels: list[LevelId]) -> Iterator[dict[str, Any]]:
    """The rows of speed.csv, without the columns that every table begins with."""
    stored = read_json(_file(run))["tickets"]
    for level in levels:
        for row in stored[str(level)]:
            yield {"level_id": level, **row}


def _file(run: Run) -> Path:
    return run.root / "analysis" / f"{STEP}.json"


def _measure(run: Run, levels: list[LevelId], experiment: Experiment) -> dict[str, Any]:
    tickets: dict[str, list[dict[str, Any]]] = {}
    for replicate in sorted({level.replicate for level in levels}):
        group = [level for level in levels if level.replicate == replicate]
        tickets |= _measure_replicate(run, group, experiment)
    return {"tickets": tickets}


def _measure_replicate(
    run: Run, levels: list[LevelId], experiment: Experiment
) -> dict[str, list[dict[str, Any]]]:
    settings, threads = experiment.speed, experiment.training.threads
    corpus = EncodedCorpus(run.corpus)
    vocabulary = Vocabulary(corpus.model_file, experiment.model.norm)
    texts = corpus.text(corpus.test_sets[0]).source[: settings.sentences]
    sources = [vocabulary.pieces(text) for text in texts]
    rates: dict[tuple[LevelId, ComputeType], list[float]] = {}
    sizes: dict[tuple[LevelId, ComputeType], int] = {}
    with tempfile.TemporaryDirectory(prefix="ticketscope-") as scratch:
        for level in levels:
            for engine in get_args(ComputeType):
                folder = Path(scratch) / str(level) / engine
                convert(run.level(level).ticket, folder, engine)
                sizes[level, engine] = (folder / "model.bin").stat().st_size
                rates[level, engine] = []
        for round_number in range(settings.rounds + 1):
            for level, engine in rates:
                folder = Path(scratch) / str(level) / engine
                translator = Translator(folder, threads=threads, compute_type=engine)
                start = time.perf_counter()
                translations = translator.translate(
                    sources,
                    beam=settings.beam,
                    length_penalty=experiment.quality.length_penalty,
                    max_decoding_length=experiment.quality.max_decoding_length,
                    batch_size=settings.batch,
                )
                seconds = time.perf_counter() - start
                if round_number:  # the first round warms up
                    num_tokens = sum(len(pieces) + 1 for pieces in translations)
                    rates[level, engine].append(num_tokens / seconds)
    dense = rates[dense_of(levels[0].replicate), "float32"]
    return {
        str(level): [
            {
                "engine": f"ctranslate2-{engine}",
                "threads": threads,
                "batch": settings.batch,
                "tokens_per_second": round(statistics.median(rates[level, engine]), 1),
                "bytes": sizes[level, engine],
                "against_dense": round(_median_ratio(rates[level, engine], dense), 4),
            }
            for engine in get_args(ComputeType)
        ]
        for level in levels
    }


def _median_ratio(ours: list[float], dense: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, dense, strict=True))
