"""Writing files so that none ever looks finished when it is not.

Every file appears under its name complete and on disk, or not at all: it is written to a
temporary name beside its place, synced, then renamed. What a crash leaves behind carries
`PARTIAL` in its name and is swept away by the next run.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ticketscope.errors import JobError

PARTIAL = ".partial-"
_TEMPORARY_OF_SAFETENSORS = re.compile(r"\.tmp[A-Za-z0-9]{6}")


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path` to write a file to; rename it there on success.

    On any error the temporary file is removed. A full disk raises `JobError` naming the file.
    """
    partial = path.with_name(f"{path.name}{PARTIAL}{os.getpid()}")
    try:
        with disk_errors_named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            _sync(partial)
            partial.replace(path)
            _sync(path.parent)
    except BaseException:
        with suppress(OSError):  # where nothing could be written, nothing is left
            partial.unlink()
        raise


@contextmanager
def folder_appearing(path: Path) -> Iterator[Path]:
    """The same for a whole folder of plain files; an older folder at `path` is replaced."""
    partial = path.with_name(f"{path.name}{PARTIAL}{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with disk_errors_named(path):
            partial.mkdir(parents=True)
            yield partial
            for file in sorted(partial.rglob("*")):
                _sync(file)
            _sync(partial)
            if path.exists():
                shutil.rmtree(path)
            partial.replace(path)
            _sync(path.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder that is gone afterwards; what a kill leaves of it is swept with the rest."""
    parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f"scratch{PARTIAL}", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def disk_errors_named(path: Path) -> Iterator[None]:
    """Turn a full, failing or forbidden disk into one line that names the file and says what to do.

    Libraries report a full disk in words of their own (safetensors: `SafetensorError`, numpy: so
    many items requested and so many written), so the text of any exception is searched too.
    """
    try:
        yield
    except JobError:
        raise
    except Exception as error:
        code = error.errno if isinstance(error, OSError) else None
        full = (errno.ENOSPC, errno.EDQUOT)
        if code in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EIO):
            place = error.filename if isinstance(error, OSError) and error.filename else path
            raise JobError(f"{place}: {os.strerror(code).lower()}") from error
        words = "|".join((*map(os.strerror, full), r"\d+ requested and \d+ written"))
        if code in full or re.search(words, str(error)):
            raise JobError(
                f"{path}: the disk is full; free some space and give the same command again, "
                "finished work is kept"
            ) from error
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with appearing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, keys in the order given, one line a key so that diffs read well."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON that `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """Checksum of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep(folder: Path) -> int:
    """Remove what crashed writers left below `folder`; returns how many files and folders.

    That is also what safetensors leaves, which writes to a temporary name of its own.
    """
    leftovers = [
        path
        for path in folder.rglob("*")
        if PARTIAL in path.name or _TEMPORARY_OF_SAFETENSORS.fullmatch(path.name)
    ]
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have gone with a folder just removed
    return len(leftovers)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
