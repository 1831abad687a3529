"""Levels of an arm: each is trained from its start, and stored with all that the next needs."""

from pathlib import Path

from ticketscope import config
from ticketscope.arms import arm_of
from ticketscope.arms.dense import DENSE
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import JobError
from ticketscope.files import folder_appearing, is_there, remove, write_text
from ticketscope.lottery import training
from ticketscope.lottery.course import updates_of_level
from ticketscope.lottery.early_weights import not_kept
from ticketscope.lottery.lineage import planned_levels, sources
from ticketscope.lottery.origins import Origin, origin_of
from ticketscope.lottery.ranks.followers import Followers, followed
from ticketscope.lottery.smaller_levels import keep_units
from ticketscope.lottery.starts import Start, digest_of_sources, start_of
from ticketscope.lottery.trainer import Checkpoint
from ticketscope.networks import model
from ticketscope.networks.families import CONFIG, read_shape
from ticketscope.networks.masks import check_exact_zeros
from ticketscope.networks.model_card import model_card
from ticketscope.runs.looking import work_begins
from ticketscope.runs.store import LevelFolder, LevelId, Run, dense_of


def level_updates(experiment: config.Experiment, dense_updates: int) -> dict[LevelId, int]:
    """How many updates each planned level trains; `dense_updates`: those of the whole schedule."""
    lottery = experiment.lottery
    return {
        level: dense_updates * experiment.model.trains_dense
        if level.arm == DENSE
        else updates_of_level(arm_of(level.arm), level.level, lottery, dense_updates)
        for level in planned_levels(lottery)
    }


def make_level(root: Path, level: LevelId, experiment: config.Experiment) -> bool:
    """Train one level and store its ticket, unless it is complete; returns whether that was done.

    It goes on from whatever an interrupted attempt left in the folder.
    """
    run = Run(root)
    folder = run.level(level)
    if folder.is_done():
        _check_sources(run, level, experiment)
        if not _is_tidy(folder, level, experiment):
            work_begins()
        _remove_leftovers(folder)
        return _keep_early(run, level, experiment)
    work_begins()
    folder.path.mkdir(parents=True, exist_ok=True)
    origin = origin_of(run, experiment)
    with followed(run, level, experiment) as followers:
        start = start_of(run, level, experiment, origin)
        outcome = _train(run, start, experiment, folder, followers)
    check_exact_zeros(start.mask, model.parameters(start.network.model))
    _store(run, level, experiment, start, outcome, origin)
    _keep_early(run, level, experiment)
    return True


def _train(
    run: Run,
    start: Start,
    experiment: config.Experiment,
    folder: LevelFolder,
    followers: Followers,
) -> training.Outcome:
    with followers.joined() as rank:
        return training.train(
            start.network,
            start.mask,
            start.course,
            EncodedCorpus(run.corpus),
            experiment,
            folder,
            start.moments,
            start.early,
            rank,
        )


def _check_sources(run: Run, level: LevelId, experiment: config.Experiment) -> None:
    """A level that was deleted and made again elsewhere may have other bytes."""
    if run.level(level).facts()["parent"] != digest_of_sources(run, level, experiment):
        made_from = " or ".join(map(str, sources(level)))
        raise JobError(
            f"{run.level(level).path}: was made from another {made_from} than the one that is "
            "there; delete it and its later levels, and run again"
        )


def _keep_early(run: Run, level: LevelId, experiment: config.Experiment) -> bool:
    """Whether a dense model had to go through its first updates again, for weights that arms go
    back to and that it has not kept."""
    if level.arm != DENSE:
        return False
    folder = run.level(level)
    missing = not_kept(folder, experiment.lottery)
    if not missing:
        remove(folder.again.path)
        return False
    again = folder.again
    again.path.mkdir(exist_ok=True)
    if is_there(again.checkpoint):
        done = Checkpoint.read(again.checkpoint).progress["update"]
        if done > min(missing):
            remove(again.checkpoint)
    with followed(run, level, experiment) as followers:
        start = start_of(run, level, experiment, origin_of(run, experiment))
        _train(run, start.for_early(missing), experiment, again, followers)
    remove(again.path)
    return True


def _store(
    run: Run,
    level: LevelId,
    experiment: config.Experiment,
    start: Start,
    outcome: training.Outcome,
    origin: Origin,
) -> None:
    folder, network = run.level(level), start.network.model
    counts = model.count(model.parameters(network), embeddings=experiment.lottery.prune_embeddings)
    dense = counts
    if start.units:  # shares are those of the network that had them
        facts_of_dense = run.level(dense_of(level.replicate)).facts()
        dense = model.Counts(
            total=facts_of_dense["num_parameters"],
            prunable=facts_of_dense["num_prunable"],
            non_embedding=facts_of_dense["num_non_embedding"],
        )
    sparsity = model.sparsity_of_smaller(start.mask, counts, dense)
    facts = {
        "num_updates": outcome.num_updates,
        "first_update": start.course.first_update,
        "validation_loss": outcome.validation_loss,
        "num_pruned": dense.prunable - counts.prunable + start.mask.num_pruned,
        "num_prunable": dense.prunable,
        "num_parameters": dense.total,
        "num_non_embedding": dense.non_embedding,
        "sparsity_prunable": sparsity.prunable,
        "sparsity_total": sparsity.total,
        "sparsity_non_embedding": sparsity.non_embedding,
        "parent": start.course.origin,
    }
    start.mask.save(folder.masks)
    if start.units:
        keep_units(folder.units, start.units)
    with folder_appearing(folder.ticket) as partial:
        origin.store(network.to("cpu"), partial)
        card = model_card(
            level, experiment, sparsity, outcome.validation_loss, read_shape(partial / CONFIG)
        )
        write_text(partial / "README.md", card)
    folder.mark_done(facts)
    _remove_leftovers(folder)


def _is_tidy(folder: LevelFolder, level: LevelId, experiment: config.Experiment) -> bool:
    """Whether a level that is done has all that it should keep, and nothing else."""
    if level.arm == DENSE and not_kept(folder, experiment.lottery):
        return False
    return not any(p.exists() for p in (folder.checkpoint, folder.best, folder.again.path))


def _remove_leftovers(folder: LevelFolder) -> None:
    """Remove what only an unfinished training needs; a kill may have prevented it before."""
    remove(folder.checkpoint)
    remove(folder.best)
