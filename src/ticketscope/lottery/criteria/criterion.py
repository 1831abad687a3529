"""What a criterion is: it looks at evidence of a network and says which weights are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ticketscope.config import Lottery
from ticketscope.networks.masks import Mask


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a criterion can look at, of the trained network that a level prunes."""

    weights: Mapping[str, Tensor]
    """The prunable tensors by name."""


Criterion = Callable[[Evidence, Mask, Lottery, int], Mask]
"""The next mask, from the evidence, the mask that the network has, the settings and a seed.

It removes `prune_fraction` of what the mask keeps (`allocation.prune_globally` does, given a score
of every weight). The same arguments give the same mask.
"""
