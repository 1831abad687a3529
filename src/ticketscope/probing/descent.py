"""Many probes trained side by side, each until it has learned.

Minimised is the mean loss plus half of a penalty times the sum of squared weights, by Adam at a
constant rate. Every `interval` updates the validation loss of the mean of a probe's parameters over
these updates is taken: the mean lies where the parameters wander about, which a cut of the rate
would find more slowly (Polyak and Juditsky 1992). Where that loss falls no further for `patience`
intervals, the probe goes on from there with the next weaker penalty. It stops when a weaker penalty
no longer helps. The best mean is what is kept: it is near the convex optimum under the penalty that
validation chooses, as in `optimum`, or better. Early stopping alone is not: where there are more
weights than items can tell, its best loss comes long before the best accuracy (docs/log.md).

How a probe stops:

- `converged`: with the penalty of its best loss, the loss stayed within `TOLERANCE` of that best
  until the end of its patience.
- `patience`: with that penalty the loss rose again beyond it: more training made it worse.
- `capped`: there were no updates left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.errors import InputError
from ticketscope.probing.designs import ProbeNetwork, some
from ticketscope.probing.items import Batch, Items, shuffled_batches
from ticketscope.probing.optimum import PENALTIES
from ticketscope.probing.readings import groups, mean_losses
from ticketscope.seeds import derive
from ticketscope.tables.probes import CAPPED, CONVERGED, PATIENCE

TOLERANCE = 1e-3
"""Of the loss: it fell or rose if by more than this share."""
_LEAST = 1e-5
"""Likewise, in nats or as the smooth L1: the loss of what is told apart for sure falls for ever."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How fast and how long probes are trained.

    Args:
        rate: learning rate of Adam.
        batch_items: labelled items in a batch.
        interval: updates from one look at validation to the next.
        patience: intervals whose validation loss fell no further, until the next penalty.
        max_updates: at most this many.
    """

    rate: float = 1e-2
    batch_items: int = 256
    interval: int = 100
    patience: int = 3
    max_updates: int = 20_000


LIU = Protocol()


@dataclass(frozen=True, eq=False)
class Trained:
    """Probes seed by seed, and in each seed layer by layer.

    Args:
        rows: `[probes, size]`, the best parameters, in the layout of `Design`.
        layers: `[probes]`, the layer that each reads.
        num_updates: `[probes]`, how many each was trained for.
        stopped: `[probes]`, how each stopped, one of `tables.probes.STOPS`.
    """

    rows: Tensor
    layers: Tensor
    num_updates: NDArray[np.int64]
    stopped: NDArray[np.str_]


def descend(
    network: ProbeNetwork,
    train: Items,
    validation: Items,
    *,
    num_layers: int,
    seeds: Sequence[int],
    protocol: Protocol,
) -> Trained:
    """Train a probe for each seed and layer until it has learned.

    Raises `InputError` where a loss is no longer finite.
    """
    layers = torch.arange(num_layers).repeat(len(seeds))
    rows = torch.cat([_initial(network, seed).expand(num_layers, -1) for seed in seeds])
    batches = [
        shuffled_batches(
            train, protocol.batch_items, torch.Generator().manual_seed(derive(seed, "order"))
        )
        for seed in seeds
    ]
    best, courses = rows.clone(), [Course(protocol) for _ in rows]
    adam, penalised = _Adam(rows, protocol.rate), network.design.penalised()
    active, update = np.arange(len(rows)), 0
    while len(active):
        num_updates = min(protocol.interval, protocol.max_updates - update)
        decay = torch.tensor([courses[i].penalty for i in active])[:, None] * penalised
        means = _train_for(num_updates, network, adam, active, layers, batches, decay)
        update += num_updates
        losses = mean_losses(network, means, layers[active], validation)
        _check_losses(losses, layers[active])
        improved = [courses[i].look(loss, update) for i, loss in zip(active, losses, strict=True)]
        best[active[improved]] = means[improved]
        going_on = np.array([not courses[i].stopped for i in active])
        active = active[going_on]
        adam.keep(torch.from_numpy(going_on))
    return Trained(
        best,
        layers,
        num_updates=np.array([course.num_updates for course in courses]),
        stopped=np.array([course.stopped for course in courses]),
    )


def _initial(network: ProbeNetwork, seed: int) -> Tensor:
    return network.design.initial(torch.Generator().manual_seed(derive(seed, "initial")))


def _train_for(
    num_updates: int,
    network: ProbeNetwork,
    adam: "_Adam",
    active: NDArray[np.int64],
    layers: Tensor,
    batches: Sequence[Iterator[Batch]],
    decay: Tensor,
) -> Tensor:
    """The mean of the parameters over these updates; probes of one seed see the same batches.

    `decay` `[active, size]` is the penalty of each parameter.
    """
    num_layers = len(layers) // len(batches)
    active_layers = layers[active]
    bounds = np.searchsorted(active // num_layers, np.arange(len(batches) + 1))
    of_seeds = [slice(*bounds[i : i + 2].tolist()) for i in range(len(batches))]
    going_on = [i for i, probes in enumerate(of_seeds) if probes.start < probes.stop]
    assert adam.rows.grad is not None
    parameters = network.design.views(adam.rows)
    gradients = network.design.views(adam.rows.grad)
    sums = torch.zeros_like(adam.rows)
    for _ in range(num_updates):
        for i in going_on:
            batch = next(batches[i])
            for probes in groups(of_seeds[i], network.group_size(batch)):
                network.gradients_(
                    some(gradients, probes), some(parameters, probes), active_layers[probes], batch
                )
        adam.rows.grad.addcmul_(adam.rows, decay)
        adam.step()
        sums += adam.rows
    return sums.div_(num_updates)


def _check_losses(losses: NDArray[np.float64], layers: Tensor) -> None:
    failed = layers[~np.isfinite(losses)]
    if len(failed):
        raise InputError(
            f"features of layer {int(failed[0])}: so large that the probe's loss is not finite; "
            "scale them to about 1"
        )


class Course:
    """The validation losses of one probe: which penalty they ask for next, and when to stop.

    Attributes:
        penalty: the present one.
        num_updates: how many there were.
        stopped: one of `tables.probes.STOPS`, or "" while the probe goes on.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.penalty, *self._weaker = PENALTIES
        self.num_updates = 0
        self.stopped = ""
        self._protocol = protocol
        self._best = inf
        # With stronger penalties: the best loss, and how training with its penalty ended.
        self._best_before, self._how = inf, CONVERGED
        # With the present one: the best loss, the one it last fell to, and how long ago.
        self._lowest, self._fell_to, self._waited = inf, inf, 0

    def look(self, loss: float, num_updates: int) -> bool:
        """Take the loss after so many updates; returns whether there was none better."""
        is_best = loss < self._best
        self._best, self._lowest = min(self._best, loss), min(self._lowest, loss)
        self.num_updates = num_updates
        self._waited += 1
        if loss + _margin(loss) < self._fell_to:
            self._fell_to, self._waited = loss, 0
        if self._waited >= self._protocol.patience:
            self._leave_penalty(loss)
        if not self.stopped and num_updates >= self._protocol.max_updates:
            self.stopped = CAPPED
        return is_best

    def _leave_penalty(self, loss: float) -> None:
        """Go on to the next weaker penalty, if this one helped."""
        helped = self._lowest + _margin(self._lowest) < self._best_before
        if helped:
            rose = loss > self._lowest + _margin(self._lowest)
            self._how = PATIENCE if rose else CONVERGED
        if not (helped and self._weaker):
            self.stopped = self._how
            return
        self.penalty, *self._weaker = self._weaker
        self._best_before = self._lowest
        self._lowest, self._fell_to, self._waited = inf, inf, 0


def _margin(loss: float) -> float:
    return max(TOLERANCE * loss, _LEAST)


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
