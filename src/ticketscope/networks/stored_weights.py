"""The weights in a model directory: one safetensors file, or several that an index lists."""

import json
import math
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ticketscope.errors import InputError, JobError
from ticketscope.files import disk_errors_named
from ticketscope.text.input_files import read_json_object

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"

Shape = tuple[int, ...]

_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_OTHER_FORMATS = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack", "*.npz")
_MAY_BE_WEIGHTS = (*_OTHER_FORMATS, "*.safetensors", INDEX, "*.onnx", "*.ot", "*.gguf")
# A layer norm squares its input, so a larger weight breaks every computation in float32. One
# flipped bit of an exponent makes such a weight.
_LARGEST_WEIGHT = math.sqrt(torch.finfo(torch.float32).max)
_POINTER = b"version https://git-lfs"
_MEND = "take the files that were stored together"


@dataclass(frozen=True)
class StoredWeights:
    """Tensors on disk.

    Args:
        place: the file to name in messages: the weights themselves, or their index.
        files: the files with tensors.
        shapes: of each tensor, in the order of the files.
        file_of: the file of each tensor.
    """

    place: Path
    files: tuple[Path, ...]
    shapes: Mapping[str, Shape]
    file_of: Mapping[str, Path]

    def without(self, names: Collection[str]) -> "StoredWeights":
        """The same but for some tensors, which files may have or not."""
        kept = {name: shape for name, shape in self.shapes.items() if name not in names}
        return replace(self, shapes=kept, file_of={name: self.file_of[name] for name in kept})

    def read(self, names: Collection[str] | None = None) -> dict[str, Tensor]:
        """Tensors by name, in float32 (which holds the stored 16-bit types exactly); None: all."""
        wanted = self.shapes if names is None else names
        found = {}
        for file in self.files:
            with _reading(file), safe_open(file, framework="pt") as opened:
                for name in wanted:
                    if self.file_of[name] == file:
                        found[name] = opened.get_tensor(name).to(torch.float32)
        return found

    def as_stored(self, name: str) -> Tensor:
        """One tensor, in the type in which it is stored."""
        file = self.file_of[name]
        with _reading(file), safe_open(file, framework="pt") as opened:
            tensor: Tensor = opened.get_tensor(name)
        return tensor

    def row(self, name: str, number: int) -> Tensor:
        """One row of a matrix, as it is stored; the others are not read."""
        file = self.file_of[name]
        with _reading(file), safe_open(file, framework="pt") as opened:
            rows: Tensor = opened.get_slice(name)[number : number + 1]
        return rows[0]

    def rounded(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Tensors in float32 as they are once they are stored in the types that the files have.

        Raises `JobError` for a value that its type cannot hold, or that is not finite.
        """
        found = {
            name: tensor.to(_DTYPES[self._dtype(name)]).to(torch.float32)
            for name, tensor in tensors.items()
        }
        if name := impossible(found):
            raise JobError(
                f"{self.place}: {name} would get a weight that is not finite in the type that "
                "it is stored in; store the network in float32 first"
            )
        return found

    def _dtype(self, name: str) -> str:
        with _reading(self.file_of[name]), safe_open(self.file_of[name], framework="pt") as opened:
            dtype: str = opened.get_slice(name).get_dtype()
        return dtype

    def copy_with(
        self, kept: Mapping[str, Tensor], changed: Mapping[str, Tensor], folder: Path
    ) -> None:
        """Copy all files, with +0.0 where a weight is not kept; every other byte stays as it is,
        but for the tensors in `changed`.

        One tensor at a time is in memory, in the type in which it is stored.
        """
        for file in all_files(self):
            shutil.copyfile(file, folder / file.name)
        for name, is_kept in kept.items():
            with (folder / self.file_of[name].name).open("r+b") as opened:
                size = int.from_bytes(opened.read(8), "little")
                about = json.loads(opened.read(size))[name]
                first, last = about["data_offsets"]
                opened.seek(8 + size + first)  # behind the header
                stored = np.frombuffer(bytearray(opened.read(last - first)), dtype=np.uint8)
                if name in changed:
                    new = changed[name].to(_DTYPES[about["dtype"]]).contiguous()
                    stored = new.view(torch.uint8).numpy().copy()
                stored.reshape(is_kept.numel(), -1)[~is_kept.numpy().ravel()] = 0
                opened.seek(8 + size + first)
                opened.write(stored.tobytes())


def all_files(weights: StoredWeights) -> tuple[Path, ...]:
    """Every file of the weights, the index too."""
    return tuple(dict.fromkeys((weights.place, *weights.files)))


def weights_in(directory: Path) -> StoredWeights | None:
    """The weights in a directory; None where there are none of any form.

    Raises `InputError` for weights in another form, for a file that is damaged, for numbers of a
    type that is no plain weight, and unless an index and its files say the same.
    """
    for name in (WEIGHTS, INDEX):
        path = directory / name
        if path.is_file():
            return _single(path) if name == WEIGHTS else _sharded(path)
        if path.is_symlink() or path.exists():
            raise InputError(f"{path}: a plain file is needed in its place")
    _refuse_other_formats(directory)
    return None


def may_hold_weights(path: Path) -> bool:
    """Whether a file of a model directory is called as weights are."""
    return any(map(path.match, _MAY_BE_WEIGHTS))


def impossible(tensors: Mapping[str, Tensor]) -> str:
    """The first tensor with a value that is not finite or too large to compute with; else empty."""
    for name, tensor in tensors.items():
        if tensor.numel():
            lowest, highest = tensor.aminmax()  # both are NaN where there is one
            if not (float(lowest) > -_LARGEST_WEIGHT and float(highest) < _LARGEST_WEIGHT):
                return name
    return ""


# ----------------------------------------------------------------------------- files


def _single(path: Path) -> StoredWeights:
    shapes = _header(path)
    return StoredWeights(path, (path,), shapes, dict.fromkeys(shapes, path))


def _sharded(index: Path) -> StoredWeights:
    listed = read_json_object(index).get("weight_map")
    if not (isinstance(listed, dict) and listed):
        raise InputError(f"{index}: lists no tensors (weight_map); {_MEND}")
    names = list(dict.fromkeys(listed.values()))
    shapes: dict[str, Shape] = {}
    file_of: dict[str, Path] = {}
    for name in names:
        file = _shard(index, name)
        for tensor, shape in _header(file).items():
            if listed.get(tensor) != name:
                raise InputError(f"{file}: has {tensor!r}, which {INDEX} does not say; {_MEND}")
            shapes[tensor], file_of[tensor] = shape, file
    if lacking := [tensor for tensor in listed if tensor not in shapes]:
        raise InputError(
            f"{index.parent / listed[lacking[0]]}: lacks {lacking[0]!r}, which {INDEX} says to be "
            f"in it; {_MEND}"
        )
    return StoredWeights(index, tuple(index.parent / name for name in names), shapes, file_of)


def _shard(index: Path, name: object) -> Path:
    """The path of a file that an index names: one beside it, whatever the name says."""
    if not (isinstance(name, str) and name.endswith(".safetensors") and Path(name).name == name):
        raise InputError(f"{index}: {name!r} is no safetensors file beside it; {_MEND}")
    path = index.parent / name
    if not path.is_file():
        raise InputError(f"{path}: missing, though {INDEX} names it; {_MEND}")
    return path


def _header(file: Path) -> dict[str, Shape]:
    """Shapes by name, in the order of the file, from its header alone."""
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


def _refuse_other_formats(directory: Path) -> None:
    for pattern in _OTHER_FORMATS:
        for path in sorted(directory.glob(pattern)):
            raise InputError(
                f"{path}: only weights in {WEIGHTS} are read, since other formats may hold code; "
                "if you trust it, load the network with transformers and store it with "
                "save_pretrained(FOLDER)"
            )


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        with disk_errors_named(file):
            yield
    except SafetensorError as error:
        if _is_pointer(file):
            raise InputError(
                f"{file}: git has left a pointer in place of the weights; give git lfs pull there"
            ) from None
        raise InputError(
            f"{file}: damaged or no safetensors file ({error}); get it again"
        ) from None


def _is_pointer(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_POINTER)) == _POINTER
