"""Ranks that talk to each other by `torch.distributed`: gloo on processors, NCCL on GPUs."""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import torch
from torch import Tensor, distributed
from torch.distributed import PrefixStore, TCPStore  # type: ignore[attr-defined]

from ticketscope.lottery.ranks.rank import Gradients, Rank
from ticketscope.lottery.ranks.shared_gradients import SharedGradients

_HOST: Final = "127.0.0.1"
_PATIENCE: Final = timedelta(days=1)
"""How long a rank waits for another. One that died is noticed at once, by other means; one that
validates, or writes a checkpoint to a slow disk, may take its time."""
_BACKENDS: Final = {"cpu": "gloo", "cuda": "nccl"}


class LostError(RuntimeError):
    """Another rank is not there any more."""


@dataclass(frozen=True)
class Meeting:
    """Where the ranks of this machine meet: a store of the first rank's process, with a port.

    Args:
        store: what all ranks see.
        size: how many ranks there are.
    """

    store: TCPStore
    size: int

    @classmethod
    def called(cls, size: int) -> "Meeting":
        """A new one, on any port that is free."""
        store = TCPStore(_HOST, 0, size, is_master=True, timeout=_PATIENCE, wait_for_workers=False)
        return cls(store, size)

    @classmethod
    def found(cls, port: int, size: int) -> "Meeting":
        """One that another process has called."""
        return cls(TCPStore(_HOST, port, size, is_master=False, timeout=_PATIENCE), size)

    @property
    def port(self) -> int:
        """Where others find it."""
        port: int = self.store.port
        return port

    def say_here(self, number: int) -> None:
        """Note that a follower is there."""
        self.store.set(f"here {number}", "")

    def is_complete(self) -> bool:
        """Whether all followers are there."""
        found: bool = self.store.check([f"here {number}" for number in range(1, self.size)])
        return found


@contextmanager
def joined(meeting: Meeting, number: int, device: str) -> Iterator["Group"]:
    """Be one of the ranks; returns when all are there. `device`: cpu or cuda."""
    own = None
    if device == "cuda":
        own = torch.device("cuda", number)
        os.environ["NCCL_NVLS_ENABLE"] = "0"  # its sums are not the same every time
    elif loopback := _loopback():
        # gloo takes the interface of the host's name, which may be down; all ranks are on this host
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    meeting.say_here(number)
    excepthook = sys.excepthook  # `init_process_group` puts one of its own in its place
    with _connected():
        distributed.init_process_group(
            _BACKENDS[device],
            store=PrefixStore("group", meeting.store),
            rank=number,
            world_size=meeting.size,
            timeout=_PATIENCE,
            device_id=own,
        )
    try:
        yield Group(meeting, number, device)
    finally:
        distributed.destroy_process_group()
        sys.excepthook = excepthook


def _loopback() -> str:
    names = [name for _, name in socket.if_nameindex()]
    return next((name for name in ("lo", "lo0") if name in names), "")


@contextmanager
def _connected() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise LostError(str(error).partition("\n")[0]) from error


class Group(Rank):
    """One of several ranks."""

    def __init__(self, meeting: Meeting, number: int, device: str) -> None:
        self.number, self.size = number, meeting.size
        self._store, self._device, self._num_told = meeting.store, device, 0

    def gradients(self, parameters: Sequence[Tensor]) -> Gradients:
        """As of `Rank`."""
        return SharedGradients(parameters, self)

    def told(self, value: Any) -> Any:
        """As of `Rank`."""
        key = f"told {self._num_told}"
        self._num_told += 1
        with _connected():
            if self.number == 0:
                self._store.set(key, json.dumps(value))
                return value
            return json.loads(self._store.get(key))

    @torch.no_grad()
    def copied(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """As of `Rank`; on the processor, whatever the device."""
        about = self.told({name: (list(t.shape), str(t.dtype)) for name, t in tensors.items()})
        found = {}
        for name, (shape, dtype) in about.items():
            tensor = torch.empty(shape, dtype=getattr(torch, dtype.removeprefix("torch.")))
            if self.number == 0:
                tensor.copy_(tensors[name])
            bytes_N = tensor.view(-1).view(torch.uint8).to(self._device)
            with _connected():
                distributed.broadcast(bytes_N, src=0)
            tensor.view(-1).view(torch.uint8).copy_(bytes_N)
            found[name] = tensor
        return found

    @torch.no_grad()
    def in_turns(self, own_R: Tensor) -> Tensor:
        """As of `Rank`."""
        return torch.stack(self._of_all(own_R)).T.flatten()

    def difference(self, digests: Callable[[], Mapping[str, Tensor]]) -> str:
        """As of `Rank`."""
        own = digests()
        of_ranks = self._of_all(torch.stack(list(own.values())))
        for number, of_rank_D in enumerate(of_ranks):
            differs_D = (of_rank_D != of_ranks[0]).tolist()
            if any(differs_D):
                what = list(own)[differs_D.index(True)]
                return f"rank {number} of {self.size} has another {what} than rank 0"
        return ""

    def exchange(self, mine_WP: Tensor, received_WP: Tensor) -> None:
        """As of `Exchange`."""
        with _connected():
            distributed.all_to_all_single(received_WP, mine_WP)

    def gather(self, part_P: Tensor, whole_WP: Tensor) -> None:
        """As of `Exchange`."""
        with _connected():
            distributed.all_gather(list(whole_WP), part_P)

    def _of_all(self, own: Tensor) -> list[Tensor]:
        of_ranks = [torch.empty_like(own) for _ in range(self.size)]
        with _connected():
            distributed.all_gather(of_ranks, own)
        return of_ranks
