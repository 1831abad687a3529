"""A rank: one of the processes that share a training, and how it talks to the others.

Micro-batch j of an update is computed by rank j mod W of W. What comes out does not depend on W:
gradients are summed in the order of the micro-batches, and all else every rank does alike. The
first rank, 0, is the process of the job: it alone reads and writes files, validates and decides.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from torch import Tensor


class Gradients(ABC):
    """The gradients of an update, which become the sums over all of its micro-batches."""

    @abstractmethod
    def end_round(self) -> None:
        """To be called when the gradients of a micro-batch of this rank are there, or when it has
        none in this round; all ranks are in the same round."""

    @abstractmethod
    def end_update(self) -> None:
        """Afterwards `.grad` of every parameter holds the sum over the update, on all ranks."""


class Rank(ABC):
    """One of the processes that share a training, as it sees itself and the others."""

    number: int
    """From 0, the first rank, on."""
    size: int
    """How many ranks there are."""

    @abstractmethod
    def gradients(self, parameters: Sequence[Tensor]) -> Gradients:
        """What sums the gradients of these parameters."""

    @abstractmethod
    def told(self, value: Any) -> Any:
        """What the first rank says here, in plain data; what others give is ignored."""

    @abstractmethod
    def copied(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The tensors that the first rank has here; what others give is ignored."""

    @abstractmethod
    def in_turns(self, own_R: Tensor) -> Tensor:
        """The figures of each round of every rank, ``[R * W]``: those of the first round by rank,
        and so on."""

    @abstractmethod
    def difference(self, digests: Callable[[], Mapping[str, Tensor]]) -> str:
        """Which rank has another digest, an int64, than the first one, and of what; "" for none."""


class _Sums(Gradients):
    """Those of a training that one process has for itself: backward passes add to `.grad`."""

    def end_round(self) -> None:
        pass

    def end_update(self) -> None:
        pass


class _Alone(Rank):
    """The only rank of a training."""

    number, size = 0, 1

    def gradients(self, parameters: Sequence[Tensor]) -> Gradients:  # noqa: ARG002
        return _Sums()

    def told(self, value: Any) -> Any:
        return value

    def copied(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return tensors

    def in_turns(self, own_R: Tensor) -> Tensor:
        return own_R

    def difference(self, digests: Callable[[], Mapping[str, Tensor]]) -> str:  # noqa: ARG002
        return ""


ALONE: Final[Rank] = _Alone()
"""The rank of a training that is not shared."""
