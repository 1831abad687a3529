"""The mask of a pruned network, in its directory and held against its weights."""

from typing import Final

from ticketscope.errors import InputError
from ticketscope.networks.families import role
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask, are_zero
from ticketscope.networks.stored_weights import WEIGHTS

MASKS: Final = "masks.safetensors"


def mask_inside(folder: ModelFolder) -> Mask | None:
    """The mask in a model directory; None where there is none.

    Raises `InputError` for one of other tensors, or where a weight that it calls pruned is there.
    """
    file = folder.path / MASKS
    if not file.is_file():
        return None
    mask = Mask.load(file)
    mend = f"take {MASKS} and {WEIGHTS} that were stored together, or move {MASKS} away"
    shapes = folder.parameter_shapes
    prunable = {name for name in shapes if role(name).is_prunable}
    embeddings = {name for name in shapes if role(name).block == "embedding"}
    if mask.kept.keys() not in (prunable, prunable | embeddings):
        [name, *_] = sorted(mask.kept.keys() ^ prunable)
        raise InputError(f"{file}: is of another network, which differs in {name!r}; {mend}")
    for name, kept in mask.kept.items():
        if tuple(kept.shape) != shapes[name]:
            raise InputError(f"{file}: {name} has another shape than in {WEIGHTS}; {mend}")
        if not are_zero(folder.weight(name), ~kept):
            raise InputError(
                f"{file}: calls weights of {name} pruned which are not zero in {WEIGHTS}; {mend}"
            )
    return mask
