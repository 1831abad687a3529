"""The states that the layers of a network hand on in a batch, and others in their place.

What a layer hands on is read where it leaves the layer: in a pre-norm network the stream before any
norm. The last state of a stack is the one that leaves the stack, through its last norm if it has
one. So the layer above, or what reads the stack, is given just what it is given otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor, nn

from ticketscope.networks.batches import Batch
from ticketscope.networks.loaded import LoadedNetwork

Stack = Literal["encoder", "decoder"]
STACKS: tuple[Stack, ...] = ("encoder", "decoder")


@dataclass(frozen=True)
class Streams:
    """What layers 1 … L of a stack hand on, ``[B, S, d]`` each."""

    encoder: tuple[Tensor, ...]
    decoder: tuple[Tensor, ...]

    def of(self, stack: Stack) -> tuple[Tensor, ...]:
        """Of one stack."""
        return self.encoder if stack == "encoder" else self.decoder


def streams(network: LoadedNetwork, batch: Batch) -> Streams:
    """Of a batch, whose targets the decoder reads."""
    with _read(network, "encoder") as below:
        encoded_BSD = network.encoded(batch)
    encoder = (*below[:-1], encoded_BSD)
    return Streams(encoder, decoder_stream(network, batch, encoded_BSD))


def decoder_stream(network: LoadedNetwork, batch: Batch, encoded_BSD: Tensor) -> tuple[Tensor, ...]:
    """What the layers of the decoder hand on, given what the encoder made of the sources."""
    with _read(network, "decoder") as below:
        decoded_BTD = network.decoded(batch, encoded_BSD)
    return (*below[:-1], decoded_BTD)


@contextmanager
def _read(network: LoadedNetwork, stack: Stack) -> Iterator[list[Tensor]]:
    """Collects what each layer hands on, the last one before the norm that ends the stack."""
    found: list[Tensor] = []

    def keep(_layer: nn.Module, _inputs: Any, output: Any) -> None:
        found.append(output[0] if isinstance(output, tuple) else output)

    layers = network.family.layers(network.model, stack)
    hooks = [layer.register_forward_hook(keep) for layer in layers]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def handing_on(network: LoadedNetwork, stack: Stack, layer: int, state: Tensor) -> Iterator[None]:
    """Within, a layer, counted from 1, hands on this state, whatever it is given."""

    def instead(_layer: nn.Module, _inputs: Any, output: Any) -> Any:
        # What the first layer of a T5 finds out for all others stays.
        return (state, *output[1:]) if isinstance(output, tuple) else state

    hook = network.family.layers(network.model, stack)[layer - 1].register_forward_hook(instead)
    try:
        yield
    finally:
        hook.remove()
