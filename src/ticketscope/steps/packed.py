"""Arrays of numbers as short text in JSON: sums over sentences of many probes take much room."""

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def packed(array: NDArray[np.float64]) -> dict[str, Any]:
    """Shape, type and the compressed bytes of an array; whole numbers as such."""
    whole = array.astype(np.int32)
    kept = whole if (whole == array).all() else array
    raw = zlib.compress(np.ascontiguousarray(kept).tobytes(), 6)
    return {
        "shape": list(array.shape),
        "type": kept.dtype.str,
        "base64": base64.b64encode(raw).decode("ascii"),
    }


def unpacked(stored: dict[str, Any]) -> NDArray[np.float64]:
    """The array that `packed` was given."""
    raw = zlib.decompress(base64.b64decode(stored["base64"]))
    return np.frombuffer(raw, dtype=stored["type"]).reshape(stored["shape"]).astype(np.float64)
