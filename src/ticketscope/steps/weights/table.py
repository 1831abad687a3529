"""The table of weights."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from ticketscope.networks.families import role
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.weights import CONNECTIVITY, MASK_OVERLAP, WEIGHTS
from ticketscope.steps.weights.compared import overlapping
from ticketscope.steps.weights.loss_paths import connected_with
from ticketscope.steps.weights.measure import WHOLE, Figures

_log = logging.getLogger(__name__)


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of weights.csv, without the columns that every table begins with.

    Rows of comparisons that name no tensor are of the whole model: distances over all trainable
    parameters, overlap over all that pruning may touch.
    """
    for level in bench.panel.with_states:
        measured = bench.results.read(WEIGHTS, level)
        for name, figures in measured["matrices"].items():
            yield from _rows(level, name, figures)
            for head, of_head in enumerate(measured["heads"][name]):
                yield from _rows(level, name, of_head, head=head)
        reference = bench.panel.reference(level)
        if reference in bench.panel.with_states:
            distances = measured["distances"][str(reference)]
            _say_what_differs(level, reference, measured["matrices"], distances)
            for name, figures in distances.items():
                yield from _rows(level, name, figures, other=reference)
        yield from _on_lines(level, bench)
        others = overlapping(level, bench.panel)
        overlaps = bench.results.read(MASK_OVERLAP, level) if others else {}
        for other in others:
            for name, figures in overlaps[str(other)].items():
                yield from _rows(level, name, figures, other=other)


def _on_lines(level: LevelId, bench: Bench) -> Iterator[dict[str, Any]]:
    """Losses on the straight lines to others; where shapes differ there is no line."""
    step_is_asked = bench.study.connectivity.num_sentences > 0
    others = connected_with(level, bench.panel) if step_is_asked else []
    of_lines = bench.results.read(CONNECTIVITY, level) if others else {}
    for other in others:
        for measure, cells in of_lines.get(str(other), {}).items():
            yield {**_row(level, WHOLE, other=other), "measure": measure, **cells}


def _say_what_differs(
    level: LevelId,
    reference: LevelId,
    matrices: Mapping[str, Figures],
    distances: Mapping[str, Figures],
) -> None:
    num_alike = len(matrices.keys() & distances.keys())
    if WHOLE not in distances:
        _log.warning(
            "weights: %s and %s have %d of %d weight matrices in the same shape; distances are "
            "of these alone",
            level,
            reference,
            num_alike,
            len(matrices),
        )


def _rows(
    level: LevelId,
    name: str,
    figures: Figures,
    *,
    head: int | None = None,
    other: LevelId | None = None,
) -> Iterator[dict[str, Any]]:
    for measure, value in figures.items():
        yield {**_row(level, name, head=head, other=other), "measure": measure, "value": value}


def _row(
    level: LevelId, name: str, *, head: int | None = None, other: LevelId | None = None
) -> dict[str, Any]:
    what = None if name == WHOLE else role(name)
    return {
        "level_id": level,
        "module": what and what.module,
        "layer": what and what.layer,
        "block": what and what.block,
        "projection": what and what.projection,
        "head": head,
        "other_arm": other and other.arm,
        "other_replicate": other and other.replicate,
        "other_level": other and other.level,
    }
