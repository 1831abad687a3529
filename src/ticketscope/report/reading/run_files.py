"""The files that a page lists: tables and views, and what of them lies inside it."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

from ticketscope.errors import InputError

_PACKED = ".gz"
_PATTERNS = ("tables/*.csv", f"tables/*.csv{_PACKED}", "views/*.json")
_MOST_PACKED = 3_000_000
"""Bytes of a packed table beyond which no page has room for it."""


def listed_files(run: Path) -> tuple[str, ...]:
    """Every table and view of the run, as paths relative to it."""
    found = (path for pattern in _PATTERNS for path in run.glob(pattern))
    return tuple(sorted(path.relative_to(run).as_posix() for path in found))


def contents(run: Path, tables: Iterable[str]) -> dict[str, bytes]:
    """These tables as they lie on disk; a packed one unpacked, where it is small enough.

    Raises `InputError` for one that cannot be unpacked.
    """
    found = {}
    for name in tables:
        path = run / name
        if not name.endswith(_PACKED):
            found[name] = path.read_bytes()
        elif path.stat().st_size <= _MOST_PACKED:
            try:
                found[name] = gzip.decompress(path.read_bytes())
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise InputError(
                    f"{path}: not packed by gzip ({error}); delete it and give the command of "
                    "this run again"
                ) from None
    return found
