"""Rows of calibration.csv: errors of calibration, and the reliability diagram."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures import confidence as measures
from ticketscope.measures.clustered import clustered_difference, clustered_share
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import resample, resampled_sums, with_percentiles
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.calibration import CALIBRATION
from ticketscope.steps.first_sentences import first_test_set

_MEANS = ("confidence", "overconfidence", "entropy", "loss_beyond_entropy")
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Predicted:
    """What is known of a network.

    Args:
        confidence: of every piece.
        num_pieces: of every sentence.
        edges: of the bins.
        sums: of every sentence and bin, as `measures.binned` has them.
        resampled: of all sentences, ``[num_resamples, 7, num_bins]``.
        means: sums of every sentence by `_MEANS`, and on resamples the means over pieces.
    """

    confidence: Floats
    num_pieces: NDArray[np.int64]
    edges: Floats
    sums: Floats
    resampled: Floats
    means: Mapping[str, tuple[float, Floats]]

    @property
    def right(self) -> NDArray[np.int64]:
        """How many pieces of each sentence are right."""
        return np.asarray(self.sums[:, measures.RIGHT].sum(-1), dtype=np.int64)

    @property
    def whole(self) -> Floats:
        """The sums of all sentences."""
        return np.asarray(self.sums.sum(0))


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of calibration.csv, without the columns that every table begins with."""
    predicted = bench.once(_predicted)
    settings, drawn = bench.study.calibration, bench.study.quality
    about = {"test_set": first_test_set(bench), "binning": settings.binning}
    for label in bench.panel.labels:
        own = predicted(label)
        others = {
            name: predicted(other)
            for name, other in bench.panel.baselines(label).items()
            if _are_comparable(bench, label, other)
        }
        counted = {"num_sentences": len(own.num_pieces), "num_events": len(own.confidence)}
        by_chance = measures.errors_by_chance(
            own.confidence, own.edges, drawn.resamples, drawn.seed
        )
        chance = with_percentiles(float(by_chance.mean()), by_chance)
        for metric, cells in (*_figures(own, others), ("ece_by_chance", chance.cells())):
            yield {"level_id": label, **about, "metric": metric, **cells, **counted}
        for row in _reliability(own):
            yield {"level_id": label, **about, "metric": "accuracy", **row}


def remarks(bench: Bench) -> Iterator[str]:
    """A line per network without a difference."""
    for label in bench.panel.labels:
        for name, other in bench.panel.baselines(label).items():
            if not _are_comparable(bench, label, other):
                yield (
                    f"calibration: {label} and {other} cut references into other pieces, so there "
                    f"is no difference_{name}"
                )


def _are_comparable(bench: Bench, label: LevelId, other: LevelId) -> bool:
    """Whether both networks were asked for the same pieces."""
    predicted = bench.once(_predicted)
    return np.array_equal(predicted(label).num_pieces, predicted(other).num_pieces)


def _figures(
    own: _Predicted, others: Mapping[str, _Predicted]
) -> Iterator[tuple[str, dict[str, float]]]:
    """By metric the value, its interval and the differences to others."""
    cells = clustered_share(own.right, own.num_pieces).cells()
    for name, other in others.items():
        counts = (own.right, own.num_pieces, other.right, other.num_pieces)
        cells |= clustered_difference(*counts).cells(f"difference_{name}")
    yield "accuracy", cells
    for metric in _MEANS:
        yield metric, _compared(own, others, partial(_mean_of, metric))
    yield "ece", _compared(own, others, _expected_error, measures.around)
    cells = measures.root_of_squared(own.whole, own.resampled).cells()
    for name, other in others.items():
        cells |= _difference_of_roots(own, other).cells(f"difference_{name}")
    yield "rms_error", cells


def _compared(
    own: _Predicted,
    others: Mapping[str, _Predicted],
    figure: Callable[[_Predicted], tuple[float, Floats]],
    estimate: Callable[[float, Floats], Estimate] = with_percentiles,
) -> dict[str, float]:
    value, resampled = figure(own)
    cells = estimate(value, resampled).cells()
    for name, other in others.items():
        theirs, theirs_resampled = figure(other)
        found = estimate(value - theirs, resampled - theirs_resampled)
        cells |= found.cells(f"difference_{name}")
    return cells


def _mean_of(metric: str, of: _Predicted) -> tuple[float, Floats]:
    return of.means[metric]


def _expected_error(of: _Predicted) -> tuple[float, Floats]:
    return float(measures.expected_error(of.whole)), measures.expected_error(of.resampled)


def _difference_of_roots(own: _Predicted, other: _Predicted) -> Estimate:
    roots = [
        (
            float(_root(measures.squared_error(of.whole))),
            _root(measures.squared_error(of.resampled, times=2.0)),
        )
        for of in (own, other)
    ]
    (value, resampled), (theirs, theirs_resampled) = roots
    return with_percentiles(value - theirs, resampled - theirs_resampled)


def _root(squared: Floats) -> Floats:
    return np.sqrt(np.maximum(squared, 0.0))


def _reliability(own: _Predicted) -> Iterator[dict[str, Any]]:
    """By bin its accuracy; of bins that have pieces."""
    ends = np.array([0.0, *own.edges, 1.0])
    whole = own.whole
    for number in range(len(own.edges) + 1):
        num = own.sums[:, measures.NUM, number].astype(np.int64)
        if not num.any():
            continue
        right = own.sums[:, measures.RIGHT, number].astype(np.int64)
        yield {
            "bin": number + 1,
            "bin_from": float(ends[number]),
            "bin_to": float(ends[number + 1]),
            "mean_confidence": float(whole[measures.CONFIDENCE, number] / num.sum()),
            **clustered_share(right, num).cells(),
            "num_sentences": int(np.count_nonzero(num)),
            "num_events": int(num.sum()),
        }


# ----------------------------------------------------------------------------- what was measured


def _predicted(bench: Bench) -> Callable[[LevelId], _Predicted]:
    """Gives what is known of a network; each is made once."""
    settings, drawn = bench.study.calibration, bench.study.quality
    draws = cache(lambda num: resample(num, drawn.resamples, drawn.seed))

    @cache
    def predicted(label: LevelId) -> _Predicted:
        stored = bench.results.read(CALIBRATION, label)
        confidence, is_right = np.array(stored["confidence"]), np.array(stored["is_right"]) > 0
        num = np.array(stored["num_pieces"])
        edges = (
            measures.equal_width(settings.bins)
            if settings.binning == "equal_width"
            else measures.adaptive(confidence, settings.bins)
        )
        sums = measures.binned(confidence, is_right, num, edges)
        resampled = resampled_sums(sums.reshape(len(num), -1), draws(len(num)))
        entropy, loss = np.array(stored["entropy"]), np.array(stored["loss"])
        columns = dict(
            zip(_MEANS, (confidence, confidence - is_right, entropy, loss - entropy), strict=True)
        )
        return _Predicted(
            confidence=confidence,
            num_pieces=num,
            edges=edges,
            sums=sums,
            resampled=resampled.reshape(len(resampled), *sums.shape[1:]),
            means={name: _mean(of, num, draws(len(num))) for name, of in columns.items()},
        )

    return predicted


def _mean(
    values: Floats, num: NDArray[np.int64], draws: NDArray[np.uint16]
) -> tuple[float, Floats]:
    """The mean over pieces, and on every resample of sentences."""
    starts = np.cumsum(num) - num
    sums = np.stack([np.add.reduceat(values, starts), num], axis=1)
    resampled = resampled_sums(sums, draws)
    return float(values.mean()), np.asarray(resampled[:, 0] / resampled[:, 1])
