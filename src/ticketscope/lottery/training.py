"""One training loop: the dense model and every level of every arm go through it.

A training is a stretch of the schedule (`Course`). It can be killed at any moment: whatever is
random (order, dropout) follows from the seed and the number of the update, and all else is in the
checkpoint.

Several ranks may share it (`ticketscope.lottery.ranks`): the first one calls `train`, the others
`follow`. The state that a training has on disk knows nothing of their number.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ticketscope import config
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import JobError
from ticketscope.files import appearing, is_there
from ticketscope.lottery.course import Course
from ticketscope.lottery.early_weights import EarlyWeights
from ticketscope.lottery.micro_batches import Portion, made_ahead, portions
from ticketscope.lottery.ranks.rank import ALONE, Rank
from ticketscope.lottery.trainer import Checkpoint, Progress, Trainer
from ticketscope.lottery.training_log import TrainingLog
from ticketscope.networks.batches import Pairs, Position, Sampler, keys_of_both_sides, longer_side
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.masks import Mask
from ticketscope.networks.model import parameters
from ticketscope.runs.store import LevelFolder
from ticketscope.seeds import derive

_PREPARED_AHEAD = 2
"""For how many updates a second thread makes the batches before a GPU needs them. On a processor it
would only take from the training what that needs itself (docs/log.md)."""


@dataclass(frozen=True)
class Outcome:
    """How a training ended."""

    num_updates: int
    """Steps up to the state that was kept (the best one, with patience)."""
    validation_loss: float
    """Nats per target token, of the kept state."""


def train(
    network: LoadedNetwork,
    mask: Mask,
    course: Course,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    folder: LevelFolder,
    moments: Mapping[str, Tensor],
    early: Mapping[int, EarlyWeights] = MappingProxyType({}),
    rank: Rank = ALONE,
) -> Outcome:
    """Train `network` in place along `course`, going on from the checkpoint in `folder` if any.

    Every weight that `mask` has pruned is exactly zero after every update. `moments` are the
    optimiser's at the start (empty: zero). After the updates that `early` names, the weights are
    kept there. `rank`: the first of those that share the training. Raises `JobError` when the loss
    is not finite.
    """
    settings, execution = experiment.training, experiment.execution
    trainer = Trainer.start(network, mask, settings, moments, rank)
    if is_there(folder.checkpoint):
        checkpoint = Checkpoint.read(folder.checkpoint)
        if checkpoint.origin == course.origin:
            trainer.restore(checkpoint)

    if rank.size > 1:
        rank.told(asdict(course))
        rank.copied(mask.kept)
        now = trainer.checkpoint(course.origin)
        rank.told(now.progress)
        rank.copied(now.state)
    progress = trainer.progress
    log = TrainingLog(
        folder.log,
        progress.update,
        course.num_updates,
        execution.log_every,
        progress.unlogged,
    )
    saved_at = time.monotonic()
    seconds_before = progress.seconds - time.monotonic()

    with log, closing(_portions(network, course, corpus, experiment, progress, rank)) as to_do:
        if not course.num_updates:  # a pretrained network that goes on as it is
            progress.validation_loss = _validation_loss(network, corpus, experiment)
            log.validation(0, progress.validation_loss)
        _keep_early(trainer, early, experiment)
        while progress.update < course.num_updates and not progress.stopped:
            rate = course.rate(progress.update, settings)
            portion = next(to_do)
            losses = trainer.update(portion, rate, course.seed, settings)
            progress.update += 1
            progress.epoch, progress.batch = portion.after.epoch, portion.after.batch
            progress.seconds = seconds_before + time.monotonic()
            log.update(progress.update, losses, portion.num_tokens, rate, progress.seconds)
            is_late = time.monotonic() - saved_at >= execution.checkpoint_seconds
            validates = _validates(progress.update, course, settings)
            if validates or is_late or progress.update in early:
                log.settle()  # what is kept has a loss
            _keep_early(trainer, early, experiment)
            trainer.take_snapshot(course, settings)
            if validates:
                if difference := rank.difference(trainer.digests):
                    raise JobError(
                        f"{folder.path}: {difference}, through a fault of a device or of what "
                        "connects them; delete it and run again to train this level from its start"
                    )
                _validate(trainer, course, corpus, experiment, folder)
                rank.told(progress.stopped)
                log.validation(progress.update, progress.validation_loss)
            if is_late:
                trainer.checkpoint(course.origin).write(folder.checkpoint)
                saved_at = time.monotonic()
    return _finish(trainer, course, corpus, experiment, folder)


def follow(
    network: LoadedNetwork,
    mask: Mask,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    rank: Rank,
) -> None:
    """Do the share of a rank that is not the first: its micro-batches, and every update.

    `network` and `mask` have the shape of those that `train` has on the first rank, which hands
    over what is in them.
    """
    settings = experiment.training
    course = Course(**rank.told(None))
    trainer = Trainer.start(network, Mask(rank.copied(mask.kept)), settings, {}, rank)
    trainer.restore(Checkpoint(progress=rank.told(None), state=rank.copied({}), origin=""))
    progress = trainer.progress
    with closing(_portions(network, course, corpus, experiment, progress, rank)) as to_do:
        while progress.update < course.num_updates and not progress.stopped:
            rate = course.rate(progress.update, settings)
            trainer.update(next(to_do), rate, course.seed, settings)
            progress.update += 1
            if _validates(progress.update, course, settings):
                rank.difference(trainer.digests)  # of which the first rank makes an end
                progress.stopped = rank.told(None)


def _portions(
    network: LoadedNetwork,
    course: Course,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    progress: Progress,
    rank: Rank,
) -> Generator[Portion]:
    """What a rank has of each update from now on."""
    settings, split = experiment.training, corpus.split("train")
    sampler = Sampler(
        longer_side(split),
        max_tokens=experiment.batches.max_tokens,
        seed=order_seed(course.seed),
        keys=sort_keys(split, experiment.batches),
    )
    sampler.position = Position(progress.epoch, progress.batch)
    to_do = portions(
        split, network.frame, sampler, settings.accumulate, rank, pins=settings.device == "cuda"
    )
    return made_ahead(to_do, 0 if settings.device == "cpu" else _PREPARED_AHEAD)


def sort_keys(pairs: Pairs, settings: config.Batches) -> NDArray[np.int64] | None:
    """What pairs are sorted by before an epoch is cut into batches; None: by the longer side."""
    return keys_of_both_sides(pairs) if settings.sort_by == "both" else None


def order_seed(seed: int) -> int:
    """What decides the order of batches, from the seed of a training."""
    return derive(seed, "order")


def moments(path: Path) -> dict[str, Tensor]:
    """The moments of the optimiser that a finished training left (`lottery.moments = "keep"`)."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _keep_early(
    trainer: Trainer, early: Mapping[int, EarlyWeights], experiment: config.Experiment
) -> None:
    """Keep the weights as they are now, if they are asked for."""
    if weights := early.get(trainer.progress.update):
        keeps = experiment.lottery.moments == "keep"
        tensors = parameters(trainer.network.model)
        weights.keep(tensors, trainer.moments() if keeps else {})


# ----------------------------------------------------------------------------- validation, end


def _validates(update: int, course: Course, settings: config.Training) -> bool:
    return update % settings.validate_every == 0 or update == course.num_updates


def _validate(
    trainer: Trainer,
    course: Course,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    folder: LevelFolder,
) -> None:
    progress = trainer.progress
    progress.validation_loss = _validation_loss(trainer.network, corpus, experiment)
    if not course.patience:
        return
    if progress.validation_loss < progress.best_loss:
        progress.best_loss, progress.best_update = progress.validation_loss, progress.update
        progress.num_without_improvement = 0
        trainer.checkpoint(course.origin).write(folder.best)
    else:
        progress.num_without_improvement += 1
        progress.stopped = progress.num_without_improvement >= course.patience


def _validation_loss(
    network: LoadedNetwork, corpus: EncodedCorpus, experiment: config.Experiment
) -> float:
    return sentence_losses(
        network,
        corpus.split("validation"),
        max_tokens=experiment.batches.max_tokens,
        device=experiment.training.device,
    ).mean


def _finish(
    trainer: Trainer,
    course: Course,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    folder: LevelFolder,
) -> Outcome:
    """Put the weights to keep into the model: the best, the mean, or simply the last."""
    if course.patience:
        trainer.restore(Checkpoint.read(folder.best))
    elif trainer.progress.num_averaged:
        trainer.take_mean()
        loss = _validation_loss(trainer.network, corpus, experiment)
        trainer.progress.validation_loss = loss
    trainer.enforcer.mask_weights()
    if experiment.lottery.moments == "keep":
        with appearing(folder.moments) as partial:
            save_file(trainer.moments(), partial)
    trainer.network.model.eval()
    return Outcome(trainer.progress.update, trainer.progress.validation_loss)
