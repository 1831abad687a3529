"""Fewer heads in a network of CTranslate2.

Its format has one number of heads per stack, and a head is as wide as the projections divided by
it, so that fewer heads take narrower projections. It scales queries by the root of the width of
the network divided by the number of heads unless a scale is given: here it is given.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ticketscope.networks.families.family import ENCODER_DECODER
from ticketscope.shrinking.kept import STACK_OF, Kept, Units


def remove_heads(spec: Any, kept: Kept) -> None:
    """Take heads out of a specification of CTranslate2 that was made of the layers that are left;
    `kept.heads` has as many of every attention block of a stack."""
    for stack, layers in kept.layers.items():
        counts = set()
        for kind in (kind for kind, of in STACK_OF.items() if of == stack):
            for place, layer in enumerate(layers):
                block = getattr(spec, stack).layer[place]
                units = kept.heads[kind, layer]
                _narrow(block.attention if kind == ENCODER_DECODER else block.self_attention, units)
                counts.add(int(units.sum()))
        [count] = counts
        getattr(spec, stack).num_heads = np.dtype("int16").type(count)


def _narrow(block: Any, units: Units) -> None:
    """One attention block. Queries, keys and values lie behind one another in one matrix, or the
    queries in one and the rest in the next; the last projection reads the heads."""
    *read, last = block.linear
    size = last.weight.shape[1] // len(units)
    chosen = torch.from_numpy(np.flatnonzero(np.repeat(units, size)))
    for linear in read:
        linear.weight = _of_each(linear.weight, chosen, size * len(units))
        if isinstance(linear.bias, Tensor):
            linear.bias = _of_each(linear.bias, chosen, size * len(units))
    last.weight = last.weight.index_select(1, chosen)
    if isinstance(block.queries_scale, str):  # none is given
        block.queries_scale = np.dtype("float32").type(size**-0.5)
    distances = vars(block).get("relative_attention_bias")
    if isinstance(distances, Tensor):
        # One column per head; layers of a T5 share it, and each has other heads left.
        heads = torch.from_numpy(np.flatnonzero(units))
        block.relative_attention_bias = distances.index_select(1, heads)


def _of_each(stacked: Tensor, chosen: Tensor, width: int) -> Tensor:
    """Rows of each of the parts that lie behind one another."""
    return torch.cat([part.index_select(0, chosen) for part in torch.split(stacked, width)])
