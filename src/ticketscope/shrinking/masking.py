"""A network in memory that computes as if units were removed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ticketscope.networks.head_importance import gated
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.shrinking.kept import STACKS, Kept


@contextmanager
def masked(network: LoadedNetwork, kept: Kept) -> Iterator[None]:
    """Within, a layer that is removed hands on what it is given, and a neuron or a head that is
    removed hands on nothing. All weights stay as they are."""
    family, model = network.family, network.model
    with ExitStack() as hooks:
        for stack in STACKS:
            for number, layer in enumerate(family.layers(model, stack), 1):
                if number not in kept.layers[stack]:
                    hooks.callback(layer.register_forward_hook(_hand_on).remove)
                elif (stack, number) in kept.neurons:
                    units = torch.from_numpy(kept.neurons[stack, number])
                    hooks.enter_context(gated_neurons(family.feed_forward(layer), units))
        for kind, blocks in family.attention_blocks(model).items():
            for number, block in enumerate(blocks, 1):
                if (kind, number) in kept.heads:
                    units = torch.from_numpy(kept.heads[kind, number])
                    hooks.enter_context(gated(block, units.to(model.device, model.dtype)))
        yield


@contextmanager
def gated_neurons(last: nn.Module, units: Tensor) -> Iterator[None]:
    """Multiply what each neuron hands to the last projection of its block by 0 or 1, `[width]`."""

    def multiply(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        (hidden_BTF,) = inputs
        return (hidden_BTF * units.to(hidden_BTF.device, hidden_BTF.dtype),)

    hook = last.register_forward_pre_hook(multiply)
    try:
        yield
    finally:
        hook.remove()


def _hand_on(_layer: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
    """The state as it came in; what the first layer of a T5 finds out for all others stays."""
    return (inputs[0], *output[1:]) if isinstance(output, tuple) else inputs[0]
