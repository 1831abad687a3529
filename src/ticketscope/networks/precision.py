"""Networks in 16-bit types, and how float16 that overflows ends in a line instead of a figure.

float16 ends at 65,504. States of a pre-norm network grow from layer to layer and may pass that, of
T5 above all (transformers 9295): transformers then cuts them off without a word, or they become
NaN. bfloat16 has the range of float32.
"""

from typing import Any, Final, Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from ticketscope.errors import InputError
from ticketscope.networks.families import family_of

Dtype = Literal["float32", "float16", "bfloat16"]

_LIMIT: Final = 60_000.0
"""transformers cuts off at 64,504, and what is added next may take a little of it away."""


def in_type(network: PreTrainedModel, dtype: Dtype) -> PreTrainedModel:
    """The same network, computing in another type, as `from_pretrained(…, dtype=…)` gives it.

    In float16 a layer whose states leave the range of the type raises `InputError`.
    """
    network = network.to(getattr(torch, dtype))
    if dtype == "float16":
        kept = network._keep_in_fp32_modules or ()  # of T5 the matrix with the largest outputs
        for name, module in network.named_modules():
            if name.rpartition(".")[2] in kept:
                module.float()
        family = family_of(network)
        for stack in ("encoder", "decoder"):
            for layer in family.layers(network, stack):
                layer.register_forward_hook(_refuse_overflow)
    return network


def _refuse_overflow(_layer: nn.Module, _inputs: tuple[Any, ...], output: Any) -> None:
    states: Tensor = output[0] if isinstance(output, tuple) else output
    if not float(states.abs().max()) < _LIMIT:  # NaN is no number below it either
        raise InputError(
            "dtype: states of the network are too large for float16, which ends at 65,504: give "
            "bfloat16 or float32"
        )
