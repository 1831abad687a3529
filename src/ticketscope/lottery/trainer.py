"""A network in training: one update, snapshots for the mean, and the checkpoint of it all.

A checkpoint holds the exact state, so that going on from it gives the same bytes as never having
stopped.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ticketscope.config import Training
from ticketscope.errors import JobError
from ticketscope.files import appearing
from ticketscope.lottery.course import Course
from ticketscope.lottery.micro_batches import Portion, dropout_seed
from ticketscope.lottery.ranks.digests import digest_of
from ticketscope.lottery.ranks.rank import ALONE, Gradients, Rank
from ticketscope.lottery.training_log import Unlogged
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import summed_loss
from ticketscope.networks.masks import Enforcer, Mask
from ticketscope.networks.model import parameters

_WEIGHT, _SUM, _FIRST, _SECOND, _STEP = "weight ", "sum ", "exp_avg ", "exp_avg_sq ", "step"
_MASK = "mask "


@dataclass
class Progress:
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


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training, as it is on disk and as ranks hand it over.

    Args:
        state: tensors by name.
        progress: the fields of `Progress`.
        origin: what it was saved with.
    """

    state: Mapping[str, Tensor]
    progress: Mapping[str, Any]
    origin: str

    @classmethod
    def read(cls, path: Path) -> "Checkpoint":
        """Read what `write` wrote. Raises `JobError` when its checksum is wrong."""
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
        return cls(state, about["progress"], about["origin"])

    def write(self, path: Path) -> None:
        """Write it, with its checksum."""
        about = {
            "origin": self.origin,
            "checksum": _checksum(self.state),
            "progress": self.progress,
        }
        with appearing(path) as partial:
            save_file(dict(self.state), partial, metadata={"about": json.dumps(about)})


@dataclass
class Trainer:
    """A network in training with all that changes meanwhile: what a checkpoint holds.

    Args:
        network: what is trained.
        optimiser: with the moments of the weights.
        enforcer: keeps what is pruned at zero.
        gradients: sums them over an update.
        rank: who of those that share the training this is.
        sum_of_snapshots: of the weights, by parameter, for their mean.
        progress: how far it is.
    """

    network: LoadedNetwork
    optimiser: torch.optim.Adam
    enforcer: Enforcer
    gradients: Gradients
    rank: Rank = ALONE
    sum_of_snapshots: dict[str, Tensor] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    @classmethod
    def start(
        cls,
        network: LoadedNetwork,
        mask: Mask,
        settings: Training,
        moments: Mapping[str, Tensor],
        rank: Rank = ALONE,
    ) -> "Trainer":
        """One that has done no update yet; `moments` are the optimiser's (empty: zero)."""
        tensors = parameters(network.model.to(settings.device).train())
        trainer = cls(
            network,
            _optimiser(tensors, settings),
            Enforcer(mask, tensors),
            rank.gradients(list(tensors.values())),
            rank,
        )
        trainer.enforcer.mask_weights()
        if moments:
            trainer._put_moments(moments)
            trainer.enforcer.mask_state(trainer.optimiser)
        return trainer

    def update(self, portion: Portion, rate: float, seed: int, settings: Training) -> Tensor:
        """One optimiser step; returns the smoothed losses of all micro-batches, in their order and
        in nats per target token of the update.

        `portion`: what this rank has of the update. `seed`: of the training. The losses stay where
        they were computed, and nothing in here has the program wait for a GPU.
        """
        losses = []
        for micro_batch in portion.micro_batches:
            if micro_batch is None:
                losses.append(torch.zeros((), device=settings.device))
            else:
                # What dropout draws follows from update and number alone, so no generator state
                # needs to be kept, and any rank can draw it.
                torch.manual_seed(dropout_seed(seed, self.progress.update, micro_batch.number))
                batch = micro_batch.batch.to(settings.device)
                with _in_precision(settings):
                    loss = summed_loss(self.network, batch, settings.label_smoothing)
                    loss = loss / portion.num_tokens
                torch.autograd.backward(loss)
                losses.append(loss.detach())
            self.gradients.end_round()
        self.gradients.end_update()
        self.enforcer.mask_gradients()
        if settings.clip_norm:
            torch.nn.utils.clip_grad_norm_(self.network.model.parameters(), settings.clip_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        # Both are zero already, but the invariant must not hang on an optimiser's arithmetic.
        self.enforcer.mask_state(self.optimiser)
        self.enforcer.mask_weights()
        return self.rank.in_turns(torch.stack(losses))

    @torch.no_grad()
    def take_snapshot(self, course: Course, settings: Training) -> None:
        """Add the weights to the sum of the last `average_last` snapshots, when it is time."""
        before_end = course.num_updates - self.progress.update
        is_due = before_end % settings.average_every == 0
        if settings.average_last == 1 or not is_due:
            return
        if before_end // settings.average_every >= settings.average_last:
            return
        for name, tensor in parameters(self.network.model).items():
            if name in self.sum_of_snapshots:
                self.sum_of_snapshots[name] += tensor
            else:
                self.sum_of_snapshots[name] = tensor.detach().clone()
        self.progress.num_averaged += 1

    @torch.no_grad()
    def take_mean(self) -> None:
        """Put the mean of the snapshots into the network."""
        for name, tensor in parameters(self.network.model).items():
            tensor.copy_(self.sum_of_snapshots[name] / self.progress.num_averaged)

    def checkpoint(self, origin: str) -> Checkpoint:
        """The state now, on the processor; `origin` is kept with it."""
        state = {_WEIGHT + name: p.detach() for name, p in parameters(self.network.model).items()}
        state |= self.moments()
        state |= {_SUM + name: tensor for name, tensor in self.sum_of_snapshots.items()}
        state = {name: tensor.cpu().contiguous() for name, tensor in state.items()}
        return Checkpoint(state, asdict(self.progress), origin)

    def digests(self) -> dict[str, Tensor]:
        """Of every weight, its moments and its mask, by name, an int64 each."""
        tensors = {_WEIGHT + name: p.detach() for name, p in parameters(self.network.model).items()}
        tensors |= self.moments()
        tensors |= {_MASK + name: kept for name, kept in self.enforcer.kept_bits.items()}
        return {name: digest_of(tensor) for name, tensor in tensors.items()}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to the state of a checkpoint."""
        state, progress = checkpoint.state, dict(checkpoint.progress)
        with torch.no_grad():
            for name, parameter in parameters(self.network.model).items():
                parameter.copy_(state[_WEIGHT + name])
        self._put_moments(state)
        self.sum_of_snapshots = {
            name.removeprefix(_SUM): tensor.to(parameter.device)
            for name, tensor in state.items()
            if name.startswith(_SUM)
        }
        self.progress.unlogged = Unlogged(**progress.pop("unlogged", {}))
        for name, value in progress.items():
            setattr(self.progress, name, value)

    def moments(self) -> dict[str, Tensor]:
        """Adam's moments by parameter and the number of steps behind them (0 before the first)."""
        stored: dict[str, Tensor] = {_STEP: torch.zeros(())}
        for name, parameter in parameters(self.network.model).items():
            memory = self.optimiser.state.get(parameter)
            if memory:
                stored[_FIRST + name] = memory["exp_avg"]
                stored[_SECOND + name] = memory["exp_avg_sq"]
                stored[_STEP] = memory["step"].clone()
        return stored

    def _put_moments(self, stored: Mapping[str, Tensor]) -> None:
        for name, parameter in parameters(self.network.model).items():
            if _FIRST + name in stored:
                self.optimiser.state[parameter] = {
                    # The fused kernel wants it beside the weights.
                    "step": stored[_STEP].to(parameter.device).clone(),
                    "exp_avg": stored[_FIRST + name].to(parameter.device).clone(),
                    "exp_avg_sq": stored[_SECOND + name].to(parameter.device).clone(),
                }


def _in_precision(settings: Training) -> AbstractContextManager[object]:
    """Where products are taken in bfloat16, the weights and what is summed stay in float32."""
    if settings.precision == "float32":
        return nullcontext()
    return torch.autocast(settings.device, torch.bfloat16)


def _optimiser(tensors: Mapping[str, Tensor], settings: Training) -> torch.optim.Adam:
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


def _checksum(state: Mapping[str, Tensor]) -> str:
    content = hashlib.sha256()
    for name in sorted(state):
        content.update(name.encode())
        content.update(state[name].numpy().tobytes())
    return content.hexdigest()
