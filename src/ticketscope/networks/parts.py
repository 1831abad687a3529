"""The parts of a network whose weights can be put in place of those of another: blocks with their
layer norms, and what belongs to no layer.

The layer norm of a block goes with it: the one that the block reads through in a pre-norm layer,
the one that ends the block in a post-norm layer. Every weight is in just one part.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from torch import Tensor

from ticketscope.errors import InputError, did_you_mean
from ticketscope.networks.families import Shape, family_of
from ticketscope.networks.network import Network

EMBEDDINGS: Final = "embeddings"
"""The part with all rows of pieces, the output matrix and its bias, the norm on the embeddings, and
the positions that belong to no layer."""
FINAL_NORM: Final = "final_norm"
_FLOW: Final = ("shared", "encoder", "decoder")
_BLOCKS: Final = ("self_attention", "cross_attention", "feed_forward", FINAL_NORM)
_NO_COMPUTATION: Final = ("init_std", "initializer_factor")
"""Entries of config.json that only a network before any training has a use for."""


@dataclass(frozen=True)
class Part:
    """A block of a layer, the norm that ends a stack, or the embeddings.

    Args:
        module: `encoder`, `decoder`, or `shared` for the embeddings.
        layer: from 1; None outside layers.
        block: its block, `final_norm`, or `embeddings`.
    """

    module: str
    layer: int | None
    block: str

    @property
    def name(self) -> str:
        """Such as `decoder.3.feed_forward`, `encoder.final_norm`, `embeddings`."""
        if self.block == EMBEDDINGS:
            return EMBEDDINGS
        return ".".join([self.module, *([str(self.layer)] if self.layer else []), self.block])

    @property
    def layer_name(self) -> str:
        """Of the layer that it is in; its own name outside layers."""
        return f"{self.module}.{self.layer}" if self.layer else self.name

    @property
    def place(self) -> tuple[int, float, int]:
        """Where a sentence passes it, for sorting."""
        block = _BLOCKS.index(self.block) if self.block in _BLOCKS else -1
        return _FLOW.index(self.module), self.layer or float("inf"), block


_EMBEDDINGS: Final = Part("shared", None, EMBEDDINGS)


def part_of(name: str, shape: Shape) -> Part | None:
    """The part that a tensor belongs to; None for what is computed and never trains."""
    family = family_of(shape)
    if family.is_computed(name):
        return None
    role = family.role(name)
    if role is None or family.row_axis(name) or (role.layer is None and role.is_embedding):
        assert family.row_axis(name) or role, f"{name}: no part of a network is called so"
        return _EMBEDDINGS
    block: str | None = role.block
    if role.block == "layer_norm":
        block = family.normed(name)
    elif role.block == "positions":
        block = "embedding" if family.is_of_stack(name, shape) else "self_attention"
    if block == "embedding":
        return _EMBEDDINGS
    return Part(role.module, role.layer, block or FINAL_NORM)


Parts = Mapping[Part, tuple[str, ...]]
"""The names of the tensors of every part, in the order in which a sentence passes the parts."""


def parts_of(names: Iterable[str], shape: Shape) -> Parts:
    """Tensors by part."""
    found: dict[Part, list[str]] = {}
    for name in names:
        if part := part_of(name, shape):
            found.setdefault(part, []).append(name)
    return {part: tuple(found[part]) for part in sorted(found, key=lambda part: part.place)}


def by_layer(parts: Iterable[Part]) -> dict[str, tuple[Part, ...]]:
    """The parts of every layer by its name; what is outside layers by itself."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.layer_name, []).append(part)
    return {name: tuple(of_layer) for name, of_layer in found.items()}


def chosen(names: Sequence[str], parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts that names mean: `decoder.3.feed_forward` one block, `decoder.3` a layer, `decoder`
    a stack. Raises `InputError` for a name that means none."""
    every = tuple(parts)
    for name in names:
        if not any(_is_of(part, name) for part in every):
            known = [*by_layer(every), *(part.name for part in every if part.layer)]
            meant = did_you_mean(name, known)
            raise InputError(
                f"layers: {name}: the network has no such part; {meant}valid: encoder, decoder, "
                f"{', '.join(by_layer(every))}, and a block of a layer, such as "
                f"{next(part.name for part in every if part.layer)}"
            )
    return tuple(part for part in every if any(_is_of(part, name) for name in names))


def _is_of(part: Part, name: str) -> bool:
    return f"{part.name}.".startswith(f"{name}.")


# ----------------------------------------------------------------------------- two networks


def unlike(network: Network, other: Network) -> str:
    """What sets two networks apart so that no part of one fits into the other, in words; "" where
    all parts fit."""
    ours, theirs = network.shape, other.shape
    if ours.model_type != theirs.model_type:
        return f"one is of kind {ours.model_type}, the other {theirs.model_type}"
    shapes, of_other = network.folder.parameter_shapes, other.folder.parameter_shapes
    for name in sorted(shapes.keys() | of_other.keys()):
        here, there = (_shown(of.get(name)) for of in (shapes, of_other))
        if here != there:
            return f"{name} is {here} in one, {there} in the other"
    config, of_config = (one.for_transformers().to_dict() for one in (ours, theirs))
    for key in sorted(config.keys() - _NO_COMPUTATION):
        if config[key] != of_config.get(key):
            return (
                f"{key} of config.json is {config[key]} in one, {of_config.get(key)} in the other"
            )
    if network.tokenizer.digest != other.tokenizer.digest:
        return "their tokenizers differ"
    return ""


def _shown(shape: tuple[int, ...] | None) -> str:
    return "not there" if shape is None else " x ".join(map(str, shape))


@dataclass(frozen=True)
class Cost:
    """What it costs to have a part as it is in another network.

    Args:
        num_weights: weights of the part.
        num_back: those that are zero here and not there.
        num_changed: those that differ.
        num_there: those that are not zero there.
    """

    num_weights: int = 0
    num_back: int = 0
    num_changed: int = 0
    num_there: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.num_weights + other.num_weights,
            self.num_back + other.num_back,
            self.num_changed + other.num_changed,
            self.num_there + other.num_there,
        )


def costs(network: Network, other: Network) -> dict[Part, Cost]:
    """What it costs to have each part of a network as it is in another of the same shape; of the
    trainable parameters, one tensor at a time."""
    parts = parts_of(network.folder.parameter_shapes, network.shape)

    def cost(name: str) -> Cost:
        return _cost(network.folder.weight(name), other.folder.weight(name))

    return {part: sum(map(cost, names), start=Cost()) for part, names in parts.items()}


def _cost(ours: Tensor, theirs: Tensor) -> Cost:
    return Cost(
        num_weights=ours.numel(),
        num_back=int(((ours == 0) & (theirs != 0)).sum()),
        num_changed=int((ours != theirs).sum()),
        num_there=int((theirs != 0).sum()),
    )
