"""The directory of a network in which parts of another one are put back."""

import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from ticketscope.files import write_text
from ticketscope.networks.families import CONFIG, family_of
from ticketscope.networks.mask_file import MASKS
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.networks.parts import Part, part_of
from ticketscope.networks.stored_weights import WEIGHTS
from ticketscope.pruning.card import CARD
from ticketscope.pruning.one_shot import copied
from ticketscope.text.input_files import read_json_object

_TYPES: Final = ("dtype", "torch_dtype")


def write_restored(
    network: Network, base: Network, parts: Collection[Part], card: str, folder: Path
) -> None:
    """Write a network with these parts of its base to a folder that is there.

    Every tensor has the very bytes that it has in one of the two. Where they are stored in types
    that differ, all are widened to float32, which changes no number. A mask calls nothing pruned
    that is restored. What else lies beside the network is copied; config.json comes last: without
    it nobody loads what a kill leaves.
    """
    tensors = restored_tensors(network, base, parts)
    types = {tensor.dtype for tensor in tensors.values()}
    if widened := len(types) > 1:
        tensors = {name: tensor.to(torch.float32) for name, tensor in tensors.items()}
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})
    if mask := network.mask:
        shape = network.shape
        Mask(
            {name: is_kept | (part_of(name, shape) in parts) for name, is_kept in mask.kept.items()}
        ).save(folder / MASKS)
    write_text(folder / CARD, card)
    for file in copied(network.directory):
        if file.name not in (CARD, CONFIG):
            shutil.copyfile(file, folder / file.name)
    if not widened:
        shutil.copyfile(network.directory / CONFIG, folder / CONFIG)
        return
    config = read_json_object(network.directory / CONFIG)
    config |= {key: "float32" for key in _TYPES if key in config}
    write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")


def restored_tensors(network: Network, base: Network, parts: Collection[Part]) -> dict[str, Tensor]:
    """What is stored of a network, with these parts as they are stored of its base."""
    shape = network.shape
    ours, theirs = network.folder.stored, base.folder.stored
    optional = family_of(shape).optional  # a file may lack what is zero
    found = {}
    for name in (*ours.shapes, *(name for name in optional if name not in ours.shapes)):
        if part_of(name, shape) not in parts:
            if name in ours.shapes:
                found[name] = ours.as_stored(name)
        elif there := _name_in(base, name):
            found[name] = theirs.as_stored(there)
        elif name in ours.shapes:
            found[name] = torch.zeros_like(ours.as_stored(name))
    return found


def _name_in(base: Network, name: str) -> str:
    """Under which name a tensor is stored in the base: one that is tied has several; "" where it
    is not stored, since it is zero."""
    stored = base.folder.stored.shapes
    if name in stored:
        return name
    matrices = family_of(base.shape).matrices(base.shape)
    for main, aliases in matrices.embeddings.items():
        same = (main, *aliases, *((matrices.output,) if main == matrices.output_is else ()))
        if name in same:
            there: str = next(alias for alias in same if alias in stored)
            return there
    assert name in family_of(base.shape).optional, name
    return ""
