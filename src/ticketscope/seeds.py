"""Seeds that differ by purpose and depend on nothing but their parts."""

import hashlib


def derive(*parts: int | str) -> int:
    """A 63-bit seed from a base seed and what it is for, the same on every machine."""
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1
