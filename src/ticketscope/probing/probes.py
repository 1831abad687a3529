"""Train the probes of all layers and seeds of a task side by side, each as if it were alone.

Adam and early stopping as Liu et al. (2019), but each probe until it has learned (`descent`). All
probes of a seed see the same batches, so the products of several layers are one batched product
where they fit the processor's cache (small tasks), and one after the other where they do not
(measured: a batched product of 21 probes of 1,280 words took a fifth longer); one step of Adam
moves all. A probe that has stopped leaves at the end of its interval.

A probe does not depend on what is trained beside it: initial weights and the order of
items are drawn from the probe's own seed. On one thread it is the same to the last bit, since
every matrix of a probe starts at a multiple of 64 bytes, on which the bits of a product depend.
(Except regressions on vectors of one number, which are no products of matrices.) On more threads
the last bits may differ, since a product of many matrices is not cut among them as one of few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.probing.descent import LIU, Protocol, Trained, descend
from ticketscope.probing.designs import Design, ProbeNetwork, shares
from ticketscope.probing.fit_checks import check
from ticketscope.probing.items import Items
from ticketscope.probing.losses import loss_for
from ticketscope.probing.readings import Reading, mean_losses, predictions


@dataclass(frozen=True, eq=False)
class Probed:
    """The readings of trained probes; `layers` is 1 for a mix of all.

    Args:
        validation: read at the best parameters.
        test: likewise, and read this once.
        num_updates: `[layers, seeds]`, how many each was trained for.
        stopped: `[layers, seeds]`, how each stopped, one of `tables.probes.STOPS`.
        centres_of_gravity: `[seeds]`, of a mix Σ k·softmax(w)_k over layers k from 0 (Tenney et
            al. 2019); None where nothing is mixed.
    """

    validation: Reading
    test: Reading
    num_updates: NDArray[np.int64]
    stopped: NDArray[np.str_]
    centres_of_gravity: NDArray[np.float64] | None


def train(
    features: Tensor,
    train: Items,
    validation: Items,
    test: Items,
    *,
    num_classes: int | None,
    seeds: Sequence[int],
    protocol: Protocol = LIU,
    hidden: int | None = None,
    mix: bool = False,
) -> Probed:
    """Train a probe for every layer and seed; with `mix`, one of all layers for every seed.

    `features` is `[layers, rows, d]`, float32 and contiguous; layers of several tickets are layers
    alike. A probe is linear, or has `hidden` ReLU units; it tells `num_classes` classes apart, or
    with None regresses under the smooth L1 loss. A pair of words is seen as [x; y; x∘y]. A class
    that does not occur in training is no error; it is just never predicted right.

    Features are taken as they are: make them `standardised_` first, since a rate suits one scale.

    The loss on validation chooses the parameters (which layer is best, the metric decides). The
    test split is evaluated once.

    Memory beyond the features: eight times the parameters of all probes, a batch, the predictions.
    Raises `InputError` for features that are not finite or so large that training fails.
    """
    check(features, (train, validation, test), num_classes)
    num_layers, _, width = features.shape
    loss = loss_for(num_classes)
    design = Design(
        width=width,
        is_pair=train.second is not None,
        num_outputs=loss.num_outputs,
        hidden=hidden,
        num_mixed=num_layers if mix else None,
    )
    network = ProbeNetwork(features, design, loss)
    trained = descend(
        network,
        train,
        validation,
        num_layers=1 if mix else num_layers,
        seeds=seeds,
        protocol=protocol,
    )
    return Probed(
        validation=_reading(network, trained, validation, len(seeds)),
        test=_reading(network, trained, test, len(seeds)),
        num_updates=_by_layer(trained.num_updates, len(seeds)),
        stopped=_by_layer(trained.stopped, len(seeds)),
        centres_of_gravity=_centres_of_gravity(design, trained) if mix else None,
    )


def _reading(network: ProbeNetwork, trained: Trained, items: Items, num_seeds: int) -> Reading:
    """What the probes predict with their best parameters."""
    return Reading(
        _by_layer(predictions(network, trained.rows, trained.layers, items), num_seeds),
        _by_layer(mean_losses(network, trained.rows, trained.layers, items), num_seeds),
    )


_Number = TypeVar("_Number", bound=np.generic)


def _by_layer(found: NDArray[_Number], num_seeds: int) -> NDArray[_Number]:
    """`[seeds x layers, ...]` as `[layers, seeds, ...]`."""
    by_seed = found.reshape(num_seeds, -1, *found.shape[1:])
    return np.ascontiguousarray(by_seed.swapaxes(0, 1))


def _centres_of_gravity(design: Design, trained: Trained) -> NDArray[np.float64]:
    of_layers = shares(design.views(trained.rows)).double().numpy()
    return np.asarray(of_layers @ np.arange(of_layers.shape[1]))
