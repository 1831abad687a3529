"""Decoding speed and size of every ticket.

One job that runs when nothing else does. A ticket's engines and the dense model are timed in turn,
round by round, so that the machine's drift hits all alike, and what is reported is the median ratio
to the dense model in float32 inside a round. Times are measured: this is the one table that a
second run does not repeat to the byte.
"""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from ticketscope.config import Experiment, analysis_identity
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.files import scratch_folder
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.translate import ComputeType, Translator, convert
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.measured import measured_once, read_result
from ticketscope.steps.quality import measure as quality
from ticketscope.text.vocabulary import Vocabulary

STEP = "speed"
VERSION = 1
"""Raised when a figure is computed in another way: the run is then timed again."""


def measure_run(root: Path, levels: list[LevelId], experiment: Experiment) -> bool:
    """Time every ticket of a run.

    Does nothing that is done already; returns whether there was anything to do.
    """
    run = Run(root)
    identity = {
        **analysis_identity(experiment, STEP, VERSION),
        "decoding": analysis_identity(experiment, quality.STEP, quality.VERSION),
        "threads": experiment.training.threads,
        "tickets": {str(level): run.level(level).digest() for level in levels},
    }
    return measured_once(_file(run), identity, lambda: _measure(run, levels, experiment))


def rows(run: Run, levels: list[LevelId]) -> Iterator[dict[str, Any]]:
    """The rows of speed.csv, without the columns that every table begins with."""
    stored = read_result(_file(run))["tickets"]
    for level in levels:
        for row in stored[str(level)]:
            yield {"level_id": level, **row}


def _file(run: Run) -> Path:
    return run.root / "analysis" / f"{STEP}.json"


def _measure(run: Run, levels: list[LevelId], experiment: Experiment) -> dict[str, Any]:
    sources = _sources(run, experiment)
    tickets: dict[str, list[dict[str, Any]]] = {}
    for replicate in sorted({level.replicate for level in levels}):
        with scratch_folder(run.root) as scratch:
            dense = scratch / "dense"
            convert(ModelFolder(run.level(dense_of(replicate)).ticket), dense, "float32")
            for level in levels:
                if level.replicate == replicate:
                    tickets[str(level)] = _measure_ticket(run, level, experiment, sources, dense)
    return {"tickets": tickets}


def _sources(run: Run, experiment: Experiment) -> list[list[str]]:
    corpus = EncodedCorpus(run.corpus)
    vocabulary = Vocabulary(corpus.model_file, experiment.model.norm)
    texts = corpus.text(corpus.test_sets[0]).source[: experiment.speed.sentences]
    return [vocabulary.pieces(text) for text in texts]


def _measure_ticket(
    run: Run, level: LevelId, experiment: Experiment, sources: list[list[str]], dense: Path
) -> list[dict[str, Any]]:
    """Time one ticket in every engine in turn with the dense model, round by round."""
    settings, threads = experiment.speed, experiment.training.threads
    engines: tuple[ComputeType, ...] = get_args(ComputeType)
    sizes, ticket = {}, ModelFolder(run.level(level).ticket)
    with scratch_folder(dense.parent) as scratch:
        translators = {"dense": Translator(dense, threads=threads, compute_type="float32")}
        for engine in engines:
            convert(ticket, scratch / engine, engine)
            sizes[engine] = (scratch / engine / "model.bin").stat().st_size
            translators[engine] = Translator(scratch / engine, threads=threads, compute_type=engine)
        rates: dict[str, list[float]] = {name: [] for name in translators}
        for round_number in range(settings.rounds + 1):
            for name, translator in translators.items():
                rate = _tokens_per_second(translator, sources, experiment)
                if round_number:  # the first round warms up
                    rates[name].append(rate)
    if level == dense_of(level.replicate):
        rates["float32"] = rates["dense"]  # one and the same model: its noise is no ratio
    return [
        {
            "engine": f"ctranslate2-{engine}",
            "threads": threads,
            "batch": settings.batch,
            "tokens_per_second": round(statistics.median(rates[engine]), 1),
            "bytes": sizes[engine],
            "against_dense": round(_median_ratio(rates[engine], rates["dense"]), 4),
        }
        for engine in engines
    ]


def _tokens_per_second(
    translator: Translator, sources: list[list[str]], experiment: Experiment
) -> float:
    """Target pieces per second, end of sentence included."""
    start = time.perf_counter()
    translations = translator.translate(
        sources,
        beam=experiment.speed.beam,
        length_penalty=experiment.quality.length_penalty,
        max_decoding_length=experiment.quality.max_decoding_length,
        batch_size=experiment.speed.batch,
    )
    seconds = time.perf_counter() - start
    return sum(len(pieces) + 1 for pieces in translations) / seconds


def _median_ratio(ours: list[float], dense: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, dense, strict=True))
