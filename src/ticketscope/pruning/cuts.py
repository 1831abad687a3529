"""How many weights go, and which of them compete.

A cut makes the next mask from a score of every weight: the lowest go. What the mask has lost
already stays lost, and counts in. Among equal scores those that come first go first: tensors in the
order of their names, then by position. So counts are exact, and the mask of a higher sparsity is
within that of a lower one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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
        return _without_lowest_of_all(scores, mask, num_to_prune(num_kept, self.share))


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
        return _without_lowest_of_all(scores, mask, num_gone - mask.num_pruned)


@dataclass(frozen=True)
class Groups:
    """The weights of a tensor in groups of consecutive ones, and how many more of each group go.

    Args:
        size: how many weights a group has.
        num_more: of each group, ``[num_groups]``; no more than are left in it.
    """

    size: int
    num_more: NDArray[np.int64]


class WithinTensors(Cut):
    """A cut in which no weight competes with one of another tensor: tensors can be pruned one after
    the other."""

    @abstractmethod
    def groups(self, mask: Mask) -> Callable[[str], Groups]:
        """The groups of each tensor of the mask, by its name.

        Raises `InputError` where groups do not fill the rows of a matrix.
        """

    def prune(self, scores: Scores, mask: Mask) -> Mask:
        """Without the lowest of every group."""
        of = self.groups(mask)
        return Mask(
            {name: without_lowest(values, mask.kept[name], of(name)) for name, values in scores()}
        )


@dataclass(frozen=True)
class PerTensor(WithinTensors):
    """A share of every tensor by itself, biases included."""

    sparsity: Fraction

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "those of a tensor"

    def groups(self, mask: Mask) -> Callable[[str], Groups]:
        """Leave exactly `num_to_prune` of each tensor pruned, or as many as are gone already."""
        return _of_tensors(mask, lambda kept, _: num_to_prune(kept.size, self.sparsity))


@dataclass(frozen=True)
class AsManyAs(WithinTensors):
    """As many of every tensor as another mask has lost of it."""

    other: Mask

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "those of a tensor"

    def groups(self, mask: Mask) -> Callable[[str], Groups]:
        """Leave exactly as many of each tensor pruned, or as many as are gone already."""
        return _of_tensors(mask, lambda _, name: int((~self.other.kept[name]).sum()))


@dataclass(frozen=True)
class PerRow(WithinTensors):
    """A share of the inputs of every output, that is of each row of a matrix; biases stay."""

    sparsity: Fraction

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "those of a row of a matrix; biases stay"

    def groups(self, mask: Mask) -> Callable[[str], Groups]:
        """Leave exactly ⌊columns · sparsity⌋ of each row pruned, or as many as are gone already."""

        def of(name: str) -> Groups:
            kept = mask.kept[name].numpy()
            if kept.ndim == 1:
                return _stays(kept)
            return Groups(kept.shape[1], _further(kept, int(kept.shape[1] * self.sparsity)))

        return of


@dataclass(frozen=True)
class OfTheRestPerRow(WithinTensors):
    """The share of every row of a matrix that is left, and of the biases of a tensor: one level of
    a lottery whose criterion compares within rows.

    As many go in all as with `OfTheRest`: what is not a whole weight is carried on to the next row.
    """

    share: float

    @property
    def competing(self) -> str:
        """As of every cut."""
        return "those that are left of a row of a matrix, or of the biases of a tensor"

    def groups(self, mask: Mask) -> Callable[[str], Groups]:
        """Remove exactly `num_to_prune` of the weights that the mask keeps."""
        before, num_kept = {}, 0
        for name, kept in mask.kept.items():
            before[name] = num_kept
            num_kept += int(kept.sum())

        def of(name: str) -> Groups:
            kept = np.atleast_2d(mask.kept[name].numpy())
            ends = before[name] + np.cumsum(kept.sum(axis=1))
            starts = np.concatenate([[before[name]], ends[:-1]])
            return Groups(kept.shape[1], self._up_to(ends) - self._up_to(starts))

        return of

    def _up_to(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """`num_to_prune` of each count."""
        found: NDArray[np.int64] = (counts * self.share + 0.5).astype(np.int64)
        return found


@dataclass(frozen=True)
class Pattern(WithinTensors):
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

    def groups(self, mask: Mask) -> Callable[[str], Groups]:
        """Leave `group - kept` of each group pruned, or as many as are gone already."""
        for name, kept in mask.kept.items():
            if kept.ndim > 1 and kept.shape[1] % self.group:
                raise InputError(
                    f"pattern: {self.kept}:{self.group} does not fit {name}, the rows of which "
                    f"have {kept.shape[1]} weights; give a pattern whose second number divides that"
                )

        def of(name: str) -> Groups:
            kept = mask.kept[name].numpy()
            if kept.ndim == 1:
                return _stays(kept)
            of_groups = kept.reshape(-1, self.group)
            return Groups(self.group, _further(of_groups, self.group - self.kept))

        return of


def _of_tensors(
    mask: Mask, num_gone: Callable[[NDArray[np.bool_], str], int]
) -> Callable[[str], Groups]:
    """Groups that are whole tensors."""

    def of(name: str) -> Groups:
        kept = mask.kept[name].numpy().reshape(1, -1)
        return Groups(kept.size, _further(kept, num_gone(kept, name)))

    return of


def _stays(kept: NDArray[np.bool_]) -> Groups:
    return Groups(kept.size, np.zeros(1, dtype=np.int64))


def _further(kept: NDArray[np.bool_], num_gone: int) -> NDArray[np.int64]:
    """How many more of each group go so that so many are gone, ``[num_groups]``."""
    more: NDArray[np.int64] = np.maximum(num_gone - (~kept).sum(axis=1), 0)
    return more


# ----------------------------------------------------------------------------- which go


def _without_lowest_of_all(scores: Scores, mask: Mask, count: int) -> Mask:
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


def without_lowest(values: Values, kept: Tensor, groups: Groups) -> Tensor:
    """What is kept of one tensor without the lowest of every group; among equals the first go.

    Raises `JobError` where a score is not a number.
    """
    before = kept.numpy().reshape(-1, groups.size)
    # What is gone already comes first.
    rank = np.where(before, keys(values).reshape(before.shape), 0)
    in_order = np.argsort(rank, axis=1, kind="stable")
    num_gone = (~before).sum(axis=1) + groups.num_more
    left = np.empty_like(before)
    np.put_along_axis(left, in_order, np.arange(groups.size) >= num_gone[:, None], axis=1)
    return torch.from_numpy(left.reshape(kept.shape))
