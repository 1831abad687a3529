"""Slices of the test sets, by length, by the rarest piece and by the grammar's tags; their scores.

How rare a piece is, the training corpus of a lottery tells; it is not known of other networks.

They are cut from what the quality step kept of every sentence, so nothing is translated anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.config import GrammarCorpus
from ticketscope.corpus import grammar
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.grammar.phenomena import phenomena_of
from ticketscope.damage.locales import language_of
from ticketscope.damage.running_words import parts_words, words
from ticketscope.measures import translation_scores as measures
from ticketscope.measures.resampling import resample
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.quality.resampled import better
from ticketscope.steps.scores import kept_scores
from ticketscope.steps.scores.kept_scores import FEWEST_SENTENCES

METRICS = ("bleu", "chrf", "loss")
"""Those that are measured here; scores that others gave come behind them."""
_LENGTHS = np.array([5, 10, 15, 25])
"""The most words of every bin of lengths but the last."""


@dataclass(frozen=True)
class Bucket:
    """Some sentences of a test set: their places, ascending."""

    kind: str
    name: str
    places: NDArray[np.int64]


def slice_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of behaviour.csv that score buckets of sentences, without its first columns."""
    measured = {level: _measured(bench, level) for level in bench.panel.labels}
    metrics = dict.fromkeys(metric for found in measured.values() for _, metric in found)
    for test_set, cut in bench.once(cuts).items():
        for bucket in cut:
            for metric in metrics:
                place = {
                    "bucket_kind": bucket.kind,
                    "bucket": bucket.name,
                    "test_set": test_set,
                    "metric": metric,
                    "better": better(metric, bench),
                }
                of_levels = {
                    level: _sliced(found[test_set, metric], bucket)
                    for level, found in measured.items()
                    if (test_set, metric) in found
                }
                for level, figures in _scores(of_levels, bench).items():
                    yield {"level_id": level, **place, **figures}


def _measured(bench: Bench, level: LevelId) -> dict[tuple[str, str], measures.SentenceStatistics]:
    """What the quality step kept and what others gave, by test set and metric."""
    kept = bench.results.read(QUALITY, level)["test_sets"]
    found = {
        (test_set, metric): measures.SentenceStatistics(
            metric,
            np.array(result["statistics"][metric]["sentences"]),
            result["statistics"][metric]["signature"],
        )
        for test_set, result in kept.items()
        for metric in METRICS
        if metric in result["statistics"]
    }
    given = bench.once(kept_scores.statistics)
    for test_set in kept:
        for metric, stats in given.get((level, test_set), {}).items():
            found[test_set, metric] = stats
    return found


def _sliced(stats: measures.SentenceStatistics, bucket: Bucket) -> measures.SentenceStatistics:
    return replace(stats, statistics=stats.statistics[bucket.places])


def _scores(
    of_levels: Mapping[LevelId, measures.SentenceStatistics], bench: Bench
) -> dict[LevelId, dict[str, float]]:
    """Each network's score on one slice with its interval, and paired differences; as in
    quality.csv, but that the resamples are drawn from the sentences of the slice."""
    numbers = {level: measures.num_scored(stats) for level, stats in of_levels.items()}
    enough = {level: of_levels[level] for level in of_levels if numbers[level] >= FEWEST_SENTENCES}
    found: dict[LevelId, dict[str, float]] = {
        level: {"num_sentences": num} for level, num in numbers.items()
    }
    if not enough:
        return found
    settings = bench.study.quality
    resamples = resample(len(next(iter(enough.values()))), settings.resamples, settings.seed)
    boots = dict(zip(enough, measures.bootstraps([*enough.values()], resamples), strict=True))
    for level, stats in enough.items():
        found[level] |= measures.estimate(stats, boots[level]).cells()
        for name, other in bench.panel.baselines(level).items():
            if other not in enough or not measures.are_comparable(stats, enough[other]):
                continue
            a, b = measures.in_common(stats, enough[other])
            shared = measures.num_scored(a)
            if shared < FEWEST_SENTENCES:
                continue
            is_whole = shared == numbers[level] == numbers[other]
            resampled = (
                (boots[level], boots[other])
                if is_whole
                else [measures.bootstrap(each, resamples) for each in (a, b)]
            )
            difference = measures.paired_difference(a, resampled[0], b, resampled[1])
            found[level] |= difference.cells(f"difference_{name}")
    return found


# ----------------------------------------------------------------------------- buckets


def cuts(bench: Bench) -> dict[str, list[Bucket]]:
    """How every test set is cut (`bench.once`)."""
    return {test_set: buckets(bench, test_set) for test_set in bench.held_out.test_sets}


def buckets(bench: Bench, test_set: str) -> list[Bucket]:
    """How a test set is cut. Lengths and rarities part its sentences; tags may share some."""
    sources = bench.held_out.text(test_set).source
    lengths = lengths_of(sources, bench.study.languages.source)
    found = [*_binned("length", lengths, _LENGTHS)]
    if bench.training:
        rarest = _rarest(test_set, bench.training, bench.once(_training_counts))
        quartiles = np.unique(np.quantile(rarest, (0.25, 0.5, 0.75), method="inverted_cdf"))
        found += _binned("rarity", rarest, quartiles)
    if bench.study.grammar:
        found += _tagged(sources, test_set, bench.study.grammar)
    return found


def lengths_of(sources: Sequence[str], code: str) -> NDArray[np.int64]:
    """Words of sentences; of languages without blanks between words their characters, since blanks
    would make each sentence one word."""
    parts = str.split if parts_words(language_of(code)) else words
    return np.array([len(parts(source)) for source in sources], dtype=np.int64)


def _training_counts(bench: Bench) -> NDArray[np.int64]:
    """How often each piece is in the sources of the training data, ``[vocabulary_size]``."""
    codec = bench.panel.tokenizer(bench.panel.labels[0]).source
    return bench.encoded.split("train").source_piece_counts(len(codec.names))


def _rarest(
    test_set: str, corpus: EncodedCorpus, training_counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How often the rarest piece of each source is in training. A sentence without a piece has no
    rare one."""
    split = corpus.split(test_set)
    most = training_counts.max()
    return np.array(
        [training_counts[split.source(place)].min(initial=most) for place in range(len(split))]
    )


def _binned(kind: str, values: NDArray[Any], highest: NDArray[Any]) -> Iterator[Bucket]:
    """Bins that end with the `highest` values, ascending, and one of all above; none is empty."""
    ends = [int(end) for end in highest]
    names = [f"up to {ends[0]}"]
    names += [f"{low + 1} to {high}" for low, high in pairwise(ends)]
    names += [f"{ends[-1] + 1} and more"]
    bins = np.searchsorted(highest, values)
    for number, name in enumerate(names):
        places = np.flatnonzero(bins == number)
        if len(places):
            yield Bucket(kind, name, places)


def _tagged(sources: Sequence[str], test_set: str, settings: GrammarCorpus) -> Iterator[Bucket]:
    """One bucket per phenomenon that sentences of a test set of the grammar show.

    None where the grammar has changed since the corpus was made and draws other sentences: what is
    not drawn is not tagged.
    """
    split: grammar.Split = "novel" if test_set == "novel" else "test"
    drawn = grammar.translated(split, len(sources), settings.seed)
    shown = defaultdict(list)
    for place, (found, source) in enumerate(zip(drawn, sources, strict=True)):
        if found.english != source:
            return
        for phenomenon in phenomena_of(found.derivation, found.german):
            shown[phenomenon].append(place)
    for phenomenon in sorted(shown):
        yield Bucket("tag", phenomenon, np.array(shown[phenomenon]))
