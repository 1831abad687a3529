"""Lines of text files, plain, gzipped or in an archive, with errors that name file and line.

Only "\\n" and "\\r\\n" end a line. Python's own idea of a line end (U+2028, U+0085, vertical tab)
would break the alignment of two files wherever one side holds such a character.
"""

import codecs
import gzip
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from ticketscope.errors import InputError
from ticketscope.files import explained

_TAR, _GZIPPED_TAR = (".tar",), (".tar.gz", ".tgz")
_BLOCK = 1 << 20


def text_lines(path: Path, member: str = "") -> Iterator[str]:
    """Stream the lines of a UTF-8 file without their ends; a byte order mark is dropped.

    `path` is plain text, ``.gz``, or an archive of which `member` is read without unpacking it.
    Raises `InputError` for a file that cannot be read to its end and, naming the line, for
    invalid UTF-8.
    """
    if member:
        for _, lines in archive_texts(path, (member,)):
            yield from lines
        return
    with _reading(str(path)), _opened(path) as file:
        yield from _decoded(file, str(path))


def is_archive(path: Path) -> bool:
    """Whether this is an archive by its name: ``.zip``, ``.tar``, ``.tar.gz`` or ``.tgz``."""
    return path.name.lower().endswith((".zip", *_TAR, *_GZIPPED_TAR))


def archive_members(path: Path) -> list[str]:
    """Names of the plain files inside an archive: no folders, links or devices.

    Raises `InputError` when it is no archive, is damaged, or holds a name twice.
    """
    with _reading(str(path)):
        names = Counter(name for name, _ in _files(path))
    for name, times in names.items():
        if times > 1:
            raise InputError(f"{path}: holds {name!r} {times} times; make the archive anew")
    return list(names)


def zip_members(path: Path) -> list[str]:
    """Names of the files inside a ``.zip``. Raises `InputError` when it is not one."""
    with _reading(str(path)), zipfile.ZipFile(path) as archive:
        return [info.filename for info in archive.infolist() if not info.is_dir()]


def archive_texts(path: Path, members: Collection[str]) -> Iterator[tuple[str, Iterator[str]]]:
    """Stream some files of an archive in one pass: the name of each, and its lines as text.

    Read the lines of one before you ask for the next. They come in the order of the archive.
    Nothing is unpacked. Raises `InputError` as `text_lines` does, and for a member that is missing.
    """
    missing = dict.fromkeys(members)
    with _reading(str(path)):
        for name, opened in _files(path):
            if name in missing:
                del missing[name]
                place = f"{path}/{name}"
                with _reading(place), opened() as file:
                    is_gzipped = name.endswith(".gz")
                    yield name, _decoded(gzip.GzipFile(fileobj=file) if is_gzipped else file, place)
    for name in missing:
        raise InputError(f"{path}: no file {name!r} in it; name one that is")


def _files(path: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """The plain files of an archive, in its order, and what opens each."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as zipped:
            for entry in zipped.infolist():
                if not entry.is_dir():
                    yield entry.filename, partial(zipped.open, entry)
        return
    is_gzipped = path.name.lower().endswith(_GZIPPED_TAR)
    with tarfile.open(path, "r:gz" if is_gzipped else "r:") as archive:
        for info in archive:
            if info.isreg():
                yield info.name, partial(_extracted, archive, info)
        # tarfile takes a damaged header for the end; gzip's checksum, at the very end, does not.
        while archive.fileobj and archive.fileobj.read(_BLOCK):
            pass


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    assert file, info.name
    return file


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[bytes]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rb") as file:
            yield file
    else:
        with path.open("rb") as file:
            yield file


def _decoded(file: Iterable[bytes], place: str) -> Iterator[str]:
    with _reading(place):
        for number, line in enumerate(file, start=1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{place}:{number}: not valid UTF-8 (byte 0x{line[error.start]:02x}); "
                    "convert the file to UTF-8"
                ) from None
            yield text.removesuffix("\n").removesuffix("\r")


@contextmanager
def _reading(place: str) -> Iterator[None]:
    try:
        yield
    except EOFError:
        raise InputError(f"{place}: ends too early (truncated); get the file again") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, tarfile.TarError, zlib.error) as error:
        raise InputError(f"{place}: damaged or no archive ({error}); get the file again") from None
    except OSError as error:
        raise explained(error, place) from None
    except (NotImplementedError, RuntimeError) as error:
        # How zipfile reports unknown compression methods and encryption.
        raise InputError(f"{place}: cannot be read ({error}); unpack it yourself") from None
