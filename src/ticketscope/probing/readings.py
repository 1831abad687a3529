"""What trained probes predict on a split, and with which loss."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.probing.designs import ProbeNetwork, some
from ticketscope.probing.items import Batch, Items, consecutive_batches

_BATCH_ITEMS = 1024


@dataclass(frozen=True, eq=False)
class Reading:
    """What probes predict on one split.

    Args:
        predictions: `[layers, seeds, items]`, class ids (int16 or int32) or values (float32).
        losses: `[layers, seeds]`, the mean over items: nats, or the smooth L1 of a regression.
    """

    predictions: NDArray[np.number]
    losses: NDArray[np.float64]


def mean_losses(
    network: ProbeNetwork, rows: Tensor, layers: Tensor, items: Items
) -> NDArray[np.float64]:
    """The mean loss of each probe, `[probes]`, from its row of parameters and its layer."""
    sums = torch.zeros(len(rows), dtype=torch.float64)
    for batch, _, probes, scores in _scores(network, rows, layers, items):
        values = network.loss.values(scores, batch.gold)[:, : batch.num_items]
        sums[probes] += values.sum(1, dtype=torch.float64)
    return np.asarray(sums.numpy() / len(items))


def predictions(
    network: ProbeNetwork, rows: Tensor, layers: Tensor, items: Items
) -> NDArray[np.number]:
    """What each probe predicts for each item, `[probes, items]`."""
    found = torch.empty(len(rows), len(items), dtype=network.loss.prediction_type)
    for batch, start, probes, scores in _scores(network, rows, layers, items):
        said = network.loss.predictions(scores)[:, : batch.num_items]
        found[probes, start : start + batch.num_items] = said.to(found.dtype)
    return np.asarray(found.numpy())


def _scores(
    network: ProbeNetwork, rows: Tensor, layers: Tensor, items: Items
) -> Iterator[tuple[Batch, int, slice, Tensor]]:
    """A batch, its first item, some probes and their scores, until all have been seen."""
    parameters = network.design.views(rows)
    for start, batch in consecutive_batches(items, _BATCH_ITEMS):
        for probes in groups(slice(0, len(rows)), network.group_size(batch)):
            scores = network.scores(some(parameters, probes), layers[probes], batch)
            yield batch, start, probes, scores


def groups(probes: slice, size: int) -> Iterator[slice]:
    """Groups of this many neighbouring probes."""
    for start in range(probes.start, probes.stop, size):
        yield slice(start, min(start + size, probes.stop))
