"""Levels whose networks lose whole units: weights, mask and moments get smaller alike.

A level loses units of its parent. What is left of the dense network is kept beside it, so that
tables can say what is gone of that.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ticketscope.arms import Arm
from ticketscope.config import Lottery
from ticketscope.files import read_json, write_json
from ticketscope.lottery.speed_ups import Layout
from ticketscope.networks import model
from ticketscope.networks.families import Shape
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.pruning.calibration import Calibration
from ticketscope.runs.store import LevelFolder
from ticketscope.shrinking.choosing import least_needed_layer, without_neurons
from ticketscope.shrinking.kept import STACKS, Kept
from ticketscope.shrinking.smaller import Smaller

# ----------------------------------------------------------------------------- which units go


def units_left(
    arm: Arm,
    calibration: Calibration,
    shape: Shape,
    dense: Layout,
    level: int,
    lottery: Lottery,
) -> Kept:
    """What a level keeps of the network that `calibration` reads, which has this shape, so that it
    is as fast as the level is to be.

    Neurons go by magnitude, the same share of every feed-forward block; layers one by one, that
    without which the loss on the pairs is lowest, as long as its stack has another one.
    """
    network, kept = calibration.network(), Kept.all_of(shape)
    if arm.removes == "neurons":
        left = dense.widths_at(level, lottery)
        shares = {stack: 1 - left[stack] / width for stack, width in shape.widths.items()}
        return without_neurons(network, [], kept, shares, "magnitude")
    batches = list(calibration.with_logits(network))
    allowed = dense.allowed(level, lottery)
    while dense.operations(kept.depths, shape.widths) > allowed:
        stacks = [stack for stack in STACKS if len(kept.layers[stack]) > 1]
        gone = least_needed_layer(network, batches, kept, stacks)
        kept = kept.without_layer(gone.stack, gone.layer)
    return kept


# ----------------------------------------------------------------------------- without them


def smaller_network(network: LoadedNetwork, smaller: Smaller) -> LoadedNetwork:
    """A network in memory without the units that go; all that is left has its numbers."""
    fresh = model.untrained(network.model, 0, smaller.entries())
    fresh.load_state_dict(sliced(smaller, network.model.state_dict()))
    return replace(network, model=fresh)


def sliced(smaller: Smaller, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What is left of tensors: weights by name, or which of them are kept."""
    found = (smaller.tensor(name, tensor) for name, tensor in tensors.items())
    return dict(one for one in found if one)


def sliced_moments(smaller: Smaller, moments: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What is left of the optimiser's moments, whose names say which moment, and of which weight;
    the number of steps stays."""
    found = {}
    for key, tensor in moments.items():
        kind, space, name = key.partition(" ")
        if not space:
            found[key] = tensor
        elif one := smaller.tensor(name, tensor):
            found[f"{kind} {one[0]}"] = one[1]
    return found


# ----------------------------------------------------------------------------- on disk


def units_of(folder: LevelFolder) -> Kept | None:
    """What a finished level has left of the layers and neurons of its dense network; None where it
    has all. Raises `DamagedError` where that is not as stored."""
    path = folder.units_verified()
    if path is None:
        return None
    raw = read_json(path)
    neurons = {}
    for stack, layers in raw["neurons"].items():
        for layer, one in layers.items():
            units = np.zeros(one["of"], dtype=bool)
            units[one["left"]] = True
            neurons[stack, int(layer)] = units
    layers = {stack: tuple(left) for stack, left in raw["layers"].items()}
    return Kept(layers=layers, neurons=neurons)


def keep_units(path: Path, kept: Kept) -> None:
    """Write what is left. Layers count from 1, neurons from 0, both as in the dense network."""
    neurons: dict[str, dict[str, Any]] = {stack: {} for stack in STACKS}
    for (stack, layer), units in sorted(kept.neurons.items()):
        left = np.flatnonzero(units).tolist()
        neurons[stack][str(layer)] = {"of": len(units), "left": left}
    write_json(path, {"layers": {s: list(kept.layers[s]) for s in STACKS}, "neurons": neurons})


def in_dense(network: Network, dense: Network) -> Mask:
    """Which weights of its dense network are left in a network that has lost whole units."""
    assert network.level is not None
    kept, mask = units_of(network.level), network.mask
    assert kept is not None
    assert mask is not None
    smaller, sizes = Smaller(dense.shape, kept), dense.folder.parameter_shapes
    found = {}
    whole = dense.mask
    assert whole is not None
    for name in whole.kept:
        places = torch.arange(math.prod(sizes[name])).reshape(sizes[name])
        left = torch.zeros(places.numel(), dtype=torch.bool)
        if one := smaller.tensor(name, places):
            left[one[1]] = mask.kept[one[0]]
        found[name] = left.reshape(sizes[name])
    return Mask(found)
