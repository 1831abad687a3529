"""How many weights of a directory of CTranslate2's are zero, as they are stored.

In int8 that counts what was rounded to zero, too, which in a network that nobody pruned is a few in
a hundred.
"""

from pathlib import Path
from typing import Final

import numpy as np

from ticketscope.networks.decoding.engine_file import EngineHeader
from ticketscope.networks.model import Counts, Sparsity, sparsity

_LAYOUTS: Final = {
    "float32": "<u4",
    "float16": "<u2",
    "bfloat16": "<u2",
    "int8": "<i1",
    "int16": "<i2",
}


def stored_sparsity(file: Path, header: EngineHeader) -> Sparsity:
    """Shares of zeros over prunable, all, and all but embedding weights.

    As elsewhere, weights and biases of attention and feed-forward blocks are prunable; zeros are
    counted in these alone. Tables of positions and scales of int8 are no weights.
    """
    num = {"prunable": 0, "embedding": 0, "other": 0}
    num_zero = 0
    for name, place in header.places.items():
        shape = header.shapes[name]
        kind = _kind(name)
        if not shape or kind is None:
            continue
        num[kind] += int(np.prod(shape))
        if kind == "prunable":
            num_zero += _num_zero(file, place, shape, header.types[name])
    total = sum(num.values())
    return sparsity(
        Counts(total=total, prunable=num["prunable"], non_embedding=total - num["embedding"]),
        num_zero,
        0,
    )


def _kind(name: str) -> str | None:
    if name.endswith("_scale") or "/position_encodings/" in name:
        return None
    if "/linear_" in name:
        return "prunable"
    is_output = name == "decoder/projection/weight"
    return "embedding" if is_output or "/embeddings" in name else "other"


def _num_zero(file: Path, place: int, shape: tuple[int, ...], kind: str) -> int:
    """In a type of floating point the first bit is the sign, and both zeros are zero."""
    stored = np.memmap(file, dtype=_LAYOUTS[kind], mode="r", offset=place, shape=shape)
    has_sign_bit = "int" not in kind
    top = (1 << (8 * stored.dtype.itemsize - 1)) - 1
    return int(((stored & top) == 0).sum() if has_sign_bit else (stored == 0).sum())
