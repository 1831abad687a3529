"""Gradients of an update that several ranks compute, summed in the order of its micro-batches.

The sum must have the same bits whoever computed what. So each rank owns one part of every gradient
and adds up what the ranks send it of that part, round by round and in the order of ranks, which is
the order of micro-batches; at the end all parts go to all ranks. With one round per update this
moves as many bytes as one all-reduce. A usual all-reduce would add in an order of its own, which
changes with the number of ranks, and with the buckets that PyTorch's DDP makes anew after the first
update (pytorch 30509, 35137, 44798).
"""

from collections.abc import Sequence
from typing import Final, Protocol

import torch
from torch import Tensor

from ticketscope.lottery.ranks.rank import Gradients

_NOTHING: Final = -0.0
"""What changes no number when it is added: 0.0 would change -0.0."""
_ALIGNED: Final = 128
"""Numbers: every gradient begins where memory of its own would, at a multiple of 512 bytes, because
on a GPU the order in which a norm is summed may depend on it."""


class Exchange(Protocol):
    """What moves the parts between ranks."""

    number: int
    size: int

    def exchange(self, mine_WP: Tensor, received_WP: Tensor) -> None:
        """Row w of `mine_WP` goes to rank w, into its row `received_WP[number]`."""

    def gather(self, part_P: Tensor, whole_WP: Tensor) -> None:
        """The parts of all ranks go to all, in the order of ranks."""


class SharedGradients(Gradients):
    """The gradients of `parameters`, of which each rank sums one part."""

    @torch.no_grad()
    def __init__(self, parameters: Sequence[Tensor], exchange: Exchange) -> None:
        assert all(p.dtype == torch.float32 and p.is_contiguous() for p in parameters)
        self._parameters, self._exchange = parameters, exchange
        starts, length = [], 0
        for parameter in parameters:
            starts.append(length)
            length += -(-parameter.numel() // _ALIGNED) * _ALIGNED
        size, device = exchange.size, parameters[0].device
        # Of every rank the same part of a gradient, all parts of one length.
        part = -(-length // (size * _ALIGNED)) * _ALIGNED
        self._whole_WP = torch.full((size, part), _NOTHING, device=device)
        self._received_WP = torch.empty_like(self._whole_WP)
        self._sum_P = torch.full((part,), _NOTHING, device=device)
        flat = self._whole_WP.view(-1)
        self._slots = [
            flat[start : start + parameter.numel()].view_as(parameter)
            for start, parameter in zip(starts, parameters, strict=True)
        ]
        self._has_gradient = [False] * len(parameters)

    @torch.no_grad()
    def end_round(self) -> None:
        """As of `Gradients`."""
        there = [parameter.grad is not None for parameter in self._parameters]
        if not all(there):
            self._whole_WP.fill_(_NOTHING)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        slots = [slot for slot, is_there in zip(self._slots, there, strict=True) if is_there]
        if gradients:
            torch._foreach_copy_(slots, gradients)
        for number, parameter in enumerate(self._parameters):
            self._has_gradient[number] |= there[number]
            parameter.grad = None
        self._exchange.exchange(self._whole_WP, self._received_WP)
        for received_P in self._received_WP:
            self._sum_P += received_P

    @torch.no_grad()
    def end_update(self) -> None:
        """As of `Gradients`. What has no gradient on this rank is part of no rank's network."""
        self._exchange.gather(self._sum_P, self._whole_WP)
        for number, parameter in enumerate(self._parameters):
            parameter.grad = self._slots[number] if self._has_gradient[number] else None
            self._has_gradient[number] = False
        self._sum_P.fill_(_NOTHING)
