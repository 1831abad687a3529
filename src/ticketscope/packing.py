"""Bytes, arrays and JSON as short text: deflated and in base64.

What is packed repeats itself, so this is a tenth of it; and base64 holds no character that could
end a string of JSON or a script element. In a page, templates/packed.js of the report reads it.
"""

import base64
import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST = 9
"""The level of zlib that takes longest."""


def packed(data: bytes, level: int = 6) -> str:
    """Bytes as base64 (RFC 4648) of a zlib stream (RFC 1950)."""
    return base64.b64encode(zlib.compress(data, level)).decode("ascii")


def unpacked(text: str, most: int | None = None) -> bytes:
    """What `packed` was given.

    Raises `ValueError` for what it does not make, and for more than `most` bytes.
    """
    inflate = zlib.decompressobj()
    limit = 0 if most is None else most + 1  # for zlib 0 is no limit
    try:
        data = inflate.decompress(base64.b64decode(text, validate=True), limit)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not inflate.eof or (most is not None and len(data) > most):
        raise ValueError("too long, or cut short")
    return data


def packed_json(value: Any) -> str:
    """A value as packed JSON in UTF-8; `ValueError` for what JSON cannot say, such as NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return packed(text.encode())


def packed_array(array: NDArray[np.float64]) -> dict[str, Any]:
    """Shape, type and the packed bytes of an array; whole numbers as such."""
    whole = array.astype(np.int32)
    kept = whole if (whole == array).all() else array
    return {
        "shape": list(array.shape),
        "type": kept.dtype.str,
        "base64": packed(np.ascontiguousarray(kept).tobytes()),
    }


def unpacked_array(stored: dict[str, Any]) -> NDArray[np.float64]:
    """The array that `packed_array` was given."""
    raw = unpacked(stored["base64"])
    return np.frombuffer(raw, dtype=stored["type"]).reshape(stored["shape"]).astype(np.float64)
