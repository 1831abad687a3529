"""Floating-point operations of a network, counted from the shapes of matrices."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.networks.families import Role, role

Lengths = NDArray[np.integer]

TRAINING: Final = 3
"""Times the operations of a forward pass: the backward pass takes two more, one for the inputs of
each product and one for its weights."""


@dataclass(frozen=True)
class Operations:
    """Operations of the matrix products of one forward pass with teacher forcing.

    A multiplication and an addition are two operations. Padding is left out, and so is all that is
    no matrix product (norms, softmax, activations). Zeros of a pruned matrix are multiplied like
    all else. With S source and T target positions of a pair, L of which have a label, the pass
    takes ``source S + target T + output L + self_source S² + self_target T² + cross S T``.
    """

    source: int
    target: int
    output: int
    self_source: int
    self_target: int
    cross: int

    def forward(
        self, sources_N: Lengths, targets_N: Lengths, labels_N: Lengths, times_N: Lengths
    ) -> int:
        """Of pairs with so many positions on either side, special symbols included, and so many
        labels, each gone through so many times."""
        s, t, times = (each.astype(np.int64) for each in (sources_N, targets_N, times_N))
        return (
            self.source * int(times @ s)
            + self.target * int(times @ t)
            + self.output * int(times @ labels_N.astype(np.int64))
            + self.self_source * int(times @ (s * s))
            + self.self_target * int(times @ (t * t))
            + self.cross * int(times @ (s * t))
        )


def operations_of(shapes: Mapping[str, tuple[int, ...]], num_rows: int) -> Operations:
    """Of a network with parameters of these shapes, so many of whose rows can be labels."""
    found = dict.fromkeys((field.name for field in fields(Operations)), 0)
    width = 0
    for name, shape in shapes.items():
        what = role(name)
        if what.kind != "weight" or len(shape) != 2:
            continue
        if what.block == "embedding":
            width = shape[1]
        elif what.is_prunable:
            reads_source = _reads_source(what)
            found["source" if reads_source else "target"] += 2 * shape[0] * shape[1]
            if what.projection == "q":  # queries with keys, and weights with values
                found[_pairs(what)] += 4 * shape[0]
    found["output"] = 2 * num_rows * width
    return Operations(**found)


def _reads_source(what: Role) -> bool:
    """Whether a matrix is multiplied once per source position: keys and values of
    encoder-decoder attention are made of the encoder's states."""
    of_cross = what.block == "cross_attention" and what.projection in ("k", "v")
    return what.module == "encoder" or of_cross


def _pairs(what: Role) -> str:
    """Which positions attention compares."""
    if what.block == "cross_attention":
        return "cross"
    return "self_source" if what.module == "encoder" else "self_target"
