"""Ranks that talk to each other by `torch.distributed`: gloo on processors, NCCL on GPUs."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import torch
from torch import Tensor, distributed
from torch.distributed import PrefixStore, Store, TCPStore  # type: ignore[attr-defined]

from ticketscope.errors import JobError
from ticketscope.lottery.ranks.rank import Gradients, Rank
from ticketscope.lottery.ranks.shared_gradients import SharedGradients

HOST: Final = "127.0.0.1"
PATIENCE: Final = timedelta(days=1)
"""How long a rank waits for another. One that died is noticed at once, by other means; one that
validates, or writes a checkpoint to a slow disk, may take its time."""
_BACKENDS: Final = {"cpu": "gloo", "cuda": "nccl"}


def opened_store(size: int) -> TCPStore:
    """Where the ranks of this machine meet, on a port that was free."""
    return TCPStore(HOST, 0, size, is_master=True, timeout=PATIENCE, wait_for_workers=False)


def found_store(port: int, size: int) -> TCPStore:
    """The store that another process has opened."""
    return TCPStore(HOST, port, size, is_master=False, timeout=PATIENCE)


@contextmanager
def joined(store: Store, number: int, size: int, device: str) -> Iterator["Group"]:
    """Be one of the ranks; returns when all are there. `device`: cpu or cuda."""
    own = None
    if device == "cuda":
        own = torch.device("cuda", number)
        torch.cuda.set_device(own)
    distributed.init_process_group(
        _BACKENDS[device],
        store=PrefixStore("group", store),
        rank=number,
        world_size=size,
        timeout=PATIENCE,
        device_id=own,
    )
    try:
        yield Group(store, number, size, device)
    finally:
        distributed.destroy_process_group()


class Group(Rank):
    """One of several ranks."""

    def __init__(self, store: Store, number: int, size: int, device: str) -> None:
        self.number, self.size = number, size
        self._store, self._device, self._num_told = store, device, 0

    def gradients(self, parameters: Sequence[Tensor]) -> Gradients:
        """As of `Rank`."""
        return SharedGradients(parameters, self)

    def told(self, value: Any) -> Any:
        """As of `Rank`."""
        key = f"told {self._num_told}"
        self._num_told += 1
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
            distributed.broadcast(bytes_N, src=0)
            tensor.view(-1).view(torch.uint8).copy_(bytes_N)
            found[name] = tensor
        return found

    @torch.no_grad()
    def in_turns(self, own_R: Tensor) -> Tensor:
        """As of `Rank`."""
        return torch.stack(self._of_all(own_R)).T.flatten()

    def compare(self, digests: Callable[[], Mapping[str, Tensor]]) -> None:
        """As of `Rank`."""
        own = digests()
        of_ranks = self._of_all(torch.stack(list(own.values())))
        for number, of_rank_D in enumerate(of_ranks):
            differs_D = (of_rank_D != of_ranks[0]).tolist()
            if any(differs_D):
                name = list(own)[differs_D.index(True)]
                raise JobError(
                    f"rank {number} of {self.size} has another {name} than rank 0: a fault of its "
                    "device, or of what connects them; run again to go on from the checkpoint"
                )

    def exchange(self, mine_WP: Tensor, received_WP: Tensor) -> None:
        """As of `Exchange`."""
        distributed.all_to_all_single(received_WP, mine_WP)

    def gather(self, part_P: Tensor, whole_WP: Tensor) -> None:
        """As of `Exchange`."""
        distributed.all_gather(list(whole_WP), part_P)

    def _of_all(self, own: Tensor) -> list[Tensor]:
        of_ranks = [torch.empty_like(own) for _ in range(self.size)]
        distributed.all_gather(of_ranks, own)
        return of_ranks
