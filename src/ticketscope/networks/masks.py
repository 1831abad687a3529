"""Which weights a ticket has lost, and the promise that they stay lost.

The invariant: after every optimiser step every pruned weight is exactly +0.0, and so is what the
optimiser remembers of it. Masking gradients alone is not enough (with Adam, momentum revives a
pruned weight at the next step), and multiplying by 0 would leave -0.0.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from pydantic import NonNegativeInt, TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from torch import Tensor

from ticketscope.errors import InputError, JobError
from ticketscope.files import appearing, disk_errors_named


@dataclass(frozen=True, eq=False)
class Mask:
    """For every prunable tensor by name: True where the weight is kept. Never changed in place."""

    kept: Mapping[str, Tensor]

    def __post_init__(self) -> None:
        for name, kept in self.kept.items():
            if kept.dtype != torch.bool:
                raise TypeError(f"mask of {name}: {kept.dtype}, not torch.bool")
        object.__setattr__(self, "kept", MappingProxyType(dict(sorted(self.kept.items()))))

    @classmethod
    def dense(cls, prunable: Mapping[str, Tensor]) -> "Mask":
        """The mask that keeps everything."""
        return cls({name: torch.ones(w.shape, dtype=torch.bool) for name, w in prunable.items()})

    @property
    def num_weights(self) -> int:
        """Prunable weights, kept or not."""
        return sum(kept.numel() for kept in self.kept.values())

    @property
    def num_pruned(self) -> int:
        """Weights that are gone."""
        return self.num_weights - sum(int(kept.sum()) for kept in self.kept.values())

    def __repr__(self) -> str:
        return f"Mask({self.num_pruned:,} of {self.num_weights:,} weights pruned)"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Mask)
            and list(self.kept) == list(other.kept)
            and all(torch.equal(kept, other.kept[name]) for name, kept in self.kept.items())
        )

    def within(self, other: "Mask") -> bool:
        """Whether all that this mask keeps, `other` keeps too (levels are nested)."""
        return list(self.kept) == list(other.kept) and all(
            bool((~kept | other.kept[name]).all()) for name, kept in self.kept.items()
        )

    def save(self, path: Path) -> None:
        """Write atomically, eight weights per byte."""
        packed = {name: np.packbits(kept.numpy()) for name, kept in self.kept.items()}
        shapes = json.dumps({name: list(kept.shape) for name, kept in self.kept.items()})
        with appearing(path) as partial:
            # One entry: safetensors writes several in an order that changes from run to run.
            partial.write_bytes(save(packed, metadata={"shapes": shapes}))

    @classmethod
    def load(cls, path: Path) -> "Mask":
        """Read what `save` wrote. Raises `InputError` for anything else."""
        try:
            with disk_errors_named(path), safe_open(path, framework="numpy") as file:
                shapes = _SHAPES.validate_json((file.metadata() or {}).get("shapes", ""))
                return cls({name: _unpacked(file, name, shape) for name, shape in shapes.items()})
        except (SafetensorError, ValidationError):
            raise InputError(
                f"{path}: damaged, or no mask that ticketscope has stored; get it again, or move "
                "it away"
            ) from None


_SHAPES = TypeAdapter(dict[str, tuple[NonNegativeInt, ...]])


def _unpacked(file: Any, name: str, shape: tuple[int, ...]) -> Tensor:
    packed, size = file.get_slice(name), math.prod(shape)
    if packed.get_dtype() != "U8" or packed.get_shape() != [-(-size // 8)]:
        raise SafetensorError(f"{name} has not a bit for every weight")
    bits = np.unpackbits(file.get_tensor(name), count=size)
    return torch.from_numpy(bits.reshape(shape).astype(bool))


class Enforcer:
    """Holds the parameters of a model in training to a mask.

    Works on the bits: AND with all zeros gives +0.0 whatever was there, not a number included, and
    takes a twentieth of the time of `masked_fill_` (at half the weights on a CPU).
    """

    def __init__(self, mask: Mask, parameters: Mapping[str, Tensor]) -> None:
        assert all(parameters[name].dtype == torch.float32 for name in mask.kept)
        self._kept_bits = {
            name: (
                parameters[name],
                torch.where(kept, -1, 0).to(parameters[name].device, torch.int32),
            )
            for name, kept in mask.kept.items()
            if not bool(kept.all())
        }

    @property
    def kept_bits(self) -> dict[str, Tensor]:
        """Of each tensor that has lost weights, by name: -1 where a weight is kept, 0 elsewhere."""
        return {name: kept_bits for name, (_, kept_bits) in self._kept_bits.items()}

    @torch.no_grad()
    def mask_weights(self) -> None:
        """Set every pruned weight to +0.0."""
        for parameter, kept_bits in self._kept_bits.values():
            _keep(parameter, kept_bits)

    @torch.no_grad()
    def mask_gradients(self) -> None:
        """Drop the gradients of pruned weights; before the norm is taken for clipping."""
        for parameter, kept_bits in self._kept_bits.values():
            if parameter.grad is not None:
                _keep(parameter.grad, kept_bits)

    @torch.no_grad()
    def mask_state(self, optimiser: torch.optim.Optimizer) -> None:
        """Drop what the optimiser remembers of pruned weights."""
        for parameter, kept_bits in self._kept_bits.values():
            for memory in optimiser.state.get(parameter, {}).values():
                if isinstance(memory, Tensor) and memory.shape == parameter.shape:
                    _keep(memory, kept_bits)


def _keep(values: Tensor, kept_bits: Tensor) -> None:
    values.view(torch.int32).bitwise_and_(kept_bits)


def check_exact_zeros(mask: Mask, tensors: Mapping[str, Tensor]) -> None:
    """Raise `JobError` where a pruned weight is not exactly +0.0 (bit by bit, so not -0.0)."""
    for name, kept in mask.kept.items():
        if not are_zero(tensors[name], ~kept):
            raise JobError(f"{name}: a pruned weight is not exactly zero")


def are_zero(tensor: Tensor, pruned: Tensor) -> bool:
    """Whether each pruned weight is exactly +0.0."""
    values = tensor.detach()[pruned]
    return not (values.count_nonzero() or torch.signbit(values).any())
