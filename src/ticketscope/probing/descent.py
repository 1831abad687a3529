"""Many probes trained side by side, each with its own early stopping."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.errors import InputError
from ticketscope.probing.designs import ProbeNetwork, some
from ticketscope.probing.items import Items, shuffled_batches
from ticketscope.probing.readings import groups, mean_losses
from ticketscope.seeds import derive


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How fast and how long probes are trained; as Liu et al. (2019) did unless told otherwise.

    Args:
        rate: learning rate of Adam.
        epochs: at most this many.
        patience: stop after this many epochs in a row without a better validation loss.
        batch_sentences: sentences with labelled items in a batch.
    """

    rate: float = 1e-3
    epochs: int = 50
    patience: int = 3
    batch_sentences: int = 80


LIU = Protocol()


@dataclass(frozen=True, eq=False)
class Trained:
    """Probes seed by seed, and in each seed layer by layer.

    Args:
        rows: `[probes, size]`, parameters at the best epoch, in the layout of `Design`.
        layers: `[probes]`, the layer that each reads.
        num_epochs: `[probes]`, how many each was trained for.
    """

    rows: Tensor
    layers: Tensor
    num_epochs: NDArray[np.int64]


def descend(
    network: ProbeNetwork,
    train: Items,
    validation: Items,
    *,
    num_layers: int,
    seeds: Sequence[int],
    protocol: Protocol,
) -> Trained:
    """Train a probe for each seed and layer until its validation loss no longer falls.

    Raises `InputError` where a loss is no longer finite.
    """
    layers = torch.arange(num_layers).repeat(len(seeds))
    rows = torch.cat([_initial(network, seed).expand(num_layers, -1) for seed in seeds])
    orders = [torch.Generator().manual_seed(derive(seed, "order")) for seed in seeds]
    best, best_losses = rows.clone(), np.full(len(rows), np.inf)
    best_epochs, num_epochs = np.zeros((2, len(rows)), dtype=np.int64)
    adam = _Adam(rows, protocol.rate)
    active = np.arange(len(rows))
    for epoch in range(1, protocol.epochs + 1):
        _train_one_epoch(network, adam, active, layers, train, orders, protocol.batch_sentences)
        losses = mean_losses(network, adam.rows, layers[active], validation)
        _check_losses(losses, layers[active])
        improved = losses < best_losses[active]
        better = active[improved]
        best[better] = adam.rows[improved]
        best_losses[better], best_epochs[better] = losses[improved], epoch
        num_epochs[active] = epoch
        going_on = epoch - best_epochs[active] < protocol.patience
        active = active[going_on]
        if not len(active):
            break
        adam.keep(torch.from_numpy(going_on))
    return Trained(best, layers, num_epochs)


def _initial(network: ProbeNetwork, seed: int) -> Tensor:
    return network.design.initial(torch.Generator().manual_seed(derive(seed, "initial")))


def _train_one_epoch(
    network: ProbeNetwork,
    adam: "_Adam",
    active: NDArray[np.int64],
    layers: Tensor,
    train: Items,
    orders: Sequence[torch.Generator],
    batch_sentences: int,
) -> None:
    """All training items once; probes of one seed see the same batches."""
    num_layers = len(layers) // len(orders)
    active_layers = layers[active]
    bounds = np.searchsorted(active // num_layers, np.arange(len(orders) + 1))
    of_seeds = [slice(*bounds[i : i + 2].tolist()) for i in range(len(orders))]
    going_on = [i for i, probes in enumerate(of_seeds) if probes.start < probes.stop]
    batches = [shuffled_batches(train, batch_sentences, orders[i]) for i in going_on]
    assert adam.rows.grad is not None
    parameters = network.design.views(adam.rows)
    gradients = network.design.views(adam.rows.grad)
    for together in zip(*batches, strict=True):
        for i, batch in zip(going_on, together, strict=True):
            for probes in groups(of_seeds[i], network.group_size(batch)):
                network.gradients_(
                    some(gradients, probes), some(parameters, probes), active_layers[probes], batch
                )
        adam.step()


def _check_losses(losses: NDArray[np.float64], layers: Tensor) -> None:
    failed = layers[~np.isfinite(losses)]
    if len(failed):
        raise InputError(
            f"features of layer {int(failed[0])}: so large that the probe's loss is not finite; "
            "scale them to about 1"
        )


class _Adam:
    """Adam (Kingma and Ba 2015) on the rows of many probes, some of which leave."""

    def __init__(self, rows: Tensor, rate: float) -> None:
        self.rows = rows
        self.rows.grad = torch.zeros_like(rows)
        self._optimiser = torch.optim.Adam([rows], lr=rate, fused=True)

    def step(self) -> None:
        self._optimiser.step()

    def keep(self, kept: Tensor) -> None:
        """Go on with these probes alone; `kept` is `[probes]`, bool."""
        if kept.all():
            return
        moments = self._optimiser.state[self.rows]
        for name in ("exp_avg", "exp_avg_sq"):
            moments[name] = moments[name][kept]
        self.rows.grad = None
        self.rows.data = self.rows.data[kept]
        self.rows.grad = torch.zeros_like(self.rows)
