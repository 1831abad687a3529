"""Held-out sets as text: what networks translate and are measured on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ticketscope import config
from ticketscope.corpus.parallel import VALIDATION
from ticketscope.runs import seals

REPORT = "corpus.json"
SIDES = ("source", "target")


@dataclass(frozen=True)
class ParallelText:
    """Raw sentences of a small split, in the order of its files."""

    source: tuple[str, ...]
    target: tuple[str, ...]


class HeldOut(Protocol):
    """The text of held-out sets, whether they are kept in a run directory yet or not."""

    @property
    def test_sets(self) -> tuple[str, ...]:
        """Names of the test sets, in the order of the config."""

    @property
    def names(self) -> tuple[str, ...]:
        """The test sets, and "validation" where there is such a set."""

    def text(self, name: str) -> ParallelText:
        """The raw text of one of `names`."""


class StoredTexts:
    """The held-out sets that a run directory keeps.

    Attributes:
        report: what corpus.json holds: checksums, and per split what was read.
        test_sets: names of the test sets, in the order of the config.

    Raises `DamagedError` where there is no finished folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.report: Mapping[str, Any] = seals.read_sealed(folder / REPORT, self._mend)
        self.test_sets: tuple[str, ...] = tuple(self.report["test_sets"])

    @property
    def names(self) -> tuple[str, ...]:
        """As of `HeldOut`."""
        return (*self.test_sets, *({VALIDATION} & self.report["splits"].keys()))

    def text(self, name: str) -> ParallelText:
        """As of `HeldOut`; that of training data is not kept."""
        assert name in self.names, name
        source, target = (_read_text(self._sealed(text_file(name, side))) for side in SIDES)
        return ParallelText(source, target)

    def _sealed(self, name: str) -> Path:
        """A small file, as it was written; also for those who read before a run verifies all."""
        return seals.verify_file(self._folder / REPORT, self.report, name, self._mend)

    def verify(self) -> None:
        """Compare every file with its checksum. Raises `DamagedError` naming the first damaged
        one."""
        seals.verify(self._folder / REPORT, self._mend)

    @property
    def _mend(self) -> str:
        return mend(self._folder)


def text_file(split: str, side: str) -> str:
    """Name of the file with the raw text of a side."""
    return f"{split}.{side}.txt"


def mend(folder: Path) -> str:
    """What to do about a damaged file."""
    return f"put the right file back, or delete {folder} so that the corpus is prepared anew"


def corpus_digest(report: Mapping[str, Any]) -> str:
    """Identity of the content: the text of every split as read, and the vocabulary where there is
    one.

    It does not matter how the files were called or compressed, or where they lay.
    """
    content = {name: split["text_sha256"] for name, split in report["splits"].items()}
    vocabulary = report.get("vocabulary")
    pieces = {"vocabulary": vocabulary["sha256"]} if vocabulary else {}
    return config.digest({"splits": content, **pieces})


def _read_text(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="\n") as file:
        return tuple(line.removesuffix("\n") for line in file)
