"""A network in memory with parts of another one in it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.networks.batches import Pairs, collate, longer_side, ordered_batches
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses
from ticketscope.networks.parts import Part, Parts
from ticketscope.networks.trace.rows import evaluating

Choice = Collection[Part]
"""Parts that are taken from the other network."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two networks of one shape, on one device.

    Args:
        own: the network that parts are put into; it is left as it was.
        other: the network that they are taken from.
        parts: the tensors of each part, by the names that `tensors` gives.
    """

    own: LoadedNetwork
    other: LoadedNetwork
    parts: Parts

    @property
    def turned(self) -> "Pair":
        """The same with the roles changed."""
        return replace(self, own=self.other, other=self.own)

    @contextmanager
    def with_parts(self, choice: Choice) -> Iterator[LoadedNetwork]:
        """Within, the network with these parts of the other one."""
        ours, theirs = tensors(self.own), tensors(self.other)
        names = [name for part in choice for name in self.parts[part]]
        before = {name: ours[name].detach().clone() for name in names}
        try:
            _copy(ours, theirs, names)
            yield replace(self.own)  # whether the output has a bias is known anew
        finally:
            _copy(ours, before, names)

    @torch.no_grad()
    def losses(
        self, choices: Sequence[Choice], pairs: Pairs, *, max_tokens: int
    ) -> NDArray[np.float64]:
        """Negative log-likelihood in nats of each sentence with each choice of parts,
        ``[choices, sentences]``. What the encoder makes of the sources is computed once for all
        choices that leave it as it is."""
        found = np.empty((len(choices), len(pairs)))
        with evaluating(self.own):
            for indices in ordered_batches(longer_side(pairs), max_tokens):
                batch = collate(pairs, indices, self.own.frame).to(self.own.device)
                encoded = self.own.encoded(batch)
                for of_choice, choice in zip(found, choices, strict=True):
                    known = encoded if all(part.module == "decoder" for part in choice) else None
                    with self.with_parts(choice) as network:
                        of_choice[indices] = batch_losses(network, batch, known).cpu().numpy()
        return found


def tensors(network: LoadedNetwork) -> dict[str, Tensor]:
    """All that is stored of a network in memory, each tensor once."""
    stored = network.model.state_dict(keep_vars=True)
    once = {tensor.data_ptr(): name for name, tensor in reversed(stored.items())}
    return {name: tensor for name, tensor in stored.items() if once[tensor.data_ptr()] == name}


@torch.no_grad()
def _copy(into: dict[str, Tensor], given: dict[str, Tensor], names: Sequence[str]) -> None:
    for name in names:
        into[name].copy_(given[name])
