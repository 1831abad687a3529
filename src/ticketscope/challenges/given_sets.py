"""The challenge sets that a user gives as ``FILE`` or ``FILE:KIND``."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ticketscope.challenges.challenge_items import ChallengeSet, gathered
from ticketscope.challenges.loaders import LOADERS
from ticketscope.challenges.loaders.loader import Direction, Loader, is_same_direction
from ticketscope.challenges.records import first_fields
from ticketscope.errors import InputError, did_you_mean
from ticketscope.files import is_plain
from ticketscope.text.languages import in_words


@dataclass(frozen=True)
class GivenSet:
    """Args:
    path: its file, or its folder.
    loader: what reads it.
    """

    path: Path
    loader: Loader

    @property
    def name(self) -> str:
        """What it is called in tables: as its file."""
        return self.path.name.split(".")[0]

    @property
    def files(self) -> Sequence[Path]:
        """All that is read of it."""
        return sorted(self.path.glob("*.json")) if self.path.is_dir() else [self.path]


def given_set(text: str) -> GivenSet:
    """What ``FILE:KIND`` names, or ``FILE`` alone, whose first record tells the kind.

    Raises `InputError` for an unknown kind, and for a file that cannot be read or that no loader
    knows.
    """
    path, kind = _parted(text)
    if not is_plain(path):
        raise InputError(
            f"{path}: a pipe or a device, and inputs are read more than once; write it to a file "
            "first"
        )
    if kind:
        if kind not in LOADERS:
            raise InputError(
                f"challenge set {text}: there is no kind {kind!r}; {did_you_mean(kind, LOADERS)}"
                f"valid: {', '.join(LOADERS)}"
            )
        return GivenSet(path, LOADERS[kind])
    given = GivenSet(path, LOADERS["contrastive"])
    if not given.files:
        raise InputError(f"{path}: a folder without a file that ends in .json; give a file")
    fields = first_fields(given.files[0])
    for loader in LOADERS.values():
        if loader.knows(fields):
            return GivenSet(path, loader)
    raise InputError(
        f"{path}: no challenge set of a known kind begins so; name its kind, as in "
        f"{path.name}:KIND ({', '.join(LOADERS)})"
    )


def read_sets(texts: Sequence[str], languages: Direction) -> Iterator[ChallengeSet]:
    """All sets, one after the other.

    Raises `InputError` for the first fault, for a set of other languages, and for two of one name.
    """
    names = set()
    for text in texts:
        given = given_set(text)
        if given.name in names:
            raise InputError(
                f"{given.path}: two challenge sets are called {given.name}; rename one of them"
            )
        names.add(given.name)
        fixed = given.loader.languages
        if fixed and not is_same_direction(fixed, languages):
            raise InputError(
                f"{given.path}: sets of the kind {given.loader.name} are {_said(fixed)}, but this "
                f"run translates {_said(languages)}; leave it out"
            )
        items = given.loader.read(given.path, languages)
        yield gathered(given.name, given.loader.name, items, str(given.path))


def _said(direction: Direction) -> str:
    return " to ".join(map(in_words, direction))


def _parted(text: str) -> tuple[Path, str]:
    """File and kind; a file whose name has such an end is taken for that file."""
    found = re.fullmatch(r"(.+):([A-Za-z0-9_-]+)", text)
    if not found or Path(text).exists():
        return Path(text), ""
    return Path(found[1]), found[2]
