"""Writing files so that none ever looks finished when it is not.

Every file appears under its name complete and on disk, or not at all: it is written to a
temporary name beside its place, synced, then renamed. What a crash leaves behind is called by such
a name, which is `PARTIAL` and a number after the final one and which nothing else is called by. The
next run sweeps it away. A name that only contains something like it is somebody's own.
"""

import csv
import errno
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ticketscope.errors import InputError, JobError

PARTIAL = ".ticketscope-partial-"
_SCRATCH = "scratch"
_MARK = rf"{re.escape(PARTIAL)}\d+(?:-\w+)?"
_TEMPORARY = re.compile(rf"(.+){_MARK}")
_MARKS = re.compile(rf"{_MARK}(?=/|$)")
_IN_SCRATCH = re.compile(rf"/{_SCRATCH}{_MARK}(/.*)?$")
_TEMPORARY_OF_SAFETENSORS = re.compile(r"\.tmp[A-Za-z0-9]{6}")


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path` to write a file to; rename it there on success.

    On any error the temporary file is removed. What a disk refuses is `explained` in one line. A
    device or a pipe (`/dev/null`) is refused: the new file would take its place.
    """
    if not is_plain(path):
        raise InputError(f"{path}: a pipe or a device, in whose place no file is put; name another")
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
            remove(path)
            partial.replace(path)
            _sync(path.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def remove(path: Path) -> None:
    """Remove what is there, of whatever kind. Of a folder nothing is left under its name at once:
    a kill while it is deleted must not leave what looks whole."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    doomed = path.with_name(f"{path.name}{PARTIAL}{os.getpid()}-old")
    path.replace(doomed)
    shutil.rmtree(doomed)


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder that is gone afterwards; what a kill leaves of it is swept with the rest."""
    parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{PARTIAL}{os.getpid()}-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def require_utf8(path: Path) -> None:
    """Refuse a name that the libraries in Rust, which read and write weights, cannot take."""
    try:
        os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: this name is not valid UTF-8, and weights cannot be kept under it; "
            "choose another"
        ) from None


def is_plain(path: Path) -> bool:
    """Whether a file, a folder or nothing is there: whoever opens a pipe waits for ever."""
    try:
        mode = path.stat().st_mode
    except OSError:  # whoever needs it will say so
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def require_plain(folder: Path) -> None:
    """Refuse a pipe or a device below `folder`, before any of its files is opened."""
    for path in folder.rglob("*"):
        if not is_plain(path):
            raise InputError(
                f"{path}: a pipe or a device, where a plain file is needed; move it away"
            )


# ----------------------------------------------------------------------------- errors


_UNUSABLE = {
    errno.EACCES: "give yourself the right to use it, or name another place",
    errno.EPERM: "give yourself the right to use it, or name another place",
    errno.EROFS: "name a place that can be written to",
    errno.ENOENT: "name one that is there",
    errno.ENOTDIR: "a part of this path is no directory; name another place",
    errno.EBADF: "give one that is open for reading",
    errno.EISDIR: "a file is needed in its place",
    errno.EEXIST: "something else is in its place; move that away, or name another place",
    errno.ENOTEMPTY: "something else is in its place; move that away, or name another place",
    errno.ELOOP: "its links lead round in a circle; name the file itself",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EILSEQ: "this file system does not allow the name; choose another",
    errno.ENODEV: "a plain file is needed in its place",
    errno.ENXIO: "a plain file is needed in its place",
}
"""Places that the user named and that cannot be used, and how to mend that."""

_AGAIN = "give the same command again, finished work is kept"
_FULL = {
    errno.ENOSPC: f"the disk is full; free some space and {_AGAIN}",
    errno.EDQUOT: f"the disk quota is used up; free some space and {_AGAIN}",
    errno.EFBIG: f"files may not grow as large here (ulimit -f); raise the limit and {_AGAIN}",
}
"""A disk that fails while the work is right; every number that is not listed counts as one, too."""


def explained(error: Exception, place: Path | str = "") -> InputError | JobError:
    """One line for an error of the operating system: the one rule of ticketscope.

    What the user named and cannot be used (missing, forbidden, of the wrong kind) is an
    `InputError`; a disk that fails during right work a `JobError`. The line names the file that
    the error names, else `place`; never a temporary name.
    """
    named = error.filename if isinstance(error, OSError) else None
    if isinstance(error, OSError) and error.errno in _FULL:  # of a copy both files are named
        named = error.filename2 or named
    name = os.fsdecode(named) if isinstance(named, str | bytes) else str(place)
    before = f"{final_name(name)}: " if name else ""
    code = _error_number(error)
    if code in _UNUSABLE:
        return InputError(f"{before}{os.strerror(code).lower()}; {_UNUSABLE[code]}")
    if code is None:
        return JobError(before + str(error).partition("\n")[0])
    return JobError(
        before + _FULL.get(code, f"{os.strerror(code).lower()}; mend that and {_AGAIN}")
    )


def final_name(path: str) -> str:
    """The place where a file is to appear, from its temporary name or one in a temporary folder."""
    return _MARKS.sub("", _IN_SCRATCH.sub("", path)) or path


def unfinished(name: str) -> str | None:
    """The final name behind a temporary one; None for a name that is none."""
    found = _TEMPORARY.fullmatch(name)
    return found[1] if found else None


@contextmanager
def disk_errors_named(path: Path) -> Iterator[None]:
    """Turn a full, failing or forbidden disk into one line that names the file and says what to do.

    Errors that are no matter of files pass, as does a reader of our output that went away.
    """
    try:
        yield
    except (InputError, JobError, BrokenPipeError):
        raise
    except Exception as error:
        if isinstance(error, OSError) or _error_number(error) is not None:
            raise explained(error, path) from error
        raise


def make_folder(folder: Path) -> None:
    """Make it where it is not there. Raises `InputError` where that cannot be."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; give a folder")
    with disk_errors_named(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _error_number(error: Exception) -> int | None:
    """The number of the system's error. Libraries have their own words for it: safetensors ends
    in "(os error 28)", numpy says how many items were requested and how many written."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, FileNotFoundError):
        return errno.ENOENT
    text = str(error)
    if found := re.search(r"\(os error (\d+)\)", text):
        return int(found[1])
    if re.search(r"\d+ requested and \d+ written", text):
        return errno.ENOSPC
    return next((code for code in _FULL if os.strerror(code) in text), None)


# ----------------------------------------------------------------------------- text, JSON


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with appearing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_packed_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as CSV, packed by gzip, atomically and row by row.

    Neither a time nor a name goes into it: the same rows give the same bytes.
    """
    with (
        appearing(path) as partial,
        partial.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        csv.writer(text, lineterminator="\n").writerows(rows)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, keys in the order given, one line per key so that diffs read well."""
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
        if unfinished(path.name) or _TEMPORARY_OF_SAFETENSORS.fullmatch(path.name)
    ]
    for path in leftovers:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have gone with a folder just removed
    return len(leftovers)


def sweep_beside(path: Path) -> None:
    """Remove what a killed writer of `path` left."""
    for leftover in path.parent.glob(f"*{PARTIAL}*"):
        if unfinished(leftover.name) == path.name:
            remove(leftover)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
