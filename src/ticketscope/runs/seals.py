"""Seals: checksums by which a run reads exactly what it wrote, to the last bit.

A JSON file is sealed by a checksum of its own content. Where it also lists files below its folder,
with a checksum of each, it seals these: `DONE` of a level, `corpus.json`, `index.json`. It is then
written last, so that a folder without it is unfinished. A line of a journal has its own seal.

What was written before there were seals lacks the checksum of the content and is read as it is.
"""

import errno
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ticketscope.config import digest
from ticketscope.errors import JobError
from ticketscope.files import explained, is_plain, is_there, sha256, write_json

SEAL, FILES = "checksum", "files"
OF_TABLES = "checksums.json"
"""Seals the tables and views of a run, beside them."""
_IN_ITS_PLACE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO)
"""How the system says that no file is there."""


class DamagedError(JobError):
    """A file of a run is missing, or is not what was written. Exit code 1."""


class MissingError(DamagedError):
    """A file of a run is not there, or cannot be seen yet from this machine."""


def write_sealed(path: Path, content: Mapping[str, Any], files: Iterable[Path] = ()) -> None:
    """Write JSON that is sealed, and seals `files`, which lie below its folder."""
    checksums = {str(file.relative_to(path.parent)): sha256(file) for file in sorted(files)}
    whole = {**content, FILES: checksums} if checksums else dict(content)
    write_json(path, {**whole, SEAL: digest(whole)})


def read_sealed(path: Path, mend: str) -> dict[str, Any]:
    """What `write_sealed` wrote.

    Raises `DamagedError`, with `mend` as the way out, where it is missing, truncated or altered.
    """
    try:
        content = json.loads(_bytes_of(path, mend))
    except ValueError:
        content = None
    if isinstance(content, dict):
        seal = content.pop(SEAL, None)
        if seal is None or seal == digest(content):
            return content
    raise DamagedError(f"{path}: truncated or altered; {mend}")


def is_sealed(path: Path) -> bool:
    """Whether a JSON file that can be read was written with a seal."""
    return SEAL in json.loads(path.read_bytes())


def verify(path: Path, mend: str) -> dict[str, Any]:
    """`read_sealed`, after the files that it seals were compared with their checksums too.

    Raises `DamagedError` naming the first that is missing, truncated or altered.
    """
    content = read_sealed(path, mend)
    files = content.get(FILES, {})
    if not isinstance(files, dict):
        raise DamagedError(f"{path}: truncated or altered; {mend}")
    for name in files:
        verify_file(path, content, name, mend)
    return content


def verify_file(path: Path, content: Mapping[str, Any], name: str, mend: str) -> Path:
    """One of the files that `content`, read from `path`, seals. Raises like `verify`."""
    file = path.parent / name
    checksums = content.get(FILES)
    if checksums is None:  # written before there were seals
        return file
    if not (is_there(file) and file.is_file()):
        raise MissingError(f"{file}: missing; {mend}")
    try:
        found = sha256(file)
    except OSError as error:
        raise explained(error, file) from None
    if found != checksums.get(name):
        raise DamagedError(f"{file}: truncated or altered (wrong checksum); {mend}")
    return file


def sealed_line(entry: Mapping[str, Any]) -> str:
    """A line of a journal."""
    return json.dumps({**entry, SEAL: digest(entry)[:8]}) + "\n"


def opened_line(line: bytes) -> dict[str, Any] | None:
    """What `sealed_line` was given; None for a line that a crash left half-written, or damaged."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict):
        return None
    seal = entry.pop(SEAL, None)
    return entry if seal is None or seal == digest(entry)[:8] else None


def _bytes_of(path: Path, mend: str) -> bytes:
    try:
        if is_there(path) and not is_plain(path):
            raise DamagedError(f"{path}: a pipe or a device; {mend}")
        return path.read_bytes()
    except OSError as error:
        if error.errno in _IN_ITS_PLACE:
            raise MissingError(f"{path}: missing; {mend}") from None
        raise explained(error, path) from None
