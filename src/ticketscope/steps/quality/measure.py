"""Quality of every ticket: translations of the test sets, loss, and the table with intervals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ticketscope.config import Experiment, analysis_identity
from ticketscope.corpus.encoded import EncodedCorpus, corpus_digest
from ticketscope.files import scratch_folder
from ticketscope.lottery.arms import control_of
from ticketscope.measures import quality as measures
from ticketscope.measures.resampling import resample
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.translate import BATCH_SIZE, Translator, convert
from ticketscope.runs.store import DENSE, LevelId, Run, dense_of
from ticketscope.steps.measured import measured_once, read_result
from ticketscope.text.vocabulary import Vocabulary

STEP = "quality"
VERSION = 1
"""Raised when a figure is computed in another way: all tickets are then measured again."""


def measure_ticket(root: Path, level: LevelId, experiment: Experiment) -> bool:
    """Translate the test sets with one ticket and keep the sentence statistics of every metric.

    Does nothing that is done already; returns whether there was anything to do.
    """
    run = Run(root)
    identity = {
        **analysis_identity(experiment, STEP, VERSION),
        "ticket": run.level(level).digest(),
        "corpus": corpus_digest(EncodedCorpus(run.corpus).report),
    }
    return measured_once(
        run.analysis(STEP, level), identity, lambda: _measure(run, level, experiment)
    )


def _measure(run: Run, level: LevelId, experiment: Experiment) -> dict[str, Any]:
    corpus = EncodedCorpus(run.corpus)
    ticket = ModelFolder(run.level(level).ticket)  # checked once, used twice
    translations = _translate(run, ticket, experiment, corpus)
    losses = _losses(ticket, experiment, corpus)
    results: dict[str, Any] = {}
    scores: dict[str, dict[str, float]] = {}
    for name in (*corpus.test_sets, "validation"):
        statistics = {"loss": losses[name]}
        if name in translations:
            references = corpus.text(name).target
            statistics |= measures.sentence_statistics(translations[name], references)
        scores[name] = {metric: measures.score(stats) for metric, stats in statistics.items()}
        results[name] = {
            "statistics": {metric: _to_json(stats) for metric, stats in statistics.items()},
            "translations": translations.get(name),
        }
    return {"scores": scores, "test_sets": results}


def _translate(
    run: Run, ticket: ModelFolder, experiment: Experiment, corpus: EncodedCorpus
) -> dict[str, list[str]]:
    with translating(run, ticket, experiment) as translate:
        return {name: translate(corpus.text(name).source) for name in corpus.test_sets}


@contextmanager
def translating(
    run: Run, ticket: ModelFolder, experiment: Experiment
) -> Iterator[Callable[[Sequence[str]], list[str]]]:
    """What translates texts with a ticket as its quality is measured."""
    settings = experiment.quality
    vocabulary = Vocabulary(EncodedCorpus(run.corpus).model_file, experiment.model.norm)
    with scratch_folder(run.root) as scratch:
        converted = scratch / "model"
        convert(ticket, converted)
        translator = Translator(
            converted, threads=experiment.training.threads, compute_type="float32"
        )

        def translate(sources: Sequence[str]) -> list[str]:
            translations = translator.translate(
                [vocabulary.pieces(text) for text in sources],
                beam=settings.beam,
                length_penalty=settings.length_penalty,
                max_decoding_length=settings.max_decoding_length,
                batch_size=BATCH_SIZE,
            )
            return [vocabulary.decode_pieces(pieces) for pieces in translations]

        yield translate


def _losses(
    ticket: ModelFolder, experiment: Experiment, corpus: EncodedCorpus
) -> dict[str, measures.SentenceStatistics]:
    device = experiment.training.device
    network = ticket.network().to(device)
    statistics = {}
    for name in (*corpus.test_sets, "validation"):
        losses = sentence_losses(
            network, corpus.split(name), max_tokens=experiment.batches.max_tokens, device=device
        )
        statistics[name] = measures.loss_statistics(
            losses.negative_log_likelihood, losses.num_tokens
        )
    return statistics


def _to_json(stats: measures.SentenceStatistics) -> dict[str, Any]:
    return {"signature": stats.signature, "sentences": stats.statistics.tolist()}


# ----------------------------------------------------------------------------- the table


@dataclass(frozen=True)
class _Scored:
    """One metric of one ticket on one test set with its resamples."""

    stats: measures.SentenceStatistics
    boot: np.ndarray


def rows(run: Run, levels: list[LevelId], experiment: Experiment) -> Iterator[dict[str, Any]]:
    """The rows of quality.csv, without the columns that every table begins with."""
    settings = experiment.quality
    resamples = cache(lambda num: resample(num, settings.resamples, settings.seed))
    stored = cache(lambda level: read_result(run.analysis(STEP, level))["test_sets"])

    @cache
    def scored(level: LevelId, test_set: str, metric: str) -> _Scored:
        raw = stored(level)[test_set]["statistics"][metric]
        stats = measures.SentenceStatistics(metric, np.array(raw["sentences"]), raw["signature"])
        return _Scored(stats, measures.bootstrap(stats, resamples(len(stats))))

    for level in levels:
        others = {
            "dense": None if level.arm == DENSE else dense_of(level.replicate),
            "control": control_of(level, experiment.lottery),
        }
        for test_set, result in stored(level).items():
            for metric in result["statistics"]:
                ours = scored(level, test_set, metric)
                row: dict[str, Any] = {
                    "level_id": level,
                    "test_set": test_set,
                    "metric": metric,
                    **measures.estimate(ours.stats, ours.boot).cells(),
                    "signature": measures.bootstrap_signature(
                        ours.stats, settings.resamples, settings.seed
                    ),
                }
                for name, other in others.items():
                    if other is not None:
                        row |= _difference(name, ours, scored(other, test_set, metric))
                yield row


def _difference(name: str, ours: _Scored, other: _Scored) -> Mapping[str, float]:
    difference = measures.paired_difference(ours.stats, ours.boot, other.stats, other.boot)
    return {**difference.cells(f"difference_{name}"), f"p_{name}": difference.p}
