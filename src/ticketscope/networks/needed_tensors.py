"""The tensors that a network needs, compared with those that are stored.

Names and shapes are compared in the headers of files before a network is built: nothing that was
not stored may take part in it, since it would be random, and nothing that is stored may be left
over.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from transformers.initialization import no_init_weights

from ticketscope.errors import InputError
from ticketscope.networks import model
from ticketscope.networks.families import CONFIG, family_of
from ticketscope.networks.families import Shape as NetworkShape
from ticketscope.networks.stored_weights import Shape, StoredWeights


@dataclass(frozen=True)
class TensorsOf:
    """Names and shapes of what a network is made of, beside what is stored of it.

    Args:
        needed: by the name that transformers computes with, all that must be stored.
        stored_as: of those that the file has under another name this one.
        parameters: those of `needed` that train.
        derived: what is tied to a needed one or computed; some files store it all the same.
        optional: what is zero where it is not stored.
        output: the output matrix, where the file stores one; else None.
    """

    needed: Mapping[str, Shape]
    stored_as: Mapping[str, str]
    parameters: frozenset[str]
    derived: Mapping[str, Shape]
    optional: Mapping[str, Shape]
    output: str | None


def tensors_of(config: NetworkShape, stored: Collection[str]) -> TensorsOf:
    """What the network of a config is made of, found without memory for its weights; `stored`: the
    names that are stored."""
    family = family_of(config)
    with torch.device("meta"), no_init_weights():
        skeleton = config.network_class(config.for_transformers())
    shapes = {name: tuple(tensor.shape) for name, tensor in skeleton.state_dict().items()}
    matrices = family.matrices(config)
    same = {
        alias: name for name, aliases in matrices.embeddings.items() for alias in aliases[1:]
    } | {matrices.output: matrices.output_is}
    derived = {
        name: shape for name, shape in shapes.items() if name in same or family.is_computed(name)
    }
    optional = {name: shapes[name] for name in family.optional}
    needed = {name: shape for name, shape in shapes.items() if name not in {**derived, **optional}}
    stored_as = {
        name: next(alias for alias in aliases if alias in stored)
        for name, aliases in matrices.embeddings.items()
        if name not in stored and any(alias in stored for alias in aliases)
    }
    if matrices.output in stored or not matrices.may_be_tied:
        needed[matrices.output] = derived.pop(matrices.output)
    return TensorsOf(
        needed=needed,
        stored_as=stored_as,
        # Without memory nothing is tied, so that tied matrices have several names here.
        parameters=frozenset(model.parameters(skeleton)) - derived.keys(),
        derived=derived,
        optional=optional,
        output=matrices.output if matrices.output in needed else None,
    )


# ----------------------------------------------------------------------------- checks


def check_sizes(config: NetworkShape, stored: StoredWeights) -> None:
    """Refuse sizes that no tensor has, before a network is made of them.

    Otherwise a slip in a config would be built: a million layers take hours.
    """
    shapes = stored.shapes
    largest = max((size for shape in shapes.values() for size in shape), default=0)
    limits = {
        **dict.fromkeys(config.sizes, largest),
        **dict.fromkeys(config.depths, len(shapes)),
    }
    for key, limit in limits.items():
        size = getattr(config, key)
        if size is not None and size > limit:
            raise InputError(
                f"{stored.place.parent / CONFIG}: {key} is {size}, too many for "
                f"{stored.place.name} beside it; take the files that were stored together"
            )


def check(stored: StoredWeights, wanted: TensorsOf) -> None:
    """Refuse weights that lack what is needed, have it in other shapes, or hold more than that."""
    shapes, file = stored.shapes, stored.place
    mend = "take config.json and the weights that were stored together"
    lacking = [
        name for name in wanted.needed if name not in shapes and name not in wanted.stored_as
    ]
    if lacking:
        raise InputError(
            f"{file}: {_and_more(lacking)} of the network that config.json describes "
            f"{'is' if len(lacking) == 1 else 'are'} not in it; {mend}"
        )
    known = {**wanted.needed, **wanted.derived, **wanted.optional}
    if unused := [name for name in shapes if name not in known]:
        raise InputError(
            f"{file}: {_and_more([repr(name) for name in unused])} "
            f"{'has' if len(unused) == 1 else 'have'} no place in the network that config.json "
            f"describes; {mend}"
        )
    for name, shape in shapes.items():
        if shape != known[name]:
            raise InputError(
                f"{file}: {name} has the shape {_by(shape)}, where config.json asks for "
                f"{_by(known[name])}; {mend}"
            )


def _and_more(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _by(shape: Shape) -> str:
    return " x ".join(map(str, shape)) or "of a single number"
