"""What is left of a network when structured units are removed: layers, neurons, heads.

The numbers say it, not the weights: the same `Kept` masks a network in memory (`masking`) and makes
the tensors of the smaller one (`smaller`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.networks.families import Shape
from ticketscope.networks.families.family import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF

STACKS: Final = ("encoder", "decoder")
STACK_OF: Final = {ENCODER_SELF: "encoder", DECODER_SELF: "decoder", ENCODER_DECODER: "decoder"}
"""Of each kind of attention."""

Units = NDArray[np.bool_]
"""Of the neurons of a feed-forward block, or the heads of an attention block, which are left."""
Place = tuple[str, int]
"""A stack, or a kind of attention, and a layer of it, counted from 1."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is left. Layers are counted from 1, as in the network before.

    Args:
        layers: by stack, those that are left, ascending.
        neurons: by stack and layer, of layers that are left; all are left where none is named.
        heads: by kind of attention and layer, likewise.
    """

    layers: Mapping[str, tuple[int, ...]]
    neurons: Mapping[Place, Units] = field(default_factory=dict)
    heads: Mapping[Place, Units] = field(default_factory=dict)

    @classmethod
    def all_of(cls, shape: Shape) -> "Kept":
        """Nothing is removed."""
        return cls(layers={stack: tuple(range(1, n + 1)) for stack, n in shape.layers.items()})

    @property
    def depths(self) -> dict[str, int]:
        """How many layers are left of each stack."""
        return {stack: len(left) for stack, left in self.layers.items()}

    def without_layer(self, stack: str, layer: int) -> "Kept":
        """One layer less."""
        left = tuple(number for number in self.layers[stack] if number != layer)
        return replace(self, layers={**self.layers, stack: left})

    def then(self, kept: "Kept") -> "Kept":
        """What is left of the network before, where `kept` is left of the smaller one."""
        assert not self.heads, "heads are left as they are"
        assert not kept.heads, "heads are left as they are"
        layers = {
            stack: tuple(self.layers[stack][layer - 1] for layer in left)
            for stack, left in kept.layers.items()
        }
        neurons = {}
        for stack, left in kept.layers.items():
            for layer in left:
                place, now = (stack, self.layers[stack][layer - 1]), (stack, layer)
                ours, theirs = self.neurons.get(place), kept.neurons.get(now)
                if ours is not None and theirs is not None:
                    units = ours.copy()
                    units[ours] = theirs
                    neurons[place] = units
                elif (either := ours if theirs is None else theirs) is not None:
                    neurons[place] = either
        return Kept(layers=layers, neurons=neurons)

    def widths(self, shape: Shape) -> dict[str, int]:
        """Neurons per feed-forward block of each stack, in which all have as many."""
        found = {}
        for stack, width in shape.widths.items():
            [found[stack]] = {
                int(self.neurons[stack, layer].sum()) if (stack, layer) in self.neurons else width
                for layer in self.layers[stack]
            }
        return found
