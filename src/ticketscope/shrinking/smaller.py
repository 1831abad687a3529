"""The tensors and the entries of config.json of a smaller network: pure, and one tensor a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.networks.families import Shape, family_of
from ticketscope.networks.families.shape import Sizes
from ticketscope.shrinking.kept import Kept

Rows = Mapping[str, NDArray[np.int64]]
"""By side, `source` and `target`: the rows before of all rows after, in their order."""

_LAYER = re.compile(r"\.\d+\.")  # the first number in a name is that of the layer


@dataclass(frozen=True)
class Smaller:
    """How a network becomes a smaller one.

    Args:
        shape: of the network before.
        kept: the units that are left. Heads cannot be left out here: transformers divides the width
            of the network by their number.
        rows: the rows of its embeddings that are left; None: all.
    """

    shape: Shape
    kept: Kept
    rows: Rows | None = None

    def tensor(self, name: str, tensor: Tensor) -> tuple[str, Tensor] | None:
        """What becomes of a stored tensor: its name and its numbers; None where its layer goes."""
        assert not self.kept.heads, "a network of transformers has all of its heads"
        family = family_of(self.shape)
        if self.rows is not None and (place := family.row_axis(name)):
            side, axis = place
            return name, tensor.index_select(axis, torch.from_numpy(self.rows[side])).contiguous()
        role = family.role(name)
        if role is None or role.layer is None:
            return name, tensor
        left = self.kept.layers[role.module]
        if family.is_of_stack(name, self.shape):
            return name, tensor
        if role.layer not in left:
            return None
        units = self.kept.neurons.get((role.module, role.layer))
        if units is not None and role.neuron_axis is not None:
            chosen = torch.from_numpy(np.flatnonzero(units))
            tensor = tensor.index_select(role.neuron_axis, chosen).contiguous()
        return _LAYER.sub(f".{left.index(role.layer)}.", name, count=1), tensor

    def entries(self) -> dict[str, int]:
        """The entries of config.json that change. Raises `InputError` for sizes that networks of
        this kind cannot have."""
        return self.shape.resized(self.sizes)

    @property
    def sizes(self) -> Sizes:
        """Of the smaller network."""
        rows = None if self.rows is None else len(self.rows["source"])
        return Sizes(self.kept.depths, self.kept.widths(self.shape), rows)
