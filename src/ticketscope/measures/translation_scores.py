"""Translation quality with intervals: BLEU, chrF, TER and loss of a test set.

A metric is made as sacreBLEU (Post 2018) makes it: sufficient statistics of every sentence, a
formula on their sums, and a signature that makes the score describe itself. Nothing but these
statistics has to be kept of a system: its score, bootstrap intervals (Koehn 2004) and paired
differences from any other system on the same sentences follow from them without the text.

The formulas are sacreBLEU's own, so a score equals `corpus_score` exactly. Its bootstrap is
not used, since it takes its seed from the environment and gives no interval of a difference;
`measures.resampling.resample` draws the same resamples for the same seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import p_two_sided, resampled_sums, with_percentiles

LOSS, LOSS_WORD = "loss", "loss_word"
BETTER = {"bleu": "higher", "chrf": "higher", "ter": "lower", LOSS: "lower", LOSS_WORD: "lower"}
"""Of every metric that is measured here, whether a higher or a lower score is better."""

# sacreBLEU's defaults: BLEU and chrF are cased, TER is not (its signature says case:lc).
_TEXT_METRICS: dict[str, type[Metric]] = {"bleu": BLEU, "chrf": CHRF, "ter": TER}


@dataclass(frozen=True, eq=False)
class SentenceStatistics:
    """Sufficient statistics of one metric for every sentence of a test set.

    `metric` is ``bleu``, ``chrf``, ``ter``, ``loss`` or ``loss_word``, or the name of a score from
    elsewhere, of which the mean is taken (`given_statistics`); `statistics` is
    ``[num_sentences, num_statistics]``, float64, read-only, and its column sums decide the score;
    `signature` says how the score is made, in sacreBLEU's words. Three plain fields, so that they
    can be stored as an array and two strings.
    """

    metric: str
    statistics: NDArray[np.float64]
    signature: str

    def __post_init__(self) -> None:
        statistics = np.array(self.statistics, dtype=np.float64)
        if statistics.ndim != 2 or not len(statistics):
            raise ValueError("statistics must be [num_sentences, num_statistics], not empty")
        if not np.isfinite(statistics).all():
            raise ValueError("statistics must be finite")
        if self.metric not in BETTER and statistics.shape[1] != 2:
            raise ValueError(f"{self.metric!r} is no metric of this tool, so it is a mean")
        statistics.flags.writeable = False
        object.__setattr__(self, "statistics", statistics)

    def __len__(self) -> int:
        """Number of sentences."""
        return len(self.statistics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Estimate):
    """A paired difference of two systems with its bootstrap interval and its p-value."""

    p: float


# ------------------------------------------------------------------ statistics of sentences


def sentence_statistics(
    hypotheses: Sequence[str], references: Sequence[str]
) -> dict[str, SentenceStatistics]:
    """Statistics of BLEU (13a tokens, exp smoothing), chrF (chrF2) and TER, by metric name.

    Both sides are detokenised text, one reference per sentence. Raises `ValueError` when their
    numbers differ or are zero.
    """
    if len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses for {len(references)} references")
    if not hypotheses:
        raise ValueError("no sentence to score")
    statistics = {}
    for name, metric_class in _TEXT_METRICS.items():
        metric = metric_class()
        rows = metric._extract_corpus_statistics(hypotheses, [references])
        statistics[name] = SentenceStatistics(name, np.array(rows), str(metric.get_signature()))
    return statistics


def loss_statistics(
    negative_log_likelihood: ArrayLike, num_tokens: ArrayLike
) -> SentenceStatistics:
    """Statistics of the loss: nats per target token, over all tokens of the test set.

    Takes the summed negative log-likelihood (nats, no label smoothing) and the number of target
    tokens of every sentence, both ``[num_sentences]``. Likelihoods are rounded to multiples of
    2^-24 nats, far below the error of float32, so that sums are exact in any order, as those of
    the other metrics are. Raises `ValueError` for unequal shapes or a sentence without a token.
    """
    nats = np.asarray(negative_log_likelihood, dtype=np.float64)
    tokens = np.asarray(num_tokens, dtype=np.float64)
    if nats.ndim != 1 or nats.shape != tokens.shape:
        raise ValueError(f"loss: shapes {nats.shape} and {tokens.shape}, expected one row each")
    if (tokens < 1).any():
        raise ValueError("loss: every sentence needs a target token")
    return SentenceStatistics(LOSS, np.stack([_exact(nats), tokens], axis=1), "unit:nats|per:token")


def given_statistics(metric: str, values: ArrayLike, signature: str) -> SentenceStatistics:
    """Statistics of scores that others gave the sentences, ``[num_sentences]``: their mean.

    NaN stands for a sentence without a score: it is in no sum. Rounded as likelihoods are.
    """
    scores = np.asarray(values, dtype=np.float64)
    has_score = ~np.isnan(scores)
    sums = _exact(np.where(has_score, scores, 0.0))
    return SentenceStatistics(metric, np.stack([sums, has_score], axis=1), signature)


def num_scored(stats: SentenceStatistics) -> int:
    """How many sentences a score is over: all, but for those that others gave none."""
    return len(stats) if stats.metric in BETTER else int(stats.statistics[:, 1].sum())


def in_common(
    a: SentenceStatistics, b: SentenceStatistics
) -> tuple[SentenceStatistics, SentenceStatistics]:
    """Both systems on the sentences of which both have a score."""
    if a.metric in BETTER:
        return a, b
    both = a.statistics[:, 1:] * b.statistics[:, 1:]
    return replace(a, statistics=a.statistics * both), replace(b, statistics=b.statistics * both)


def _exact(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.ldexp(np.rint(np.ldexp(values, 24)), -24))


def loss_by_word(loss: SentenceStatistics, references: Sequence[str]) -> SentenceStatistics:
    """Statistics of the loss in nats per target word, from those per token.

    What a network has to say is the same text whatever pieces it says it in, so that this can be
    compared between networks of different tokenizers. A word is a run of characters that are not
    blank; the end of a sentence is no word, but its nats count.
    """
    assert loss.metric == LOSS
    words = np.array([len(reference.split()) for reference in references], dtype=np.float64)
    statistics = np.stack([loss.statistics[:, 0], words], axis=1)
    # Whatever else the signature says, such as the engine, holds of it, too.
    signature = loss.signature.replace("per:token", "per:word")
    return SentenceStatistics(LOSS_WORD, statistics, signature)


def are_comparable(a: SentenceStatistics, b: SentenceStatistics) -> bool:
    """Whether two systems have the metric in the same unit: the loss per token only where their
    tokenizers cut every sentence into as many tokens."""
    return a.metric != LOSS or np.array_equal(a.statistics[:, 1], b.statistics[:, 1])


def score(stats: SentenceStatistics) -> float:
    """The score of the whole test set: 0 to 100 (TER may exceed it), or nats per token or word."""
    return float(scores_of_sums(stats.metric, stats.statistics.sum(axis=0, keepdims=True))[0])


def sentence_scores(stats: SentenceStatistics) -> NDArray[np.float64]:
    """The score of each sentence alone, ``[num_sentences]``; of chrF that of sacreBLEU's
    `sentence_score`. BLEU means little of one sentence."""
    return scores_of_sums(stats.metric, stats.statistics)


# ------------------------------------------------------------------------------- bootstrap


def bootstrap(stats: SentenceStatistics, resamples: NDArray[np.uint16]) -> NDArray[np.float64]:
    """The score of every resample, ``[num_resamples]``.

    `resamples` comes from `measures.resampling.resample`. Statistics are whole numbers (or
    multiples of 2^-24), so their sums are exact in float64 whatever the order. Raises `ValueError`
    for resamples of another number of sentences.
    """
    return scores_of_sums(stats.metric, resampled_sums(stats.statistics, resamples))


def bootstraps(
    systems: Sequence[SentenceStatistics], resamples: NDArray[np.uint16]
) -> list[NDArray[np.float64]]:
    """`bootstrap` of each of several systems, to the bit, and faster: resamples are gone through
    once. Raises `ValueError` as it does."""
    sums = resampled_sums(np.concatenate([each.statistics for each in systems], axis=1), resamples)
    ends = np.cumsum([each.statistics.shape[1] for each in systems])[:-1]
    return [
        scores_of_sums(each.metric, of_each)
        for each, of_each in zip(systems, np.split(sums, ends, axis=1), strict=True)
    ]


def bootstrap_signature(stats: SentenceStatistics, num_resamples: int, seed: int) -> str:
    """The metric's signature with the bootstrap's settings, as sacreBLEU words them."""
    return f"{stats.signature}|bs:{num_resamples}|seed:{seed}"


def estimate(stats: SentenceStatistics, boot: NDArray[np.float64]) -> Estimate:
    """The score, in the metric's unit, with its interval; `boot` comes from `bootstrap`."""
    return with_percentiles(score(stats), boot)


def paired_difference(
    a: SentenceStatistics,
    boot_a: NDArray[np.float64],
    b: SentenceStatistics,
    boot_b: NDArray[np.float64],
) -> Difference:
    """Score of `a` minus score of `b`, both bootstrapped on the same resamples.

    p is the inverse of the interval (`resampling.p_two_sided`): below .05 exactly where that leaves
    0 out. It is not that of sacreBLEU's paired bootstrap (Moses' script), which counts how often
    |Δ| − mean |Δ| exceeds the observed difference: that asks a one-sided question, and calls more
    than twice as many equally good systems different.
    Raises `ValueError` for different metrics, test sets of different length or other resamples.
    """
    if a.metric != b.metric:
        raise ValueError(f"cannot compare {a.metric} with {b.metric}")
    if len(a) != len(b) or boot_a.shape != boot_b.shape:
        raise ValueError("a paired difference needs the same sentences and the same resamples")
    value = score(a) - score(b)
    differences = boot_a - boot_b
    found = with_percentiles(value, differences)
    return Difference(value, found.lower, found.upper, p=float(p_two_sided(differences)))


def scores_of_sums(metric: str, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores ``[n]`` from summed statistics ``[n, num_statistics]``."""
    if metric == LOSS:
        return np.asarray(sums[:, 0] / sums[:, 1])
    if metric not in _TEXT_METRICS:  # a sentence may have no word, or no score
        return np.asarray(sums[:, 0] / np.maximum(sums[:, 1], 1))
    formula = _TEXT_METRICS[metric]()
    return np.array([formula._compute_score_from_stats(row).score for row in sums.tolist()])
