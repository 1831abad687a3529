"""Data inside the page: deflated and in base64, which templates/packed.js reads.

Specifications and tables repeat themselves, so this is a tenth of their text; and base64 holds no
character that could end a script element.
"""

import base64
import json
import zlib
from typing import Any


def packed(data: bytes) -> str:
    """Bytes as base64 (RFC 4648) of a zlib stream (RFC 1950)."""
    return base64.b64encode(zlib.compress(data)).decode("ascii")


def packed_json(value: Any) -> str:
    """A value as packed JSON in UTF-8; `ValueError` for what JSON cannot say, such as NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return packed(text.encode())
