"""Writing files so that none ever looks finished when it is not.

Every file appears under its name complete and on disk, or not at all: it is written to a
temporary name beside its place, synced, then renamed. What a crash leaves behind is called by such
a name, which is `PARTIAL`, the process and a random part after the final one and which nothing else
is called by. A later run sweeps it away when that process is dead. A name that only contains
something like it is somebody's own.

Whoever does a job that others may take over sets a `guard`: it is asked before anything appears
or goes.
"""

import csv
import errno
import gzip
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ticketscope.errors import DiskFullError, InputError, JobError
from ticketscope.processes import NAME, Process, this_process
from ticketscope.system_errors import AGAIN, FULL, UNUSABLE, error_number

PARTIAL = ".ticketscope-partial-"
_GROWING = ".ticketscope-unfinished"
SCRATCH = "scratch"
_MARK = rf"{re.escape(PARTIAL)}({NAME})-[0-9a-f]{{8}}"
_TEMPORARY = re.compile(rf"(.+){_MARK}")
_MARKS = re.compile(rf"(?:{_MARK}|{re.escape(_GROWING)})(?=/|$)")
_IN_SCRATCH = re.compile(rf"/{SCRATCH}{_MARK}(/.*)?$")
_TEMPORARY_OF_SAFETENSORS = re.compile(r"\.tmp[A-Za-z0-9]{6}")

guard: ContextVar[Callable[[], None]] = ContextVar("guard", default=lambda: None)
"""Raises where what is about to appear or to go is another process's to change by now."""


def beside(path: Path) -> Path:
    """A temporary name for `path` that no other process and no other call has."""
    return path.with_name(f"{path.name}{PARTIAL}{this_process()}-{secrets.token_hex(4)}")


@contextmanager
def appearing(path: Path, *, synced: bool = True) -> Iterator[Path]:
    """Give a temporary name beside `path` to write a file to; rename it there on success.

    It need not be `synced` before where a seal tells whether it is whole.
    On any error the temporary file is removed. What a disk refuses is `explained` in one line. A
    device or a pipe (`/dev/null`) is refused: the new file would take its place.
    """
    if not is_plain(path):
        raise InputError(f"{path}: a pipe or a device, in whose place no file is put; name another")
    partial = beside(path)
    try:
        with disk_errors_named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            if synced:
                _sync(partial)
            guard.get()()
            partial.replace(path)
            if synced:
                _sync(path.parent)
    except BaseException:
        with suppress(OSError):  # where nothing could be written, nothing is left
            partial.unlink()
        raise


@contextmanager
def folder_appearing(path: Path) -> Iterator[Path]:
    """The same for a whole folder of plain files; an older folder at `path` is replaced."""
    partial = beside(path)
    try:
        with disk_errors_named(path):
            partial.mkdir(parents=True)
            yield partial
            _publish(partial, path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def folder_growing(path: Path) -> Iterator[Path]:
    """The same for a folder that takes long to fill: what is in it when the work stops stays for
    the next try, which finds out what of it is whole. Where the input is bad nothing stays."""
    growing = growing_name(path)
    try:
        with disk_errors_named(path):
            growing.mkdir(parents=True, exist_ok=True)
            sweep(growing)
            yield growing
            _publish(growing, path)
    except InputError:
        remove(growing)
        raise


def growing_name(path: Path) -> Path:
    """What a folder is called while it grows."""
    return path.with_name(path.name + _GROWING)


def _publish(folder: Path, path: Path) -> None:
    """Give a whole folder its name, on disk."""
    for file in sorted(folder.rglob("*")):
        _sync(file)
    _sync(folder)
    guard.get()()
    doomed = _set_aside(path)
    try:
        folder.replace(path)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        _delete(doomed)  # another has put one there since; both are whole, and the last one stays
        doomed = _set_aside(path)
        folder.replace(path)
    _sync(path.parent)
    _delete(doomed)


def empty(folder: Path) -> None:
    """Remove all that is in a folder."""
    for path in list(folder.iterdir()):
        remove(path)


def remove(path: Path) -> None:
    """Remove what is there, of whatever kind. Of a folder nothing is left under its name at once:
    a kill while it is deleted must not leave what looks whole."""
    guard.get()()
    _delete(_set_aside(path))


def _set_aside(path: Path) -> Path:
    """Give whatever is there, if anything is, a temporary name; returns that."""
    doomed = beside(path)
    with suppress(FileNotFoundError):
        path.replace(doomed)
    return doomed


def _delete(doomed: Path) -> None:
    if doomed.is_dir() and not doomed.is_symlink():
        with suppress(OSError):  # files that another still reads may stay until the next sweep
            shutil.rmtree(doomed)
    else:
        doomed.unlink(missing_ok=True)


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder that is gone afterwards; what a kill leaves of it is swept with the rest."""
    path = beside(parent / SCRATCH)
    path.mkdir(mode=0o700, parents=True)
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


def is_there(path: Path) -> bool:
    """Whether there is something, asked of the file server itself where other machines may have put
    it there: a client remembers for a while that it has seen nothing. Who opens a folder makes it
    ask."""
    if path.exists():
        return True
    for folder in reversed(path.parents):
        try:
            os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
        except PermissionError:
            continue
        except OSError:
            return False
    return path.exists()


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


def explained(error: Exception, place: Path | str = "") -> InputError | JobError:
    """One line for an error of the operating system: the one rule of ticketscope.

    What the user named and cannot be used (missing, forbidden, of the wrong kind) is an
    `InputError`; a disk that fails during right work a `JobError`. The line names the file that
    the error names, else `place`; never a temporary name.
    """
    named = error.filename if isinstance(error, OSError) else None
    if isinstance(error, OSError) and error.errno in FULL:  # of a copy both files are named
        named = error.filename2 or named
    name = os.fsdecode(named) if isinstance(named, str | bytes) else str(place)
    before = f"{final_name(name)}: " if name else ""
    code = error_number(error)
    if code in UNUSABLE:
        return InputError(f"{before}{os.strerror(code).lower()}; {UNUSABLE[code]}")
    if code is None:
        return JobError(before + str(error).partition("\n")[0])
    if code in FULL:
        return DiskFullError(before + FULL[code])
    return JobError(f"{before}{os.strerror(code).lower()}; mend that and {AGAIN}")


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
        if isinstance(error, OSError) or error_number(error) is not None:
            raise explained(error, path) from error
        raise


def make_folder(folder: Path) -> None:
    """Make it where it is not there. Raises `InputError` where that cannot be."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; give a folder")
    with disk_errors_named(folder):
        folder.mkdir(parents=True, exist_ok=True)


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


def is_ours_or_dead(_path: Path, process: Process) -> bool:
    """Whether nobody else can still need what a process left."""
    return process == this_process() or process.is_dead


def sweep(
    folder: Path,
    is_abandoned: Callable[[Path, Process], bool] = is_ours_or_dead,
    *,
    is_alone: bool = True,
) -> int:
    """Remove what crashed writers left below `folder`; returns how many files and folders.

    That is also what safetensors leaves, which writes to a temporary name of its own that does not
    say whose it is: it goes only where nobody else is at work.
    """
    abandoned = [path for path, process in leftovers(folder) if is_abandoned(path, process)]
    if is_alone:
        of_nobody = folder.rglob(".tmp*")
        abandoned += [path for path in of_nobody if _TEMPORARY_OF_SAFETENSORS.fullmatch(path.name)]
    for path in abandoned:
        _delete(path)  # it may have gone with a folder just removed
    return len(abandoned)


def leftovers(folder: Path) -> list[tuple[Path, Process]]:
    """What is being written below `folder`, or was when its writer died, and by whom."""
    found = [(path, _TEMPORARY.fullmatch(path.name)) for path in folder.rglob(f"*{PARTIAL}*")]
    return [(path, Process.named(name[2])) for path, name in found if name]


def sweep_beside(path: Path) -> None:
    """Remove what a killed writer of `path` left."""
    for leftover in path.parent.glob(f"*{PARTIAL}*"):
        found = _TEMPORARY.fullmatch(leftover.name)
        if found and found[1] == path.name and is_ours_or_dead(path, Process.named(found[2])):
            _delete(leftover)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
