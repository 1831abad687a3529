"""Compressed files, unpacked: their first bytes say how, and a bound says how much may come out.

Few bytes can stand for very many: zeros in gzip, or the holes of a sparse file in a tar archive.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any

from ticketscope.errors import InputError

MAX_RATIO, UNPACKED_UNASKED = 100, 50_000_000
"""What is unpacked may be so many times as large as it was packed (text is some 3 to 10 times), or
so many bytes in any case."""

_BLOCK = 1 << 16
_ENOUGH_TO_TELL = 512


@dataclass(frozen=True, slots=True)
class _Compression:
    """A way of compressing one file.

    Args:
        name: of the format.
        suffix: of its files.
        magic: what they begin with.
        module: of the standard library, that reads it; some Pythons lack one.
        unpack: the program that unpacks it.
    """

    name: str
    suffix: str
    magic: re.Pattern[bytes]
    module: str
    unpack: str


_COMPRESSIONS = (
    _Compression("gzip", ".gz", re.compile(rb"\x1f\x8b"), "gzip", "gunzip"),
    # The letters alone may begin a text; after them comes the first block, or the end.
    _Compression(
        "bzip2", ".bz2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), "bz2", "bunzip2"
    ),
    _Compression("xz", ".xz", re.compile(rb"\xfd7zXZ\x00"), "lzma", "unxz"),
    _Compression("zstd", ".zst", re.compile(rb"\x28\xb5\x2f\xfd"), "compression.zstd", "unzstd"),
)
COMPRESSED = tuple(compression.suffix for compression in _COMPRESSIONS)
"""Suffixes of compressed files that can be read, .zst from Python 3.14 on."""
_NO_TEXT = {
    re.compile(rb"PK(?:\x03\x04|\x05\x06)"): (
        "a ZIP archive",
        "unpack it by unzip, or let its name end in .zip where archives are taken",
    ),
    re.compile(rb".{257}ustar", re.DOTALL): (
        "a tar archive",
        "unpack it by tar -xf, or let its name end in .tar or .tar.gz where archives are taken",
    ),
    re.compile(rb"7z\xbc\xaf\x27\x1c"): ("a 7-Zip archive", "unpack it by 7z x"),
    re.compile(rb"Rar!\x1a\x07"): ("a RAR archive", "unpack it by unrar x"),
    re.compile(rb"LZIP[\x00\x01]"): ("compressed by lzip", "unpack it by lzip -d"),
    re.compile(rb"\x04\x22\x4d\x18"): ("compressed by lz4", "unpack it by lz4 -d"),
    re.compile(rb"\x1f\x9d"): ("compressed by compress", "unpack it by uncompress"),
    re.compile(rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff"): (
        "UTF-32 text",
        "convert it by iconv -f UTF-32 -t UTF-8",
    ),
    # With the mark, or without it: four letters of which every other byte is zero.
    re.compile(rb"\xff\xfe|\xfe\xff|(?:[^\x00]\x00){4}|(?:\x00[^\x00]){4}"): (
        "UTF-16 text",
        "convert it by iconv -f UTF-16 -t UTF-8",
    ),
}
"""Other things that files are taken for, by their first bytes: what they are, what to do."""


def without_compression(name: str) -> str:
    """The name of a file without the suffix that says how it is compressed."""
    return next((name[: -len(end)] for end in COMPRESSED if name.lower().endswith(end)), name)


def unpacked(file: IO[bytes], place: str, packed: int, *, is_archive: bool = False) -> IO[bytes]:
    """The bytes that a file holds, unpacked if it is compressed.

    Args:
        file: open, at its beginning.
        place: what errors call it.
        packed: bytes of the file, or of the archive it is in; 0 where that is unknown.
        is_archive: whether it is to be a tar archive, and not text.

    Raises `InputError` here for what is neither, as far as its first bytes tell, and while it is
    read for what is damaged, or is more than `MAX_RATIO` allows.
    """
    buffered, head = _peeked(file, place, packed)
    if compression := _compression(head):
        buffered, head = _peeked(_opener(compression, place)(buffered, "rb"), place, packed)
    elif head:
        _check_name(place)
    if not is_archive:
        _check_is_text(head, place)
    return buffered


def _compression(head: bytes) -> _Compression | None:
    """How a file with these first bytes is compressed."""
    return next((each for each in _COMPRESSIONS if each.magic.match(head)), None)


def _check_name(place: str) -> None:
    """Refuse a file that is not compressed although its name says so."""
    for compression in _COMPRESSIONS:
        if place.lower().endswith(compression.suffix):
            raise InputError(
                f"{place}: damaged or no archive (not {compression.name}, as its name says); get "
                "the file again"
            )


def _peeked(file: IO[bytes], place: str, packed: int) -> tuple[IO[bytes], bytes]:
    """The file within bounds, and its first bytes."""
    buffered = io.BufferedReader(_Bounded(file, place, packed), _BLOCK)
    return buffered, buffered.peek(_ENOUGH_TO_TELL)[:_ENOUGH_TO_TELL]


def _opener(compression: _Compression, place: str) -> Callable[[IO[bytes], str], IO[bytes]]:
    try:
        opener: Callable[[IO[bytes], str], IO[bytes]] = import_module(compression.module).open
    except ImportError:
        raise InputError(
            f"{place}: compressed by {compression.name}, which this Python cannot read; unpack it "
            f"by {compression.unpack}"
        ) from None
    return opener


def _check_is_text(head: bytes, place: str) -> None:
    if compression := _compression(head):
        raise InputError(
            f"{place}: compressed twice, inside by {compression.name}; unpack it by "
            f"{compression.unpack}"
        )
    for magic, (what, mend) in _NO_TEXT.items():
        if magic.match(head):
            raise InputError(f"{place}: {what}, not UTF-8 text; {mend}")


class _Bounded(io.RawIOBase):
    """What a file unpacks to, as long as that is no absurd multiple of its packed size."""

    def __init__(self, file: IO[bytes], place: str, packed: int) -> None:
        self._file, self._place, self._at = file, place, 0
        self._most = max(packed * MAX_RATIO, UNPACKED_UNASKED) if packed else None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises `InputError` for a damaged file, and beyond the bound."""
        try:
            found = self._file.read(min(len(buffer), _BLOCK))
        except EOFError:
            problem = "ends too early (truncated)"
            raise InputError(f"{self._place}: {problem}; get the file again") from None
        except InputError:
            raise
        except Exception as error:  # each module has its own for damaged data
            if isinstance(error, OSError) and error.errno is not None:
                raise
            problem = f"damaged or no archive ({error})"
            raise InputError(f"{self._place}: {problem}; get the file again") from None
        buffer[: len(found)] = found
        self._at += len(found)
        if self._most is not None and self._at > self._most:
            raise InputError(
                f"{self._place}: unpacks to more than {self._most / 1e6:,.0f} MB, over {MAX_RATIO} "
                "times its size, so it is damaged or no text; unpack it yourself if it is right"
            )
        return len(found)

    def tell(self) -> int:
        """Bytes from the beginning."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; forward by reading, so that the bound holds."""
        assert whence == io.SEEK_SET
        if offset < self._at:
            self._at = self._file.seek(offset)
        block = memoryview(bytearray(_BLOCK))
        while self._at < offset and self.readinto(block[: offset - self._at]):
            pass
        return self._at
