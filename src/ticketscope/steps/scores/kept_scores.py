"""The scores that others gave, kept in the run directory, so that its tables need no other file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from ticketscope.config import Study
from ticketscope.corpus.stored_texts import HeldOut, corpus_digest
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.measures.translation_scores import SentenceStatistics, given_statistics, num_scored
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.results import measured_once
from ticketscope.steps.scores import SCORES
from ticketscope.steps.scores.score_files import GivenScores, Known, names_of, read_scores

VERSION: Final = 1
FEWEST_SENTENCES: Final = 20
"""A network with fewer scored sentences of a test set, if it has more, is counted and not scored;
so is a slice of fewer."""


def given(study: Study, held_out: HeldOut) -> GivenScores:
    """The user's files. Raises `InputError` for the first fault."""
    metrics = study.scores.better
    sizes = {name: len(held_out.text(name).source) for name in held_out.test_sets}
    files = [Path(path) for path in study.scores.paths]
    found = read_scores(files, Known(names_of(study), sizes, metrics))
    if unknown := [name for name in metrics if name not in found.better]:
        raise InputError(
            f"scores.better: no file has the metric {unknown[0]}; valid: {', '.join(found.better)}"
        )
    return found


def prepare(bench: Bench) -> bool:
    """Read and keep them, unless that is done; returns whether it was done now."""
    settings = bench.study.scores
    identity = {
        "version": VERSION,
        "files": [sha256(Path(path)) for path in settings.paths],
        "better": dict(settings.better),
        "corpus": corpus_digest(bench.held_out.report),
    }

    def read() -> dict[str, Any]:
        found = given(bench.study, bench.held_out)
        return {
            "better": found.better,
            "files": found.files,
            "values": [
                {
                    "metric": metric,
                    "network": [label.replicate, label.arm, label.level],
                    "test_set": test_set,
                    "values": [None if np.isnan(value) else float(value) for value in values],
                }
                for (metric, label, test_set), values in found.values.items()
            ],
        }

    return measured_once(bench.results.place(SCORES), identity, read)


def kept(bench: Bench) -> GivenScores:
    """What `prepare` kept; nothing where no file is given."""
    if not bench.study.scores.paths:
        return GivenScores()
    stored = bench.results.read(SCORES)
    values = {
        (of["metric"], LevelId(*of["network"]), of["test_set"]): np.array(
            [np.nan if value is None else value for value in of["values"]]
        )
        for of in stored["values"]
    }
    return GivenScores(stored["better"], values, stored["files"])


def statistics(bench: Bench) -> dict[tuple[LevelId, str], dict[str, SentenceStatistics]]:
    """By network and test set the statistics of every metric that others gave it (`bench.once`).

    A network of which hardly any sentence has a score is left out (`FEWEST_SENTENCES`).
    """
    scores = bench.once(kept)
    found: dict[tuple[LevelId, str], dict[str, SentenceStatistics]] = {}
    for (metric, label, test_set), values in scores.values.items():
        signature = f"given|better:{scores.better[metric]}|file:{'+'.join(scores.files[metric])}"
        stats = given_statistics(metric, values, signature)
        if num_scored(stats) >= min(FEWEST_SENTENCES, len(stats)):
            found.setdefault((label, test_set), {})[metric] = stats
    return found


def remarks(bench: Bench) -> Iterator[str]:
    """Which networks lack a metric, or have it of some sentences only."""
    scores = bench.once(kept)
    labels = bench.panel.labels
    for metric in scores.better:
        for test_set in bench.held_out.test_sets:
            by_number: dict[int, list[str]] = {}
            for label in labels:
                values = scores.values.get((metric, label, test_set), np.zeros(0))
                num = int(np.count_nonzero(~np.isnan(values)))
                by_number.setdefault(num, []).append(str(label))
            num_sentences = len(bench.held_out.text(test_set).source)
            for num in sorted(by_number.keys() - {num_sentences}):
                networks = f"{len(by_number[num])} of {len(labels)} networks"
                yield (
                    f"{SCORES}: {networks} have {metric} of {num:,} of the {num_sentences:,} "
                    f"sentences of {test_set}: {_first(by_number[num])}; "
                    + _what_follows(num, num_sentences)
                )


def _what_follows(num: int, num_sentences: int) -> str:
    if not num:
        return "they have no figure there"
    if num < min(FEWEST_SENTENCES, num_sentences):
        return f"fewer than {FEWEST_SENTENCES} are counted and not scored"
    return "the mean is over these, and a difference over those that both networks have"


def _first(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
