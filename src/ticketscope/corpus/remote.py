"""What is known of public data before it is fetched: addresses, sizes and checksums."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_ALGORITHMS = {64: "sha256", 32: "md5"}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a data set.

    Args:
        name: below the address.
        size: bytes; None: not known.
        checksum: the sha256 of all bytes, or the md5 where whoever published it gave that alone.
        base: the address it lies below; "": that of the data set.
    """

    name: str
    size: int | None
    checksum: str
    base: str = ""

    @property
    def algorithm(self) -> str:
        """Of the checksum."""
        return _ALGORITHMS[len(self.checksum)]

    def is_right(self, path: Path) -> bool:
        """Whether this is the file."""
        if self.size and path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, self.algorithm).hexdigest() == self.checksum


@dataclass(frozen=True)
class Joined:
    """How the files of a corpus are made from archives.

    Args:
        there: the files in a folder, where they are as they were made; else none.
        make: makes them in a folder from the archives, which come in the order of the data set.
    """

    there: Callable[[Path], list[Path]]
    make: Callable[[Sequence[Path], Path], list[Path]]


@dataclass(frozen=True)
class Dataset:
    """Files below one address, as their authors serve them.

    Args:
        base: the address.
        files: of the data set.
        joined: makes the corpus of them, where they are archives; these lie in a folder `archives`.
    """

    base: str
    files: tuple[RemoteFile, ...]
    joined: Joined | None = None

    def place(self, file: RemoteFile, folder: Path) -> Path:
        """Where a file lies in the folder of the data set."""
        return (folder / "archives" if self.joined else folder) / file.name
