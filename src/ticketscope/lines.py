"""Lines of plain, gzipped and zipped text files, with errors that name file and line.

Only "\\n" and "\\r\\n" end a line. Python's own idea of a line end (U+2028, U+0085, vertical tab)
would break the alignment of two files wherever one side holds such a character.
"""

import codecs
import gzip
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ticketscope.errors import InputError


def text_lines(path: Path, member: str = "") -> Iterator[str]:
    """Stream the lines of a UTF-8 file without their ends; a byte order mark is dropped.

    `path` is plain text, ``.gz``, or a ``.zip`` of which `member` is read without unpacking it.
    Raises `InputError` for a file that cannot be read to its end and, naming the line, for
    invalid UTF-8.
    """
    place = f"{path}/{member}" if member else str(path)
    with _reading(place), _opened(path, member) as file:
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


def zip_members(path: Path) -> list[str]:
    """Names of the files inside a ``.zip``. Raises `InputError` when it is not one."""
    with _reading(str(path)), zipfile.ZipFile(path) as archive:
        return [info.filename for info in archive.infolist() if not info.is_dir()]


@contextmanager
def _opened(path: Path, member: str) -> Iterator[Iterable[bytes]]:
    if member:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            yield file
    elif path.suffix == ".gz":
        with gzip.open(path, "rb") as file:
            yield file
    else:
        with path.open("rb") as file:
            yield file


@contextmanager
def _reading(place: str) -> Iterator[None]:
    try:
        yield
    except EOFError:
        raise InputError(f"{place}: ends too early (truncated); get the file again") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{place}: damaged or no archive ({error}); get the file again") from None
    except OSError as error:
        raise InputError(f"{place}: cannot be read ({error.strerror or error})") from None
    except (NotImplementedError, RuntimeError) as error:
        # How zipfile reports unknown compression methods and encryption.
        raise InputError(f"{place}: cannot be read ({error}); unpack it yourself") from None
