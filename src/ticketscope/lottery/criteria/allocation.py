"""Where the weights to remove are taken from."""

from collections.abc import Mapping

import numpy as np
import torch

from ticketscope.errors import JobError
from ticketscope.networks.masks import Mask


def num_to_prune(num_kept: int, fraction: float) -> int:
    """`fraction` of what is kept, to the nearest whole weight (halves up)."""
    return int(num_kept * fraction + 0.5)


def prune_globally(scores: Mapping[str, np.ndarray], mask: Mask, fraction: float) -> Mask:
    """Remove exactly `num_to_prune` weights with the lowest scores over all tensors together.

    Among equal scores those that come first go first: tensors in the order of their names, then
    by position. Raises `JobError` when a score is not a number (the training diverged).
    """
    names = list(mask.kept)
    kept = np.concatenate([mask.kept[name].numpy().ravel() for name in names])
    left = np.concatenate([scores[name].ravel() for name in names])[kept]
    if np.isnan(left).any():
        raise JobError("a weight is not a number: the training diverged; lower peak_rate")
    count = num_to_prune(left.size, fraction)
    kept[np.flatnonzero(kept)[_lowest(left, count)]] = False
    return _split(kept, mask, names)


def _lowest(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` lowest values, first come first among equals; O(n), unlike a sort."""
    if count == 0:
        return np.empty(0, dtype=np.intp)
    threshold = np.partition(values, count - 1)[count - 1]
    below = np.flatnonzero(values < threshold)
    equal = np.flatnonzero(values == threshold)
    return np.concatenate([below, equal[: count - below.size]])


def _split(flat: np.ndarray, like: Mask, names: list[str]) -> Mask:
    ends = np.cumsum([like.kept[name].numel() for name in names])[:-1]
    parts = np.split(flat, ends)
    return Mask(
        {
            name: torch.from_numpy(part.reshape(like.kept[name].shape).copy())
            for name, part in zip(names, parts, strict=True)
        }
    )
