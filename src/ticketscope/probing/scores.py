"""The metrics of probes, each a function of statistics summed over sentences.

What is kept of a probe is `sentence_statistics`; scores, bootstrap intervals and paired
differences follow from sums of these alone. All scores are fractions, and a score that is not
defined (no items, no hit, a constant) is 0.

| metric | statistics of a sentence |
|---|---|
| accuracy | hits, items |
| span_f1 | spans found, gold spans, predicted spans |
| error_f1 | words rightly called wrong, gold errors, predicted errors |
| pearson | items, Σg, Σp, Σg², Σp², Σgp of gold and predicted numbers on a `Scale` |
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ticketscope.annotation.tasks import ERROR, Metric
from ticketscope.probing.span_tags import span_codes

_STEP = 2.0**-18
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the numbers of a regression lie: about `centre`, some `unit` apart.

    Pearson's r is the same on every scale, but its sums are exact only on one that fits. Numbers
    are moved onto it and rounded to 2^-18 units, far below what matters, so that their products
    sum up exactly in any order over some 100,000 items, as the counts of the other metrics do.
    Everything that is summed or compared takes one scale; the default fits factuality's [-3, 3].
    """

    centre: float = 0.0
    unit: float = 1.0

    @classmethod
    def of(cls, numbers: ArrayLike) -> "Scale":
        """Mean and standard deviation of gold numbers; unit 1 where they are all the same."""
        values = np.asarray(numbers, dtype=np.float64)
        return cls(float(values.mean()), float(values.std()) if np.ptp(values) else 1.0)

    def place(self, numbers: NDArray[np.generic]) -> NDArray[np.float64]:
        """Numbers in units from the centre, rounded."""
        units = (numbers.astype(np.float64) - self.centre) / self.unit
        return np.asarray(np.rint(units / _STEP) * _STEP)


FACTUALITY = Scale()


def sentence_statistics(
    metric: Metric,
    gold: NDArray[np.generic],
    predicted: NDArray[np.generic],
    sentences: NDArray[np.integer],
    num_sentences: int,
    *,
    labels: Sequence[str] = (),
    scale: Scale = FACTUALITY,
) -> NDArray[np.float64]:
    """Statistics of every sentence, ``[..., num_sentences, num_statistics]``.

    Args:
        metric: names the columns, see above.
        gold: ``[num_items]``, indices into `labels`, or numbers for pearson.
        predicted: ``[..., num_items]``, likewise; leading axes may be layers and seeds.
        sentences: ``[num_items]``, the sentence of each item, from 0, non-decreasing. For span_f1
            the items are all words of each sentence in order, since spans end with a sentence.
        num_sentences: sentences in all; one without items has a row of zeros.
        labels: what the indices mean: the tags for span_f1, "i" and "c" for error_f1. Accuracy
            needs none.
        scale: of the numbers, for pearson.
    """
    assert gold.shape == sentences.shape == predicted.shape[-1:]
    assert not len(sentences) or (sentences[0] >= 0 and sentences[-1] < num_sentences)
    assert (np.diff(sentences) >= 0).all()
    columns = _item_statistics(metric, gold, predicted, sentences, labels, scale)
    by_item = [np.broadcast_to(column, predicted.shape) for column in columns]
    return np.stack([_summed(column, sentences, num_sentences) for column in by_item], axis=-1)


def score(metric: Metric, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores ``[...]`` from summed statistics ``[..., num_statistics]``."""
    if metric == "accuracy":
        num_hits, num_items = np.moveaxis(sums, -1, 0)
        return _ratio(num_hits, num_items)
    if metric == "pearson":
        return _pearson(sums)
    num_hits, num_gold, num_predicted = np.moveaxis(sums, -1, 0)
    return _ratio(2 * num_hits, num_gold + num_predicted)


def _item_statistics(
    metric: Metric,
    gold: NDArray[np.generic],
    predicted: NDArray[np.generic],
    sentences: NDArray[np.integer],
    labels: Sequence[str],
    scale: Scale,
) -> tuple[NDArray[np.generic], ...]:
    """The columns before they are summed, each ``[..., num_items]`` or ``[num_items]``."""
    match metric:
        case "accuracy":
            return gold == predicted, np.ones(gold.shape)
        case "error_f1":
            # If the label is not among them, there is no error, neither gold nor predicted.
            error = labels.index(ERROR) if ERROR in labels else -1
            truth, guess = gold == error, predicted == error
            return truth & guess, truth, guess
        case "span_f1":
            true_spans = span_codes(gold.astype(np.int64), labels, sentences)
            found_spans = span_codes(predicted.astype(np.int64), labels, sentences)
            truth, guess = true_spans >= 0, found_spans >= 0
            return truth & (true_spans == found_spans), truth, guess
        case "pearson":
            g, p = scale.place(gold), scale.place(predicted)
            return np.ones(g.shape), g, p, g * g, p * p, g * p


def _summed(
    by_item: NDArray[np.generic], sentences: NDArray[np.integer], num_sentences: int
) -> NDArray[np.float64]:
    """Sums ``[..., num_sentences]`` of values ``[..., num_items]``."""
    *leading, num_items = by_item.shape
    num_rows = int(np.prod(leading, dtype=np.int64))
    rows = np.arange(num_rows)[:, None] * num_sentences + sentences
    weights = by_item.reshape(num_rows, num_items).ravel()
    sums = np.bincount(rows.ravel(), weights=weights, minlength=num_rows * num_sentences)
    return np.asarray(sums, dtype=np.float64).reshape(*leading, num_sentences)


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotients; 0 where there is nothing to divide by."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def _pearson(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's r; numbers that spread by less than float32 resolves around the centre are a
    constant."""
    num, g, p, gg, pp, gp = np.moveaxis(sums, -1, 0)
    spread_g, spread_p = num * gg - g * g, num * pp - p * p
    varies = (spread_g > _LEAST_SPREAD**2 * num * gg) & (spread_p > _LEAST_SPREAD**2 * num * pp)
    size = np.sqrt(np.where(varies, spread_g, 0.0)) * np.sqrt(np.where(varies, spread_p, 0.0))
    return np.clip(_ratio(num * gp - g * p, size), -1.0, 1.0)
