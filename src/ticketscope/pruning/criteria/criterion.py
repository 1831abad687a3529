"""What a criterion is: it looks at evidence of a network and says which weights are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from torch import Tensor

from ticketscope.networks.masks import Mask
from ticketscope.pruning.calibration import Calibration
from ticketscope.pruning.cuts import Cut


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a criterion can look at, of the network that is pruned.

    Args:
        weights: the prunable tensors by name; those of a stored network are read when they are
            asked for, so that one of them at a time is in memory.
        calibration: the network itself and pairs that it can read; given to every criterion that
            `reads_text`.
    """

    weights: Mapping[str, Tensor]
    calibration: Calibration | None = None

    @property
    def reading(self) -> Calibration:
        """The calibration of a criterion that cannot do without."""
        assert self.calibration is not None, "it reads text"
        return self.calibration


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """What a criterion has found.

    Args:
        mask: the weights that are kept, no more than before.
        changed: the tensors in which it changed weights that stay, by name, in float32 on the CPU;
            what the mask takes away is zero in them.
    """

    mask: Mask
    changed: Mapping[str, Tensor] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One way to say which weights go.

    Args:
        prune: what it does with the evidence, the mask that the network has, the cut and a seed.
            The cut says how many weights go and which compete. The same arguments give the same.
        ranks: which weights go, with the source, for the card.
        reads_text: whether it needs a calibration.
        by_input: whether it ranks weights by what their matrix reads. Then those of one output, a
            row of the matrix, compete where nothing is said, and an embedding, which is looked up
            and reads nothing, cannot be pruned.
        draws: whether the seed changes anything.
        trains: whether it trains the network on the pairs of its calibration.
    """

    prune: Callable[[Evidence, Mask, Cut, int], Pruned]
    ranks: str
    reads_text: bool = False
    by_input: bool = False
    draws: bool = False
    trains: bool = False
