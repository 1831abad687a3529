"""One training loop: the dense model and every level of every arm go through it.

A training is a stretch of the schedule (`Course`). It can be killed at any moment: a checkpoint
holds the exact state, and whatever is random (order, dropout) follows from the seed and the number
of the update, so that going on gives the same bytes as never having stopped.
"""

import hashlib
import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel

from ticketscope import config
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import JobError
from ticketscope.files import appearing
from ticketscope.lottery.training_log import TrainingLog, Unlogged
from ticketscope.networks.batches import Position, Sampler, collate, longer_side
from ticketscope.networks.loss import sentence_losses, summed_loss
from ticketscope.networks.masks import Enforcer, Mask
from ticketscope.networks.model import parameters, special_ids
from ticketscope.runs.store import LevelFolder
from ticketscope.seeds import derive


@dataclass(frozen=True)
class Course:
    """Which stretch of the schedule is trained, `first_update` to `last_update` (exclusive)."""

    first_update: int
    last_update: int
    patience: int
    seed: int
    origin: str = ""
    """Digest of the parent; a checkpoint that started from another one is not gone on from."""

    @property
    def num_updates(self) -> int:
        """Optimiser steps to take."""
        return self.last_update - self.first_update


@dataclass(frozen=True)
class Outcome:
    """How a training ended."""

    num_updates: int
    """Steps up to the state that was kept (the best one, with patience)."""
    validation_loss: float
    """Nats per target token, of the kept state."""


@dataclass
class _Progress:
    """Everything that changes during a training besides tensors."""

    update: int = 0
    epoch: int = 0
    batch: int = 0
    best_loss: float = math.inf
    best_update: int = 0
    num_without_improvement: int = 0
    num_averaged: int = 0
    stopped: bool = False
    seconds: float = 0.0
    validation_loss: float = math.nan
    unlogged: Unlogged = field(default_factory=Unlogged)


@dataclass
class _Trainer:
    model: PreTrainedModel
    optimiser: torch.optim.Adam
    enforcer: Enforcer
    sum_of_snapshots: dict[str, Tensor] = field(default_factory=dict)
    progress: _Progress = field(default_factory=_Progress)


def learning_rate(update: int, settings: config.Training) -> float:
    """Inverse square root with linear warm-up; `update` counts from 0 (Vaswani et al. 2017)."""
    step, warmup = update + 1, settings.warmup_updates
    if step <= warmup:
        return settings.initial_rate + (settings.peak_rate - settings.initial_rate) * step / warmup
    return settings.peak_rate * math.sqrt(warmup / step)


def train(
    model: PreTrainedModel,
    mask: Mask,
    course: Course,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    folder: LevelFolder,
    moments: Mapping[str, Tensor],
) -> Outcome:
    """Train `model` in place along `course`, going on from the checkpoint in `folder` if any.

    Every weight that `mask` has pruned is exactly zero after every update. `moments` are the
    optimiser's at the start (empty: zero). Raises `JobError` when the loss is not finite.
    """
    settings, execution = experiment.training, experiment.execution
    tensors = parameters(model.to(settings.device).train())
    trainer = _Trainer(model, _optimiser(tensors, settings), Enforcer(mask, tensors))
    trainer.enforcer.mask_weights()
    if moments:
        _put_moments(trainer, moments)
        trainer.enforcer.mask_state(trainer.optimiser)
    if folder.checkpoint.exists():
        _go_on(trainer, course, folder)

    split, ids, progress = corpus.split("train"), special_ids(model), trainer.progress
    sampler = Sampler(
        longer_side(split),
        max_tokens=experiment.batches.max_tokens,
        seed=derive(course.seed, "order"),
    )
    sampler.position = Position(progress.epoch, progress.batch)
    log = TrainingLog(
        folder.log,
        progress.update,
        course.num_updates,
        execution.log_every,
        execution.tensorboard,
        progress.unlogged,
    )
    saved_at = time.monotonic()
    seconds_before = progress.seconds - time.monotonic()

    with log:
        while progress.update < course.num_updates and not progress.stopped:
            rate = learning_rate(course.first_update + progress.update, settings)
            batches = [collate(split, sampler.next(), ids) for _ in range(settings.accumulate)]
            # Dropout follows from the update alone, so no generator state needs to be kept.
            torch.manual_seed(derive(course.seed, "dropout", progress.update))
            loss = _update(trainer, [b.to(settings.device) for b in batches], rate, settings)
            num_tokens = sum(batch.num_tokens for batch in batches)
            if not math.isfinite(loss):
                raise JobError(
                    f"{folder.path}: the loss is {loss} after {progress.update} updates; "
                    "lower training.peak_rate or set training.clip_norm"
                )
            progress.update += 1
            progress.epoch, progress.batch = sampler.position.epoch, sampler.position.batch
            progress.seconds = seconds_before + time.monotonic()
            log.update(progress.update, loss, num_tokens, rate, progress.seconds)
            _take_snapshot(trainer, course, settings)
            if _validates(progress.update, course, settings):
                _validate(trainer, course, corpus, experiment, folder)
                log.validation(progress.update, progress.validation_loss)
            if time.monotonic() - saved_at >= execution.checkpoint_seconds:
                _save(trainer, course, folder.checkpoint)
                saved_at = time.monotonic()
    return _finish(trainer, course, corpus, experiment, folder)


def moments(path: Path) -> dict[str, Tensor]:
    """The moments of the optimiser that a finished training left (`lottery.moments = "keep"`)."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


# ----------------------------------------------------------------------------- one update


def _update(trainer: _Trainer, batches: list[Any], rate: float, settings: config.Training) -> float:
    """One optimiser step; returns the smoothed loss in nats per target token."""
    num_tokens = sum(batch.num_tokens for batch in batches)
    total = 0.0
    for batch in batches:
        with torch.autocast(
            settings.device, torch.bfloat16, enabled=settings.precision == "bfloat16"
        ):
            loss = summed_loss(trainer.model, batch, settings.label_smoothing) / num_tokens
        loss.backward()
        total += float(loss.detach())
    trainer.enforcer.mask_gradients()
    if settings.clip_norm:
        torch.nn.utils.clip_grad_norm_(trainer.model.parameters(), settings.clip_norm)
    for group in trainer.optimiser.param_groups:
        group["lr"] = rate
    trainer.optimiser.step()
    trainer.optimiser.zero_grad(set_to_none=True)
    # Both are zero already, but the invariant must not depend on the arithmetic of an optimiser.
    trainer.enforcer.mask_state(trainer.optimiser)
    trainer.enforcer.mask_weights()
    return total


def _optimiser(tensors: Mapping[str, Tensor], settings: config.Training) -> torch.optim.Adam:
    kinds: dict[str, type[torch.optim.Adam]] = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }
    kind = kinds[settings.optimiser]
    return kind(
        list(tensors.values()),
        lr=settings.peak_rate,
        betas=(settings.beta1, settings.beta2),
        eps=settings.epsilon,
        weight_decay=settings.weight_decay,
        fused=True,
    )


# ----------------------------------------------------------------------------- validation, mean


def _validates(update: int, course: Course, settings: config.Training) -> bool:
    return update % settings.validate_every == 0 or update == course.num_updates


def _validate(
    trainer: _Trainer,
    course: Course,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    folder: LevelFolder,
) -> None:
    progress = trainer.progress
    progress.validation_loss = _validation_loss(trainer.model, corpus, experiment)
    if not course.patience:
        return
    if progress.validation_loss < progress.best_loss:
        progress.best_loss, progress.best_update = progress.validation_loss, progress.update
        progress.num_without_improvement = 0
        _save(trainer, course, folder.best)
    else:
        progress.num_without_improvement += 1
        progress.stopped = progress.num_without_improvement >= course.patience


def _validation_loss(
    model: PreTrainedModel, corpus: EncodedCorpus, experiment: config.Experiment
) -> float:
    return sentence_losses(
        model,
        corpus.split("validation"),
        max_tokens=experiment.batches.max_tokens,
        device=experiment.training.device,
    ).mean


@torch.no_grad()
def _take_snapshot(trainer: _Trainer, course: Course, settings: config.Training) -> None:
    """Add the weights to the sum of the last `average_last` snapshots, when it is time."""
    before_end = course.num_updates - trainer.progress.update
    is_due = before_end % settings.average_every == 0
    if settings.average_last == 1 or not is_due:
        return
    if before_end // settings.average_every >= settings.average_last:
        return
    for name, tensor in parameters(trainer.model).items():
        if name in trainer.sum_of_snapshots:
            trainer.sum_of_snapshots[name] += tensor
        else:
            trainer.sum_of_snapshots[name] = tensor.detach().clone()
    trainer.progress.num_averaged += 1


def _finish(
    trainer: _Trainer,
    course: Course,
    corpus: EncodedCorpus,
    experiment: config.Experiment,
    folder: LevelFolder,
) -> Outcome:
    """Put the weights to keep into the model: the best, the mean, or simply the last."""
    if course.patience:
        _restore(trainer, *_read(folder.best))
    elif trainer.progress.num_averaged:
        with torch.no_grad():
            for name, tensor in parameters(trainer.model).items():
                tensor.copy_(trainer.sum_of_snapshots[name] / trainer.progress.num_averaged)
        loss = _validation_loss(trainer.model, corpus, experiment)
        trainer.progress.validation_loss = loss
    trainer.enforcer.mask_weights()
    if experiment.lottery.moments == "keep":
        with appearing(folder.moments) as partial:
            save_file(_moments_of(trainer), partial)
    trainer.model.eval()
    return Outcome(trainer.progress.update, trainer.progress.validation_loss)


# ----------------------------------------------------------------------------- checkpoints

_WEIGHT, _SUM, _FIRST, _SECOND, _STEP = "weight ", "sum ", "exp_avg ", "exp_avg_sq ", "step"


def _save(trainer: _Trainer, course: Course, path: Path) -> None:
    state = {_WEIGHT + name: p.detach() for name, p in parameters(trainer.model).items()}
    state |= _moments_of(trainer)
    state |= {_SUM + name: tensor for name, tensor in trainer.sum_of_snapshots.items()}
    state = {name: tensor.cpu().contiguous() for name, tensor in state.items()}
    about = {
        "origin": course.origin,
        "checksum": _checksum(state),
        "progress": asdict(trainer.progress),
    }
    with appearing(path) as partial:
        save_file(state, partial, metadata={"about": json.dumps(about)})


def _go_on(trainer: _Trainer, course: Course, folder: LevelFolder) -> None:
    state, about = _read(folder.checkpoint)
    if about["origin"] == course.origin:
        _restore(trainer, state, about)


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and the rest of a checkpoint. Raises `JobError` when its checksum is wrong."""
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            about = json.loads(file.metadata()["about"])
        is_sound = about["checksum"] == _checksum(state)
    except (SafetensorError, ValueError, TypeError, KeyError):
        is_sound = False
    if not is_sound:
        raise JobError(
            f"{path}: truncated or altered (wrong checksum); delete it and run again to train "
            "this level from its start, with the same result"
        )
    return state, about


def _checksum(state: Mapping[str, Tensor]) -> str:
    content = hashlib.sha256()
    for name in sorted(state):
        content.update(name.encode())
        content.update(state[name].numpy().tobytes())
    return content.hexdigest()


def _restore(trainer: _Trainer, state: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    with torch.no_grad():
        for name, parameter in parameters(trainer.model).items():
            parameter.copy_(state[_WEIGHT + name])
    _put_moments(trainer, state)
    trainer.sum_of_snapshots = {
        name.removeprefix(_SUM): tensor.to(parameter.device)
        for name, tensor in state.items()
        if name.startswith(_SUM)
    }
    progress = dict(about["progress"])
    trainer.progress.unlogged = Unlogged(**progress.pop("unlogged", {}))
    for name, value in progress.items():
        setattr(trainer.progress, name, value)


def _moments_of(trainer: _Trainer) -> dict[str, Tensor]:
    """Adam's moments by parameter and the number of steps behind them (0 before the first)."""
    stored: dict[str, Tensor] = {_STEP: torch.zeros(())}
    for name, parameter in parameters(trainer.model).items():
        memory = trainer.optimiser.state.get(parameter)
        if memory:
            stored[_FIRST + name] = memory["exp_avg"]
            stored[_SECOND + name] = memory["exp_avg_sq"]
            stored[_STEP] = memory["step"].clone()
    return stored


def _put_moments(trainer: _Trainer, stored: Mapping[str, Tensor]) -> None:
    for name, parameter in parameters(trainer.model).items():
        if _FIRST + name in stored:
            trainer.optimiser.state[parameter] = {
                # The fused kernel wants it beside the weights.
                "step": stored[_STEP].to(parameter.device).clone(),
                "exp_avg": stored[_FIRST + name].to(parameter.device).clone(),
                "exp_avg_sq": stored[_SECOND + name].to(parameter.device).clone(),
            }
