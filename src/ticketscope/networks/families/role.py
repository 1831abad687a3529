"""What a parameter of a translation network does."""

from dataclasses import dataclass
from typing import Literal, get_args

Module = Literal["encoder", "decoder", "shared"]
Block = Literal[
    "self_attention",
    "cross_attention",
    "feed_forward",
    "layer_norm",
    "embedding",
    "positions",
]
Projection = Literal["q", "k", "v", "out", "gate", "fc1", "fc2", ""]
Kind = Literal["weight", "bias"]
MODULES: tuple[Module, ...] = get_args(Module)


@dataclass(frozen=True)
class Role:
    """What a parameter does. Layers count from 1; None where a parameter belongs to no layer.

    `embedding`: rows of pieces, those of an untied output matrix too; `positions`: learned vectors
    of positions, or what attention adds for distances. `gate`: of a gated feed-forward block, what
    goes through the activation function.
    """

    module: Module
    layer: int | None
    block: Block
    projection: Projection
    kind: Kind

    @property
    def is_prunable(self) -> bool:
        """All weights and biases of attention and feed-forward blocks, as in the study."""
        return self.block in ("self_attention", "cross_attention", "feed_forward")

    @property
    def is_embedding(self) -> bool:
        """Whether it is left out where embeddings do not count."""
        return self.block in ("embedding", "positions")

    @property
    def head_axis(self) -> int | None:
        """The axis along which the heads of an attention parameter lie one after the other."""
        if self.projection in ("q", "k", "v"):
            return 0
        return 1 if self.projection == "out" and self.kind == "weight" else None

    @property
    def neuron_axis(self) -> int | None:
        """The axis along which the neurons of a feed-forward parameter lie: a neuron is a row of
        `fc1` (and of `gate`), its bias, and a column of `fc2`."""
        if self.projection in ("fc1", "gate"):
            return 0
        return 1 if self.projection == "fc2" and self.kind == "weight" else None
