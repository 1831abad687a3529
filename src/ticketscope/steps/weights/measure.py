"""What pruning did to the weights of every ticket: spectra, dead neurons, distances, mask overlap.

Two results per ticket: what follows from it and the dense model of its replicate, and how its mask
overlaps those of tickets before it in the plan. Overlap is kept as well, not made with the table,
because it reads every mask many times: seconds per ticket in a model of 200 million weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.arms import ARMS
from ticketscope.config import Experiment, Lottery
from ticketscope.measures import weights as measures
from ticketscope.measures.spectrum import spectral_complexity
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask
from ticketscope.networks.model import role
from ticketscope.runs.store import DENSE, LevelId, Run, dense_of
from ticketscope.steps.measured import measured_once, read_result
from ticketscope.steps.weights.sparsity import heads

STEP = "weights"
OVERLAP_STEP = "mask_overlap"
VERSION = 1
"""Raised when a figure is computed in another way: all tickets are then measured again."""
_WHOLE = ""  # the name under which figures of the whole model are kept

Figures = Mapping[str, float]


def compared_with(level: LevelId, lottery: Lottery) -> list[LevelId]:
    """The other tickets that `measure_ticket` reads, all of which must be complete by then."""
    return [*_distant_from(level), *_overlaps_with(level, lottery)]


def measure_ticket(root: Path, level: LevelId, experiment: Experiment) -> bool:
    """Measure the weight matrices and the mask of one ticket.

    Does nothing that is done already; returns whether there was anything to do.
    Raises `JobError` for a file that is missing or damaged, and
    for weights that are not finite.
    """
    run = Run(root)
    num_heads = experiment.model.heads
    is_new = measured_once(
        run.analysis(STEP, level),
        _identity(run, level, _distant_from(level)),
        lambda: _measure_weights(run, level, num_heads),
    )
    others = _overlaps_with(level, experiment.lottery)
    if others:
        is_new |= measured_once(
            run.analysis(OVERLAP_STEP, level),
            _identity(run, level, others),
            lambda: _measure_overlaps(run, level, others),
        )
    return is_new


def _identity(run: Run, level: LevelId, others: Sequence[LevelId]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "ticket": run.level(level).digest(),
        "others": {str(other): run.level(other).digest() for other in others},
    }


# ----------------------------------------------------------------------------- the weights


def _measure_weights(run: Run, level: LevelId, num_heads: int) -> dict[str, Any]:
    weights = _weights(run, level)
    kept = Mask.load(run.level(level).masks).kept
    matrices = [name for name in weights if _is_matrix(name)]
    return {
        "matrices": {name: _matrix_figures(weights[name], kept.get(name)) for name in matrices},
        "heads": {
            name: [
                {"effective_rank": measures.weight_complexity(part.numpy())["effective_rank"]}
                for part in heads(role(name), weights[name], num_heads)
            ]
            for name in matrices
        },
        "distances": {
            str(other): _distances(weights, _weights(run, other), matrices)
            for other in _distant_from(level)
        },
    }


def _distant_from(level: LevelId) -> list[LevelId]:
    """The dense model of the same replicate; none for the dense model itself."""
    return [] if level.arm == DENSE else [dense_of(level.replicate)]


def _weights(run: Run, level: LevelId) -> dict[str, Tensor]:
    """The trainable parameters by name, in the order of their names."""
    return dict(sorted(ModelFolder(run.level(level).ticket).weights().items()))


def _is_matrix(name: str) -> bool:
    what = role(name)
    return what.kind == "weight" and (what.is_prunable or what.block == "embedding")


def _matrix_figures(matrix: Tensor, kept: Tensor | None) -> Figures:
    """`kept` is None for a matrix that pruning may not touch, where no row or column is dead."""
    values = measures.singular_values(matrix.numpy())  # once for all that follows from them
    figures = {**spectral_complexity(values**2), "top_singular_value": float(values[0])}
    if kept is not None:
        dead = measures.dead(kept.numpy())
        figures |= {"dead_rows": dead.num_rows, "dead_columns": dead.num_columns}
    return figures


def _distances(
    ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor], matrices: Sequence[str]
) -> dict[str, Figures]:
    """Between all trainable parameters together, and between each weight matrix."""

    def between(names: Sequence[str]) -> Figures:
        distance = measures.distance(
            [ours[name].numpy() for name in names], [theirs[name].numpy() for name in names]
        )
        return {"l1_distance": distance.l1, "l2_distance": distance.l2}

    assert ours.keys() == theirs.keys()
    return {_WHOLE: between(list(ours)), **{name: between([name]) for name in matrices}}


# ----------------------------------------------------------------------------- the masks


def _overlaps_with(level: LevelId, lottery: Lottery) -> list[LevelId]:
    """Tickets before this one in the plan that differ from it in replicate, arm or level alone.

    None for an arm that prunes nothing. Every pair comes up once, at its later ticket; a run that
    gets more levels or replicates keeps the pairs it has.
    """
    if level.arm == DENSE or not ARMS[level.arm].prunes:
        return []
    pruning = [name for name, arm in ARMS.items() if arm.prunes and name in lottery.arms]
    earlier_arms = pruning[: pruning.index(level.arm)]
    return [
        *(LevelId(replicate, level.arm, level.level) for replicate in range(level.replicate)),
        *(LevelId(level.replicate, arm, level.level) for arm in earlier_arms),
        *(LevelId(level.replicate, level.arm, number) for number in range(1, level.level)),
    ]


def _measure_overlaps(run: Run, level: LevelId, others: Sequence[LevelId]) -> dict[str, Any]:
    ours = _kept(run, level)
    return {str(other): _overlaps(ours, _kept(run, other)) for other in others}


def _kept(run: Run, level: LevelId) -> dict[str, NDArray[np.bool_]]:
    run.level(level).verify()
    return {name: kept.numpy() for name, kept in Mask.load(run.level(level).masks).kept.items()}


def _overlaps(
    ours: Mapping[str, NDArray[np.bool_]], theirs: Mapping[str, NDArray[np.bool_]]
) -> dict[str, Figures]:
    """Of the whole masks, biases included, and of each weight matrix."""

    def between(names: Sequence[str]) -> Figures:
        overlap = measures.overlap([ours[name] for name in names], [theirs[name] for name in names])
        return {"mask_jaccard": overlap.jaccard, "mask_jaccard_chance": overlap.by_chance}

    assert ours.keys() == theirs.keys()
    matrices = [name for name in ours if _is_matrix(name)]
    return {_WHOLE: between(list(ours)), **{name: between([name]) for name in matrices}}


# ----------------------------------------------------------------------------- the table


def rows(run: Run, levels: list[LevelId], experiment: Experiment) -> Iterator[dict[str, Any]]:
    """The rows of weights.csv, without the columns that every table begins with.

    Of each weight matrix that pruning may touch, and of the tied embedding: `pcs_50` to
    `effective_rank` (`spectral_complexity` of its squared singular values), `top_singular_value`,
    and where there is a mask `dead_rows` and `dead_columns` (outputs and inputs of which nothing is
    kept); of each head's part, `effective_rank`. Compared with the dense model of the same
    replicate: `l1_distance`, `l2_distance`. Compared with another ticket: `mask_jaccard` and
    `mask_jaccard_chance`, each pair once. Rows of comparisons that name no tensor are of the whole
    model: distances over all trainable parameters, overlap over all that pruning may touch.
    """
    for level in levels:
        measured = read_result(run.analysis(STEP, level))
        for name, figures in measured["matrices"].items():
            yield from _rows(level, name, figures)
            for head, of_head in enumerate(measured["heads"][name]):
                yield from _rows(level, name, of_head, head=head)
        for other in _distant_from(level):
            for name, figures in measured["distances"][str(other)].items():
                yield from _rows(level, name, figures, other=other)
        others = _overlaps_with(level, experiment.lottery)
        overlaps = read_result(run.analysis(OVERLAP_STEP, level)) if others else {}
        for other in others:
            for name, figures in overlaps[str(other)].items():
                yield from _rows(level, name, figures, other=other)


def _rows(
    level: LevelId,
    name: str,
    figures: Figures,
    *,
    head: int | None = None,
    other: LevelId | None = None,
) -> Iterator[dict[str, Any]]:
    what = None if name == _WHOLE else role(name)
    for measure, value in figures.items():
        yield {
            "level_id": level,
            "module": what and what.module,
            "layer": what and what.layer,
            "block": what and what.block,
            "projection": what and what.projection,
            "head": head,
            "other_arm": other and other.arm,
            "other_replicate": other and other.replicate,
            "other_level": other and other.level,
            "measure": measure,
            "value": value,
        }
