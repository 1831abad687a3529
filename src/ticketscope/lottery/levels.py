"""Levels of an arm: from the parent's weights to the next mask, wound back, trained again.

Learning-rate rewinding (Renda et al. 2020): the weights are kept, the schedule is wound back to a
share of the dense model's updates and run to its end again. Every arm of a replicate starts from
the same dense model, and at the same level every arm sees the same batches in the same order, with
the same dropout seeds, learning rates and treatment of the optimiser's moments: arms differ in
what is pruned and in nothing else. Only an arm that draws its own seeds differs in these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor
from transformers import PreTrainedModel

from ticketscope import config
from ticketscope.arms import arm_of
from ticketscope.arms.dense import DENSE
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import JobError
from ticketscope.files import folder_appearing, write_text
from ticketscope.lottery import training
from ticketscope.lottery.course import Course
from ticketscope.lottery.lineage import parent, planned_levels
from ticketscope.lottery.origins import Origin, origin_of
from ticketscope.networks import model
from ticketscope.networks.batches import longer_side, num_batches
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask, check_exact_zeros
from ticketscope.networks.model_card import model_card
from ticketscope.pruning.calibration import Calibration, drawn_of
from ticketscope.pruning.criteria import CRITERIA, Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import OfTheRest, OfTheRestPerRow, num_to_prune
from ticketscope.runs.store import LevelFolder, LevelId, Run, dense_of
from ticketscope.seeds import derive


def num_kept_at(level: int, num_prunable: int, fraction: float) -> int:
    """Weights left after so many rounds, each to the nearest whole weight."""
    kept = num_prunable
    for _ in range(level):
        kept -= num_to_prune(kept, fraction)
    return kept


def dense_updates(experiment: config.Experiment, corpus: EncodedCorpus) -> int:
    """Updates of the dense model's whole schedule."""
    settings = experiment.training
    if settings.updates:
        return settings.updates
    batches = num_batches(longer_side(corpus.split("train")), experiment.batches.max_tokens)
    return updates_of_epochs(settings, batches)


def updates_of_epochs(settings: config.Training, num_batches: int) -> int:
    """Optimiser steps in `settings.epochs` epochs of this many batches."""
    return max(1, settings.epochs * num_batches // settings.accumulate)


def rewound_course(level: LevelId, lottery: config.Lottery, last_update: int, seed: int) -> Course:
    """The stretch of the schedule that a level trains; `last_update`: the dense model's end."""
    shares = lottery.rewind_to
    share = shares[min(level.level, len(shares)) - 1]
    first = min(round(share * last_update), last_update - 1)
    return Course(first, last_update, patience=0, seed=seed)


def level_updates(experiment: config.Experiment, dense_updates: int) -> dict[LevelId, int]:
    """How many updates each planned level trains; `dense_updates`: those of the whole schedule."""
    lottery = experiment.lottery
    return {
        level: dense_updates * experiment.model.trains_dense
        if level.arm == DENSE
        else rewound_course(level, lottery, dense_updates, seed=0).num_updates
        for level in planned_levels(lottery)
    }


@dataclass(frozen=True)
class _Start:
    """What a level starts from."""

    weights: Mapping[str, Tensor]
    mask: Mask
    course: Course
    moments: Mapping[str, Tensor]


def make_level(root: Path, level: LevelId, experiment: config.Experiment) -> bool:
    """Train one level and store its ticket, unless it is complete; returns whether that was done.

    It goes on from whatever an interrupted attempt left in the folder.
    """
    run = Run(root)
    folder = run.level(level)
    if folder.is_done():
        _check_parent(run, level)
        _remove_leftovers(folder)
        return False
    folder.path.mkdir(parents=True, exist_ok=True)
    corpus, origin = EncodedCorpus(run.corpus), origin_of(run, experiment)
    above = parent(level)
    network = (
        origin.again(run.level(above).ticket)
        if above
        else origin.first(_seed(experiment, level, "initialisation"))
    )
    start = (
        _dense_start(level, experiment, corpus, model.parameters(network.model), origin)
        if level.arm == DENSE
        else _level_start(run, level, experiment)
    )
    assert start.weights.keys() == model.parameters(network.model).keys()
    # Position tables and what is tied are not in it.
    network.model.load_state_dict(dict(start.weights), strict=False)
    outcome = training.train(
        network, start.mask, start.course, corpus, experiment, folder, start.moments
    )
    check_exact_zeros(start.mask, model.parameters(network.model))
    _store(run, level, experiment, network.model, start, outcome, origin)
    return True


def _check_parent(run: Run, level: LevelId) -> None:
    """A parent that was deleted and made again elsewhere may have other bytes."""
    above = parent(level)
    if above and run.level(level).facts()["parent"] != run.level(above).digest():
        raise JobError(
            f"{run.level(level).path}: was made from another {above} than the one that is there; "
            "delete it and its later levels, and run again"
        )


def _dense_start(
    level: LevelId,
    experiment: config.Experiment,
    corpus: EncodedCorpus,
    weights: Mapping[str, Tensor],
    origin: Origin,
) -> _Start:
    embeddings = experiment.lottery.prune_embeddings
    trains = experiment.model.trains_dense
    course = Course(
        first_update=0,
        last_update=dense_updates(experiment, corpus) if trains else 0,
        patience=experiment.training.patience if trains else 0,
        seed=_seed(experiment, level, "training"),
    )
    mask = origin.mask(model.prunable(weights, embeddings=embeddings))
    return _Start(weights, mask, course, moments={})


def _level_start(run: Run, level: LevelId, experiment: config.Experiment) -> _Start:
    above = parent(level)
    assert above is not None
    source = run.level(above)
    weights = ModelFolder(source.ticket).weights()
    mask = Mask.load(source.masks)
    criterion = arm_of(level.arm).criterion
    if criterion is not None:
        pruned = _pruned(run, level, experiment, CRITERIA[criterion], weights, mask)
        assert pruned.mask.within(mask), f"{criterion} gave pruned weights back"
        weights, mask = {**weights, **pruned.changed}, pruned.mask
    facts = run.level(dense_of(level.replicate)).facts()
    # A pretrained network that goes on as it is has no schedule of its own to go back on.
    last_update = facts["num_updates"] or dense_updates(experiment, EncodedCorpus(run.corpus))
    course = rewound_course(
        level, experiment.lottery, last_update, _seed(experiment, level, "training")
    )
    course = replace(course, origin=source.digest())
    keeps = experiment.lottery.moments == "keep"
    return _Start(weights, mask, course, training.moments(source.moments) if keeps else {})


def _pruned(
    run: Run,
    level: LevelId,
    experiment: config.Experiment,
    criterion: Criterion,
    weights: Mapping[str, Tensor],
    mask: Mask,
) -> Pruned:
    """What a criterion makes of the network above: it looks at its weights, and may have it read
    pairs of the training text."""
    lottery, above = experiment.lottery, parent(level)
    assert above is not None
    calibration = None
    if criterion.reads_text:
        origin, device = origin_of(run, experiment), experiment.training.device
        folder = ModelFolder(run.level(above).ticket)

        def network() -> LoadedNetwork:
            loaded = LoadedNetwork(folder.network(), origin.frame, origin.extent.positions)
            return loaded.to(device)

        split = EncodedCorpus(run.corpus).split("train")
        seed = _seed(experiment, level, "calibration")
        calibration = Calibration(
            network=network,
            pairs=drawn_of(split, lottery.calibration, seed),
            max_tokens=experiment.batches.max_tokens,
        )
    evidence = Evidence(
        weights=model.prunable(weights, embeddings=lottery.prune_embeddings),
        calibration=calibration,
    )
    fraction = lottery.prune_fraction
    cut = OfTheRestPerRow(fraction) if criterion.by_input else OfTheRest(fraction)
    return criterion.prune(evidence, mask, cut, _seed(experiment, level, "pruning"))


def _seed(experiment: config.Experiment, level: LevelId, purpose: str) -> int:
    """The same for every arm at the same level of a replicate, unless it draws its own."""
    own = (level.arm,) if level.arm != DENSE and arm_of(level.arm).draws_own_seeds else ()
    return derive(experiment.lottery.seed, level.replicate, level.level, *own, purpose)


def _store(
    run: Run,
    level: LevelId,
    experiment: config.Experiment,
    network: PreTrainedModel,
    start: _Start,
    outcome: training.Outcome,
    origin: Origin,
) -> None:
    folder = run.level(level)
    counts = model.count(model.parameters(network), embeddings=experiment.lottery.prune_embeddings)
    sparsity = model.mask_sparsity(start.mask, counts)
    above = parent(level)
    facts = {
        "num_updates": outcome.num_updates,
        "first_update": start.course.first_update,
        "validation_loss": outcome.validation_loss,
        "num_pruned": start.mask.num_pruned,
        "num_prunable": counts.prunable,
        "num_parameters": counts.total,
        "num_non_embedding": counts.non_embedding,
        "sparsity_prunable": sparsity.prunable,
        "sparsity_total": sparsity.total,
        "sparsity_non_embedding": sparsity.non_embedding,
        "parent": run.level(above).digest() if above else "",
    }
    start.mask.save(folder.masks)
    with folder_appearing(folder.ticket) as partial:
        origin.store(network.to("cpu"), partial)
        card = model_card(level, experiment, sparsity, outcome.validation_loss)
        write_text(partial / "README.md", card)
    folder.mark_done(facts)
    _remove_leftovers(folder)


def _remove_leftovers(folder: LevelFolder) -> None:
    """Remove what only an unfinished training needs; a kill may have prevented it before."""
    folder.checkpoint.unlink(missing_ok=True)
    folder.best.unlink(missing_ok=True)
