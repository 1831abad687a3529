"""The header of CTranslate2's weight file: which weights of which types, without reading them."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ticketscope.errors import InputError
from ticketscope.files import disk_errors_named

ENGINE_FILE: Final = "model.bin"

_VERSION: Final = 6
_KIND: Final = "TransformerSpec"
_REVISION: Final = 7
_TYPES: Final = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
_WIDTHS: Final = {
    "float32": 4,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "float16": 2,
    "bfloat16": 2,
}
_MOST: Final = 1 << 20  # weights of a network


@dataclass(frozen=True)
class EngineHeader:
    """What a weight file says of its weights.

    Args:
        shapes: by name; a name for the same weight as another one has its shape, too.
        types: likewise.
        places: where each weight begins in the file; each weight once.
        aliases: of further names the name that has a place.
    """

    shapes: Mapping[str, tuple[int, ...]]
    types: Mapping[str, str]
    places: Mapping[str, int]
    aliases: Mapping[str, str]

    @property
    def num_rows(self) -> tuple[int, int]:
        """Of the embeddings of the encoder and the decoder."""
        source, target = "encoder/embeddings_0/weight", "decoder/embeddings/weight"
        return self.shapes[source][0], self.shapes[target][0]

    @property
    def is_tied(self) -> bool:
        """Whether the output matrix is an embedding."""
        names = ("decoder/projection/weight", "decoder/embeddings/weight")
        output, embedding = (self.aliases.get(name, name) for name in names)
        return output == embedding

    @property
    def positions(self) -> int | None:
        """Of a side at the most; None where only distances are known."""
        tables = [f"{side}/position_encodings/encodings" for side in ("encoder", "decoder")]
        lengths = [self.shapes[table][0] for table in tables if table in self.shapes]
        return min(lengths) if lengths else None

    @property
    def compute_type(self) -> str:
        """In which type the weights are stored, as CTranslate2 calls it: that of the matrices and,
        where these are quantised, that of all else."""
        matrices = self.types["decoder/projection/weight"]
        others = self.types["decoder/layer_0/ffn/layer_norm/gamma"]
        return f"{matrices}_{others}" if matrices == "int8" else matrices

    def num_bytes_in(self, compute_type: str) -> int:
        """The size of all weights, each once, in memory where an engine computes in that type, as
        CTranslate2 names it (`Translator.compute_type`): "int8_float16" is quantised weights in
        int8 and all else in float16."""
        quantised, _, floats = compute_type.rpartition("_")
        if "float" not in floats:
            quantised, floats = floats, "float32"

        def width(stored: str) -> int:
            if stored == "int32":
                return _WIDTHS[stored]
            return _WIDTHS[(quantised or floats) if stored in ("int8", "int16") else floats]

        return sum(math.prod(self.shapes[name]) * width(self.types[name]) for name in self.places)


def read_header(file: Path) -> EngineHeader:
    """The header of a weight file.

    Raises `InputError` for a file that is damaged, and for one of another kind or version.
    """
    try:
        with disk_errors_named(file), file.open("rb") as opened:
            return _read(opened, file)
    except (struct.error, UnicodeDecodeError, IndexError, KeyError):
        raise InputError(
            f"{file}: damaged, or not as CTranslate2 writes it; convert the network again"
        ) from None


def _read(opened: BinaryIO, file: Path) -> EngineHeader:
    version = _number(opened, "I")
    if version != _VERSION:
        raise InputError(
            f"{file}: in version {version} of CTranslate2's format, or no file of it; only version "
            f"{_VERSION} is read: convert the network again"
        )
    kind, revision = _text(opened), _number(opened, "I")
    if (kind, revision) != (_KIND, _REVISION):
        raise InputError(
            f"{file}: a {kind[:40]} of revision {revision}; only {_KIND} of revision {_REVISION}, "
            "an encoder-decoder as CTranslate2 4 stores it, is read: convert the network again"
        )
    shapes: dict[str, tuple[int, ...]] = {}
    types: dict[str, str] = {}
    places: dict[str, int] = {}
    for _ in range(min(_number(opened, "I"), _MOST)):
        name = _text(opened)
        shapes[name] = tuple(_number(opened, "I") for _ in range(_number(opened, "B")))
        types[name] = _TYPES[_number(opened, "B")]
        size = _number(opened, "I")
        places[name] = opened.tell()
        opened.seek(size, 1)
    aliases = {_text(opened): _text(opened) for _ in range(min(_number(opened, "I"), _MOST))}
    shapes |= {alias: shapes[name] for alias, name in aliases.items()}
    types |= {alias: types[name] for alias, name in aliases.items()}
    header = EngineHeader(shapes, types, places, aliases)
    _ = header.num_rows, header.compute_type  # or a name is missing
    if "decoder/scale_outputs" in shapes and not header.is_tied:
        raise InputError(
            f"{file}: scales the states that go into an output matrix of its own, which no network "
            "does: CTranslate2 converts it so under transformers 5, where the config of every T5 "
            "says that its output is tied; convert it again under transformers 4, or give the "
            "network of transformers itself"
        )
    return header


def _number(opened: BinaryIO, kind: str) -> int:
    layout = struct.Struct(f"<{kind}")
    [number] = layout.unpack(opened.read(layout.size))
    return int(number)


def _text(opened: BinaryIO) -> str:
    return opened.read(_number(opened, "H"))[:-1].decode()
