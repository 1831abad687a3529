"""Rows of search.csv: scores, lengths and likelihoods of what beams of several sizes find."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures import translation_scores as measures
from ticketscope.measures.proportions import paired_difference, wilson
from ticketscope.measures.resampling import resample, resampled_sums, with_percentiles
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.first_sentences import (
    METRICS,
    Translated,
    as_measured,
    first_sentences,
    first_test_set,
    read_statistics,
)
from ticketscope.steps.search import SEARCH

GREEDY = 1
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Resampled:
    """A figure, and what it is on resamples of sentences."""

    value: float
    boot: Floats

    def __sub__(self, other: "Resampled") -> "Resampled":
        return Resampled(self.value - other.value, self.boot - other.boot)

    def cells(self, column: str = "") -> dict[str, float]:
        """Of its value and its interval."""
        return with_percentiles(self.value, self.boot).cells(column)


@dataclass(frozen=True, eq=False)
class Share:
    """Which sentences something is true of."""

    holds: NDArray[np.bool_]


Figures = Mapping[str, Resampled | Share]
"""By metric."""


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of search.csv, without the columns that every table begins with."""
    found = bench.once(_found)
    num = len(first_sentences(bench, bench.study.search.sentences).source)
    for label in bench.panel.labels:
        for beam in bench.study.search.beams:
            own = found(label, beam)
            others = {
                name: found(other, beam) for name, other in bench.panel.baselines(label).items()
            }
            for metric, figure in own.items():
                yield {
                    "level_id": label,
                    "test_set": first_test_set(bench),
                    "beam": beam,
                    "metric": metric,
                    **_cells(
                        figure, {name: of[metric] for name, of in others.items() if metric in of}
                    ),
                    "num_sentences": num,
                }


def remarks(bench: Bench) -> Iterator[str]:
    """A line per network and beam whose translations are not scored whole."""
    for label in bench.panel.labels:
        for beam, scored in bench.results.read(SEARCH, label)["scored"].items():
            if num := scored["num_too_long"]:
                yield (
                    f"search: {num:,} translations of {label} with beam {beam} have more pieces "
                    "than the network has positions; they are scored as far as these go"
                )


def _cells(figure: Resampled | Share, others: Mapping[str, Resampled | Share]) -> dict[str, float]:
    if isinstance(figure, Resampled):
        cells = figure.cells()
        for name, other in others.items():
            assert isinstance(other, Resampled)
            cells |= (figure - other).cells(f"difference_{name}")
        return cells
    cells = wilson(int(figure.holds.sum()), len(figure.holds)).cells()
    for name, other in others.items():
        assert isinstance(other, Share)
        cells |= paired_difference(figure.holds, other.holds).cells(f"difference_{name}")
    return cells


def _found(bench: Bench) -> Callable[[LevelId, int], Figures]:
    """Gives the figures of a network with a beam; each is made once."""
    settings, quality = bench.study.search, bench.study.quality
    text = first_sentences(bench, settings.sentences)
    draws = resample(len(text.source), quality.resamples, quality.seed)
    stored = cache(lambda label: bench.results.read(SEARCH, label))
    measured = cache(lambda label: as_measured(bench, label, settings.sentences))

    def translated(label: LevelId, beam: int) -> Translated:
        if beam == quality.beam:
            return measured(label)
        kept = stored(label)
        statistics = read_statistics(kept["statistics"][str(beam)])
        return Translated(kept["translations"][str(beam)], statistics)

    @cache
    def scores(label: LevelId, beam: int) -> dict[str, Resampled]:
        of_beam = translated(label, beam).statistics
        return {
            metric: Resampled(
                measures.score(of_beam[metric]), measures.bootstrap(of_beam[metric], draws)
            )
            for metric in METRICS
        }

    @cache
    def found(label: LevelId, beam: int) -> Figures:
        texts = translated(label, beam).texts
        scored = stored(label)["scored"]
        own, empty = (np.array(scored[name]["log_probability"]) for name in (str(beam), "empty"))
        of_reference = -measured(label).statistics[measures.LOSS].statistics[:, 0]
        num_pieces = np.array(scored[str(beam)]["num_pieces"], dtype=np.float64)
        is_empty = np.array([not said.strip() for said in texts])
        is_reference = np.array([a == b for a, b in zip(texts, text.target, strict=True)])
        lengths = np.array([[*map(_length, pair)] for pair in zip(texts, text.target, strict=True)])
        figures: dict[str, Resampled | Share] = dict(scores(label, beam))
        if beam != GREEDY and GREEDY in settings.beams:
            for metric, of_beam in scores(label, beam).items():
                figures[f"{metric}_gain"] = of_beam - scores(label, GREEDY)[metric]
        figures["length_ratio"] = _ratio(lengths, draws)
        figures["empty"] = Share(is_empty)
        figures["log_probability"] = _ratio(np.stack([own, np.ones_like(own)], axis=1), draws)
        # Texts of the same pieces are as likely, whatever rounding made of them.
        figures["empty_likelier"] = Share((empty > own) & ~is_empty)
        figures["reference_likelier"] = Share((of_reference > own) & ~is_reference)
        if (together := correlation(num_pieces, own / num_pieces, draws)) is not None:
            figures["length_correlation"] = together
        return figures

    return found


def _length(text: str) -> int:
    """Characters that are not blank."""
    return len("".join(text.split()))


def _ratio(columns: Floats, draws: NDArray[np.uint16]) -> Resampled:
    """The sum of the first column by that of the second."""
    sums = resampled_sums(columns.astype(np.float64), draws)
    over, under = columns.sum(0)
    return Resampled(float(over / under), np.asarray(sums[:, 0] / sums[:, 1]))


def correlation(x: Floats, y: Floats, draws: NDArray[np.uint16]) -> Resampled | None:
    """Pearson's, of two figures of sentences; None where one of them is the same for all.

    A resample in which one is the same for all shows none: 0.
    """
    x, y = x - x.mean(), y - y.mean()
    if not (np.ptp(x) and np.ptp(y)):
        return None
    sums = resampled_sums(np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1), draws)
    num, of_x, of_y, of_xx, of_yy, of_xy = sums.T
    product = of_xy - of_x * of_y / num
    size = np.sqrt(np.maximum((of_xx - of_x**2 / num) * (of_yy - of_y**2 / num), 0.0))
    known = size > 1e-12 * len(x)
    boot = np.where(known, product / np.where(known, size, 1.0), 0.0)
    return Resampled(float(x @ y / np.sqrt((x @ x) * (y @ y))), boot)
