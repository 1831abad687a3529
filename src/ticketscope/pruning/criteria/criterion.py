"""What a criterion is: it looks at evidence of a network and says which weights are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ticketscope.networks.masks import Mask
from ticketscope.pruning.cuts import Cut


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a criterion can look at, of the network that is pruned."""

    weights: Mapping[str, Tensor]
    """The prunable tensors by name; those of a stored network are read when they are asked for, so
    that one of them at a time is in memory."""


Criterion = Callable[[Evidence, Mask, Cut, int], Mask]
"""The next mask, from the evidence, the mask that the network has, the cut and a seed.

The cut says how many weights go and which compete: it makes the mask from a score of every weight,
the lowest of which go. The same arguments give the same mask.
"""
