"""Checks of the input that every way to train probes shares."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from ticketscope.errors import InputError
from ticketscope.probing.items import Items


def check(features: Tensor, splits: Iterable[Items], num_classes: int | None) -> None:
    """Raise `InputError` for features `[layers, rows, d]` that are not finite.

    The rest would be a bug of ticketscope: splits that differ in kind, point beyond the rows or
    hold a class beyond `num_classes` (None: values).
    """
    assert features.ndim == 3
    assert features.dtype == torch.float32
    assert features.is_contiguous()
    for layer, vectors in enumerate(features):
        if not all(bound.isfinite() for bound in torch.aminmax(vectors)):
            raise InputError(
                f"features of layer {layer}: not all are finite; was the ticket trained to the end "
                "without overflow?"
            )
    kinds = set()
    for items in splits:
        kinds.add((items.second is not None, items.gold.dtype))
        for rows in (items.first, items.second):
            assert rows is None or (rows.min() >= 0 and rows.max() < features.shape[1])
        if num_classes is not None:
            assert items.gold.min() >= 0
            assert items.gold.max() < num_classes
    expected = np.float32 if num_classes is None else np.int64
    assert {dtype for _, dtype in kinds} == {np.dtype(expected)}
    assert len(kinds) == 1, "words in one split, pairs in another"
