"""The tensors of a safetensors file, compared with those that a network needs.

Names and shapes are compared in the file's header before a network is built: nothing that was not
stored may take part in it, since it would be random, and nothing that is stored may be left over.
"""

import json
import math
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers.initialization import no_init_weights

from ticketscope.errors import InputError
from ticketscope.files import disk_errors_named
from ticketscope.networks import model
from ticketscope.networks.families import CONFIG, family_of
from ticketscope.networks.families import Shape as NetworkShape

WEIGHTS = "model.safetensors"

Shape = tuple[int, ...]

_DTYPES = ("F32", "F16", "BF16")
_SHARDED = "model.safetensors.index.json"
_OTHER_FORMATS = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack", "*.npz")
_OTHER_WEIGHTS = (*_OTHER_FORMATS, "*.safetensors", _SHARDED, "*.onnx", "*.ot", "*.gguf")
# A layer norm squares its input, so a larger weight breaks every computation in float32. One
# flipped bit of an exponent makes such a weight.
_LARGEST_WEIGHT = math.sqrt(torch.finfo(torch.float32).max)


@dataclass(frozen=True)
class TensorsOf:
    """Names and shapes of what a network is made of, beside a file that stores it.

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
    names that its file has."""
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


def header(file: Path) -> dict[str, Shape]:
    """Shapes by name, in the order of the file, from its header alone.

    Raises `InputError` for a file that is damaged or no safetensors, and for numbers of a type that
    is no plain weight.
    """
    shapes = {}
    with _reading(file), safe_open(file, framework="pt") as opened:
        for name in opened.keys():  # noqa: SIM118 (no mapping)
            stored = opened.get_slice(name)
            if stored.get_dtype() not in _DTYPES:
                raise InputError(
                    f"{file}: {name!r} is stored as {stored.get_dtype()}; only float32, float16 "
                    "and bfloat16 are read: store the network as one of them"
                )
            shapes[name] = tuple(stored.get_shape())
    return shapes


def check_sizes(config: NetworkShape, stored: Mapping[str, Shape], place: Path) -> None:
    """Refuse sizes that no tensor of the file has, before a network is made of them.

    Otherwise a slip in a config would be built: a million layers take hours.
    """
    largest = max((size for shape in stored.values() for size in shape), default=0)
    limits = {
        **dict.fromkeys(config.sizes, largest),
        **dict.fromkeys(config.depths, len(stored)),
    }
    for key, limit in limits.items():
        size = getattr(config, key)
        if size is not None and size > limit:
            raise InputError(
                f"{place / CONFIG}: {key} is {size}, too many for {WEIGHTS} beside it; "
                "take the two files that were stored together"
            )


def check(stored: Mapping[str, Shape], wanted: TensorsOf, file: Path) -> None:
    """Refuse a file that lacks what is needed, has it in other shapes, or holds more than that."""
    mend = "take config.json and the weights that were stored together"
    lacking = [
        name for name in wanted.needed if name not in stored and name not in wanted.stored_as
    ]
    if lacking:
        raise InputError(
            f"{file}: {_and_more(lacking)} of the network that config.json describes "
            f"{'is' if len(lacking) == 1 else 'are'} not in it; {mend}"
        )
    known = {**wanted.needed, **wanted.derived, **wanted.optional}
    if unused := [name for name in stored if name not in known]:
        raise InputError(
            f"{file}: {_and_more([repr(name) for name in unused])} "
            f"{'has' if len(unused) == 1 else 'have'} no place in the network that config.json "
            f"describes; {mend}"
        )
    for name, shape in stored.items():
        if shape != known[name]:
            raise InputError(
                f"{file}: {name} has the shape {_by(shape)}, where config.json asks for "
                f"{_by(known[name])}; {mend}"
            )


def _and_more(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _by(shape: Shape) -> str:
    return " x ".join(map(str, shape)) or "of a single number"


def refuse_other_formats(folder: Path) -> None:
    """Raise `InputError` where the weights are stored in another form than one safetensors file."""
    if (folder / _SHARDED).is_file():
        raise InputError(
            f"{folder / _SHARDED}: the weights are in several files; load the network with "
            "transformers and store it with save_pretrained(FOLDER, max_shard_size='1TB')"
        )
    for pattern in _OTHER_FORMATS:
        for path in sorted(folder.glob(pattern)):
            raise InputError(
                f"{path}: only weights in {WEIGHTS} are read, since other formats may hold code; "
                "if you trust it, load the network with transformers and store it with "
                "save_pretrained(FOLDER)"
            )


def may_hold_weights(path: Path) -> bool:
    """Whether a file beside `WEIGHTS`, or that file itself, is called as weights are."""
    return any(map(path.match, _OTHER_WEIGHTS))


# ----------------------------------------------------------------------------- reading


def read_tensors(file: Path, names: Collection[str] | None = None) -> dict[str, Tensor]:
    """Tensors by name, in float32 (which holds the stored 16-bit types exactly); None: all."""
    with _reading(file), safe_open(file, framework="pt") as opened:
        return {
            name: opened.get_tensor(name).to(torch.float32)
            for name in (opened.keys() if names is None else names)
        }


def impossible(tensors: Mapping[str, Tensor]) -> str:
    """The first tensor with a value that is not finite or too large to compute with; else empty."""
    for name, tensor in tensors.items():
        if tensor.numel():
            lowest, highest = tensor.aminmax()  # both are NaN where there is one
            if not (float(lowest) > -_LARGEST_WEIGHT and float(highest) < _LARGEST_WEIGHT):
                return name
    return ""


def copy_with_zeros(file: Path, kept: Mapping[str, Tensor], copy: Path) -> None:
    """Copy a weight file with +0.0 where a weight is not kept; every other byte stays as it is.

    One tensor at a time is in memory, in the type in which it is stored.
    """
    shutil.copyfile(file, copy)
    with copy.open("r+b") as opened:
        size = int.from_bytes(opened.read(8), "little")
        entries = json.loads(opened.read(size))
        for name, is_kept in kept.items():
            first, last = entries[name]["data_offsets"]  # behind the header
            opened.seek(8 + size + first)
            stored = np.frombuffer(bytearray(opened.read(last - first)), dtype=np.uint8)
            stored.reshape(is_kept.numel(), -1)[~is_kept.numpy().ravel()] = 0
            opened.seek(8 + size + first)
            opened.write(stored.tobytes())


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        with disk_errors_named(file):
            yield
    except SafetensorError as error:
        raise InputError(
            f"{file}: damaged or no safetensors file ({error}); get it again"
        ) from None
