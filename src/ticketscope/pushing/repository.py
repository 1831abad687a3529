"""What a repository of the hub will hold: every file with size and digest, before it is sent."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ticketscope.errors import JobError
from ticketscope.files import appearing, make_folder, sha256, sweep


@dataclass(frozen=True)
class Entry:
    """A file of a repository.

    Args:
        path: its place there.
        size: in bytes.
        sha256: of its bytes, as the run has sealed it or as it is made here.
        content: where its bytes are: a file of the run, or they themselves.
    """

    path: str
    size: int
    sha256: str
    content: Path | bytes

    @classmethod
    def of_text(cls, path: str, text: str) -> "Entry":
        """A file that is made here."""
        content = text.encode()
        return cls(path, len(content), hashlib.sha256(content).hexdigest(), content)

    @classmethod
    def of_file(cls, path: str, file: Path, digest: str = "") -> "Entry":
        """A file of the run; "": it is not sealed, and is as it is now."""
        return cls(path, file.stat().st_size, digest or sha256(file), file)


@dataclass(frozen=True)
class Repository:
    """A repository as it will be.

    Args:
        id: OWNER/NAME.
        type: what the hub calls its kind: networks are in a model, tables alone in a dataset.
        entries: its files.
    """

    id: str
    type: Literal["model", "dataset"]
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(entry.size for entry in self.entries)


def write_folder(entries: Iterable[Entry], folder: Path) -> None:
    """Write the files that are not there yet or differ; others in the folder stay.

    Raises `JobError` where a file of the run has changed since its digest was compared.
    """
    make_folder(folder)
    sweep(folder)
    for entry in entries:
        place = folder / entry.path
        if place.is_file() and sha256(place) == entry.sha256:
            continue
        with appearing(place) as partial:
            if isinstance(entry.content, Path):
                shutil.copyfile(entry.content, partial)
            else:
                partial.write_bytes(entry.content)
            if sha256(partial) != entry.sha256:
                raise JobError(f"{place}: was changed meanwhile; give the same command again")
