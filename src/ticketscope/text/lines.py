"""Lines of text files, plain, compressed or in an archive, with errors that name file and line.

Only "\\n" and "\\r\\n" end a line. Python's own idea of a line end (U+2028, U+0085, vertical tab)
would break the alignment of two files wherever one side holds such a character.

Nothing is read without a bound: a line has a greatest length, and what is compressed unpacks to a
greatest size.
"""

import codecs
import re
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO

from ticketscope.errors import InputError
from ticketscope.files import explained
from ticketscope.text.unpacking import unpacked

_SMALL = 10_000_000
"""Bytes of a file that is read at once."""
MAX_SENTENCE = 1_000_000
"""Bytes of a line that is a sentence, or a row of a table."""
MAX_DOCUMENT = 16_000_000
"""Bytes of a line of gold data: in JSON lines a whole document is one (of LitBank up to 5 MB)."""
_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst))$", re.IGNORECASE)
_BLOCK = 1 << 20


def text_lines(path: Path, member: str = "", longest: int = MAX_SENTENCE) -> Iterator[str]:
    """Stream the lines of a UTF-8 file without their ends; a byte order mark is dropped.

    `path` is plain text, compressed (gzip, bzip2, xz, zstd), or an archive of which `member` is
    read without unpacking it. Raises `InputError` for a file that cannot be read to its end, is no
    text, or unpacks to too much, and, naming the line, for invalid UTF-8 and for more than
    `longest` bytes.
    """
    if member:
        for _, lines in archive_texts(path, (member,), longest):
            yield from lines
        return
    place = str(path)
    with _reading(place), _opened(path) as file:
        yield from decoded_lines(unpacked(file, place, _size(path)), place, longest)


def _opened(path: Path) -> IO[bytes]:
    """A small file is read at once: whoever stops at a faulty line leaves no file open."""
    if path.is_file() and _size(path) <= _SMALL:
        return BytesIO(path.read_bytes())
    return path.open("rb")


def decoded_lines(file: IO[bytes], place: str, longest: int = MAX_SENTENCE) -> Iterator[str]:
    """Stream the lines of an open file; see `text_lines`."""
    with _reading(place):
        for number, line in enumerate(iter(partial(file.readline, longest + 1), b""), start=1):
            if len(line) > longest:
                raise InputError(
                    f"{place}:{number}: the line is longer than {longest / 1e6:g} MB, so it is no "
                    "sentence of a text; is this the right file?"
                )
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


# ----------------------------------------------------------------------------- archives


def is_archive(path: Path) -> bool:
    """Whether this is an archive by its name: ``.zip``, ``.tar``, ``.tar.gz``, ``.tgz``, …"""
    return bool(_ARCHIVE.search(path.name))


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


def archive_texts(
    path: Path, members: Collection[str], longest: int = MAX_SENTENCE
) -> Iterator[tuple[str, Iterator[str]]]:
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
                    whole = unpacked(file, place, _size(path))
                    yield name, decoded_lines(whole, place, longest)
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
    with path.open("rb") as packed:
        whole = unpacked(packed, str(path), _size(path), is_archive=True)
        with tarfile.open(fileobj=whole, mode="r:") as archive:
            for info in archive:
                if info.isreg():
                    yield info.name, partial(_extracted, archive, info)
            # tarfile takes a damaged header for the end of the archive; gzip's checksum, at the
            # end, tells.
            while whole.read(_BLOCK):
                pass


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    assert file, info.name
    return file


def _size(path: Path) -> int:
    """Size of a file in bytes; 0 for a pipe, which has none."""
    return path.stat().st_size if path.is_file() else 0


@contextmanager
def _reading(place: str) -> Iterator[None]:
    try:
        yield
    except EOFError:
        raise InputError(f"{place}: ends too early (truncated); get the file again") from None
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error) as error:
        raise InputError(f"{place}: damaged or no archive ({error}); get the file again") from None
    except OSError as error:
        raise explained(error, place) from None
    except (MemoryError, OverflowError):  # a size in a header of tar
        problem = "damaged or no archive (a size beyond all memory)"
        raise InputError(f"{place}: {problem}; get the file again") from None
    except (NotImplementedError, RuntimeError) as error:
        # How zipfile reports unknown compression methods and encryption.
        raise InputError(f"{place}: cannot be read ({error}); unpack it yourself") from None
