"""Where the sparsity of every network went: by tensor and by head."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from ticketscope.lottery.smaller_levels import in_dense
from ticketscope.networks.families import Role, role
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of sparsity.csv, without the columns that every table begins with. Of a network that
    has lost whole units, the tensors are those of its dense network, without these units."""
    for label, network in bench.panel.networks.items():
        mask = None
        if label in bench.panel.shrunk:
            dense = bench.panel[bench.panel.reference_or_self(label)]
            mask = in_dense(network, dense)
        elif network.has_states:
            mask = _mask(network)
        if mask is None:
            continue
        for name, kept in mask.kept.items():
            what = role(name)
            yield {"level_id": label, **_row(what, None, kept)}
            for head, part in enumerate(heads(what, kept, network.shape.heads)):
                yield {"level_id": label, **_row(what, head, part)}


def _mask(network: Network) -> Mask | None:
    """Its mask; of a network that others pruned, and that has none, the zeros that are there."""
    if mask := network.mask:
        return mask
    zeros = network.kept
    return zeros if zeros.num_pruned else None


def heads(what: Role, tensor: Tensor, num_heads: Mapping[str, int]) -> tuple[Tensor, ...]:
    """The part of an attention parameter that belongs to each head; none for other parameters.
    `num_heads` of encoder and decoder."""
    if what.head_axis is None:
        return ()
    return torch.chunk(tensor, num_heads[what.module], dim=what.head_axis)


def _row(what: Role, head: int | None, kept: Tensor) -> dict[str, Any]:
    num_weights = kept.numel()
    num_pruned = num_weights - int(kept.sum())
    return {
        "module": what.module,
        "layer": what.layer,
        "block": what.block,
        "projection": what.projection,
        "kind": what.kind,
        "head": head,
        "num_pruned": num_pruned,
        "num_weights": num_weights,
        "sparsity": num_pruned / num_weights,
    }
