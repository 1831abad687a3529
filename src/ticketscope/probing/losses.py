"""The loss of scores that the training of a probe minimises, and its derivative in closed form.

Scores are `[probes, outputs, items]`: with the items last, the softmax runs over whole vectors.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional


class Loss(ABC):
    """A loss of scores against gold, item by item."""

    num_outputs: int
    prediction_type: torch.dtype

    @abstractmethod
    def derivative_(self, scores: Tensor, gold: Tensor) -> Tensor:
        """The derivative of every item's loss in its scores, written over the scores."""

    @abstractmethod
    def values(self, scores: Tensor, gold: Tensor) -> Tensor:
        """The loss of every item, `[probes, items]`."""

    @abstractmethod
    def predictions(self, scores: Tensor) -> Tensor:
        """What the scores say, `[probes, items]`."""


class CrossEntropy(Loss):
    """Cross-entropy in nats of a softmax over classes."""

    def __init__(self, num_classes: int) -> None:
        assert num_classes > 0
        self.num_outputs = num_classes
        self.prediction_type = torch.int16 if num_classes <= 2**15 else torch.int32

    def derivative_(self, scores: Tensor, gold: Tensor) -> Tensor:
        torch.softmax(scores, 1, out=scores)
        index = gold.expand(len(scores), 1, -1)
        return scores.scatter_add_(1, index, scores.new_tensor(-1.0).expand_as(index))

    def values(self, scores: Tensor, gold: Tensor) -> Tensor:
        return functional.cross_entropy(scores, gold.expand(len(scores), -1), reduction="none")

    def predictions(self, scores: Tensor) -> Tensor:
        return scores.argmax(1)


class SmoothL1(Loss):
    """Half the square of the error, or beyond an error of 1 its size less a half (Huber 1964)."""

    num_outputs = 1
    prediction_type = torch.float32

    def derivative_(self, scores: Tensor, gold: Tensor) -> Tensor:
        return scores.sub_(gold).clamp_(-1, 1)

    def values(self, scores: Tensor, gold: Tensor) -> Tensor:
        return functional.smooth_l1_loss(
            scores[:, 0], gold.expand(len(scores), -1), reduction="none"
        )

    def predictions(self, scores: Tensor) -> Tensor:
        return scores[:, 0]


def loss_for(num_classes: int | None) -> Loss:
    """Cross-entropy over this many classes; None: the smooth L1 of a regression."""
    return SmoothL1() if num_classes is None else CrossEntropy(num_classes)
