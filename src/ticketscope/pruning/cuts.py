"""How many weights go, and which of them compete.

A cut makes the next mask from a score of every weight: the lowest go. What the mask has lost
already stays lost, and counts in. Among equal scores those
that come first go first: tensors in the order of their names, then by position. So counts are
exact, and the mask of a higher sparsity is within that of a lower one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import torch

from ticketscope.errors import InputError
from ticketscope.networks.masks import Mask
from ticketscope.pruning.lowest import Keys, Values, keys, nth_lowest

Scored = Iterator[tuple[str, Values]]
Scores = Callable[[], Scored]
"""Gives the score of every weight, tensor by tensor in the order of names, as often as it is
called: a large network is gone through several times, and never held in memory."""


def num_to_prune(num: int, share: float | Fraction) -> int:
    """`share` of so many weights, to the nearest whole weight (halves up)."""
    return int(num * share + 0.5)


class Cut(ABC):
    """How many weights go, and which of them compete."""

    @property
    @abstractmethod
    def competing(self) -> str:
        """Which weights compete, in words."""

    @abstractmethod
    def prune(self, scores: Scores, mask: Mask) -> Mask:
        """The next mask. Raises `JobError` where a score is not a number."""


@dataclass(frozen=True)
class OfTheRest(Cut):
    """A share of what is left, over all tensors together: one level of a lottery."""

    share: float

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "all that are left, together"

    def prune(self, scores: Scores, mask: Mask) -> Mask:
        """Remove exactly `num_to_prune` of the weights that the mask keeps."""
        num_kept = mask.num_weights - mask.num_pruned
        return _without_lowest(scores, mask, num_to_prune(num_kept, self.share))


@dataclass(frozen=True)
class Global(Cut):
    """So that a share of all prunable weights is gone, ranked over all tensors together."""

    sparsity: Fraction

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "all together"

    def prune(self, scores: Scores, mask: Mask) -> Mask:
        """Leave exactly `num_to_prune` of all weights pruned, or as many as are gone already."""
        num_gone = num_to_prune(mask.num_weights, self.sparsity)
        return _without_lowest(scores, mask, num_gone - mask.num_pruned)


@dataclass(frozen=True)
class PerTensor(Cut):
    """The same of every tensor by itself, biases included."""

    sparsity: Fraction

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "those of a tensor"

    def prune(self, scores: Scores, mask: Mask) -> Mask:
        """Leave exactly `num_to_prune` of each tensor pruned, or as many as are gone already."""
        pruned = {}
        for name, values in scores():
            alone = Mask({name: mask.kept[name]})
            num_gone = num_to_prune(alone.num_weights, self.sparsity)
            one = _without_lowest(
                partial(_single, name, values), alone, num_gone - alone.num_pruned
            )
            pruned[name] = one.kept[name]
        return Mask(pruned)


@dataclass(frozen=True)
class PerRow(Cut):
    """A share of the inputs of every output, that is of each row of a matrix; biases stay."""

    sparsity: Fraction

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "those of a row of a matrix; biases stay"

    def prune(self, scores: Scores, mask: Mask) -> Mask:
        """Leave exactly ⌊columns · sparsity⌋ of each row pruned, or as many as are gone already."""

        def groups(_name: str, columns: int) -> tuple[int, int]:
            return columns, int(columns * self.sparsity)

        return _without_lowest_of_groups(scores, mask, groups)


@dataclass(frozen=True)
class Pattern(Cut):
    """Of every `group` consecutive inputs of an output at most `kept` are left; biases stay."""

    kept: int
    group: int

    @property
    def competing(self) -> str:
        """As of every cut."""
        return (
            f"each {self.group} consecutive ones of a row of a matrix, {self.kept} of which are "
            "left; biases stay"
        )

    def prune(self, scores: Scores, mask: Mask) -> Mask:
        """Leave `group - kept` of each group pruned, or as many as are gone already.

        Raises `InputError` where the groups do not fill the rows of a matrix.
        """

        def groups(name: str, columns: int) -> tuple[int, int]:
            if columns % self.group:
                raise InputError(
                    f"pattern: {self.kept}:{self.group} does not fit {name}, the rows of which "
                    f"have {columns} weights; give a pattern whose second number divides that"
                )
            return self.group, self.group - self.kept

        return _without_lowest_of_groups(scores, mask, groups)


# ----------------------------------------------------------------------------- which go


def _without_lowest(scores: Scores, mask: Mask, count: int) -> Mask:
    """Without so many more of the weights that the mask keeps, all tensors together."""
    if count <= 0:
        return mask

    def left() -> Iterator[Keys]:
        for name, values in scores():
            yield keys(values[mask.kept[name].numpy()])

    limit, num_equal = nth_lowest(left, count)
    pruned = {}
    for name, values in scores():
        kept, found = mask.kept[name].numpy(), keys(values)
        equal = np.flatnonzero(kept & (found == limit))[:num_equal]
        num_equal -= equal.size
        kept = kept & (found >= limit)
        kept.reshape(-1)[equal] = False
        pruned[name] = torch.from_numpy(kept)
    return Mask(pruned)


def _without_lowest_of_groups(
    scores: Scores, mask: Mask, groups: Callable[[str, int], tuple[int, int]]
) -> Mask:
    """Without the lowest of every group of consecutive weights of a row; biases have no rows.

    `groups` says of a matrix, by its name and its columns, how many weights are a group and how
    many of these have to be gone.
    """
    pruned = {}
    for name, values in scores():
        kept = mask.kept[name].numpy()
        if kept.ndim > 1:
            size, num_gone = groups(name, kept.shape[-1])
            # What is gone comes first, so that it counts in.
            rank = np.where(kept, keys(values), 0).reshape(-1, size)
            lowest = np.argsort(rank, axis=1, kind="stable")[:, :num_gone]
            left = kept.reshape(-1, size).copy()
            np.put_along_axis(left, lowest, False, axis=1)
            kept = left.reshape(kept.shape)
        pruned[name] = torch.from_numpy(kept)
    return Mask(pruned)


def _single(name: str, values: Values) -> Scored:
    yield name, values
