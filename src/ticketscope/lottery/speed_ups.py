"""How fast the networks of arms that remove whole units are to be, level by level.

Speed is counted, not timed, so that a level has the same bytes on every machine: at level l a
network has at the most ``1 / speed_up ** l`` of the operations that its dense model takes for one
sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ticketscope.arms import arm_of, in_order
from ticketscope.arms.arm import Units
from ticketscope.config import Lottery
from ticketscope.errors import InputError
from ticketscope.networks.families import Role, role
from ticketscope.networks.operations import operations_of
from ticketscope.pruning.cuts import num_to_prune

SENTENCE: Final = 25
"""Positions on each side of the sentence for which operations are counted."""


@dataclass(frozen=True)
class Layout:
    """The sizes that a dense network can have once layers and neurons are gone.

    Args:
        shapes: of its trainable parameters, by name.
    """

    shapes: Mapping[str, tuple[int, ...]]

    @property
    def layers(self) -> dict[str, int]:
        """Layers of each stack."""
        found: dict[str, int] = {}
        for what in map(role, self.shapes):
            if what.layer is not None:
                found[what.module] = max(found.get(what.module, 0), what.layer)
        return found

    @property
    def widths(self) -> dict[str, int]:
        """Neurons per feed-forward block of each stack."""
        found: dict[str, int] = {}
        for name, shape in self.shapes.items():
            what = role(name)
            if what.projection == "fc1" and what.kind == "weight":
                found[what.module] = shape[0]
        return found

    def operations(self, layers: Mapping[str, int], widths: Mapping[str, int]) -> int:
        """Of one forward pass of a network with so many layers in each stack, and neurons in each
        of their feed-forward blocks, over `SENTENCE`."""
        left = {}
        rows: dict[str, int] = {}
        for name, shape in self.shapes.items():
            what = role(name)
            if what.block == "embedding":
                rows[what.module] = shape[0]
            if what.layer is None or what.layer <= layers[what.module]:
                left[name] = _narrowed(shape, what, widths)
        num_labels = rows.get("decoder", max(rows.values()))
        length, once = np.array([SENTENCE]), np.array([1])
        return operations_of(left, num_labels).forward(length, length, length, once)

    def allowed(self, level: int, lottery: Lottery) -> float:
        """The most operations that a network of a level may take."""
        whole = self.operations(self.layers, self.widths)
        return float(whole / lottery.speed_up**level)

    def fastest(self, units: Units) -> float:
        """How many times as fast a network gets that keeps one of its neurons in each block, or one
        layer in each stack."""
        layers, widths = self.layers, self.widths
        whole = self.operations(layers, widths)
        if units == "neurons":
            return whole / self.operations(layers, dict.fromkeys(widths, 1))
        return whole / self.operations(dict.fromkeys(layers, 1), widths)

    def widths_at(self, level: int, lottery: Lottery) -> dict[str, int]:
        """Neurons per block that a level has: as many as it may, the same share of every block."""
        whole, allowed = self.widths, self.allowed(level, lottery)
        widest = max(whole.values())

        def without(gone: int) -> dict[str, int]:
            return {
                stack: width - num_to_prune(width, gone / widest) for stack, width in whole.items()
            }

        for gone in range(widest):
            left = without(gone)
            if min(left.values()) and self.operations(self.layers, left) <= allowed:
                return left
        raise AssertionError(f"level {level} cannot be as fast; checked before the run")


def _narrowed(shape: tuple[int, ...], what: Role, widths: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of a parameter in a network whose feed-forward blocks have other widths."""
    axis = what.neuron_axis
    if axis is None:
        return shape
    return tuple(widths[what.module] if at == axis else size for at, size in enumerate(shape))


_ONE_OF: Final = {"neurons": "one neuron of each block", "layers": "one layer of each stack"}


def check_speed_ups(layout: Layout, lottery: Lottery) -> None:
    """Raise `InputError` where some level of an arm that removes whole units cannot be as fast as
    it is to be, or would remove no neuron."""
    arms = map(arm_of, reversed(in_order(lottery.arms)))
    removing = {arm.removes: arm.name for arm in arms if arm.removes}
    asked = lottery.speed_up**lottery.levels
    for units, name in removing.items():
        if (fastest := layout.fastest(units)) < asked:
            raise InputError(
                f"lottery.arms: {name} cannot make a network {asked:.2f} times as fast: one that "
                f"keeps {_ONE_OF[units]} is {fastest:.2f} times as fast; lower lottery.levels or "
                "lottery.speed_up, or leave out this arm"
            )
    if of_neurons := removing.get("neurons"):
        levels = range(lottery.levels + 1)
        widths = [layout.widths_at(level, lottery) for level in levels]
        if any(before == after for before, after in pairwise(widths)):
            raise InputError(
                f"lottery.arms: {of_neurons} removes no neuron at some level: raise "
                "lottery.speed_up, or leave out this arm"
            )
