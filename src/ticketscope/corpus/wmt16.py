"""WMT 2016 English and German: the archives of the shared task, joined into one folder.

Training text is Europarl v7, Common Crawl and News Commentary v11, in the order in which the page
of the task lists them (https://www.statmt.org/wmt16/translation-task.html). Validation and test set
are those of sacreBLEU: newstest2013, and newstest2014 with all its 3,003 sentences (`wmt14/full`).
Nothing of an archive is unpacked to a place that it names: only lines of known members are read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ticketscope import files
from ticketscope.console.terminal import at_work
from ticketscope.corpus.remote import Dataset, Joined, RemoteFile
from ticketscope.errors import JobError
from ticketscope.runs import seals
from ticketscope.text.lines import archive_members, archive_texts

SOURCES = "sources.json"
"""What the folder was made from: archives, members, their order, and how many lines each has."""
_LANGUAGES = ("en", "de")
_SGM = ".sgm"
_SEGMENT = re.compile(r"<seg.*?>(.*)</seg>")


@dataclass(frozen=True)
class _Part:
    """What of an archive becomes lines of a split; member names are those without folders."""

    archive: RemoteFile
    split: str
    en: str
    de: str

    @property
    def members(self) -> dict[str, str]:
        """By language."""
        return {"en": self.en, "de": self.de}


_STATMT = "https://www.statmt.org/wmt13"
# For research, as the page of the task says. Sizes and sha256 of the training archives are those
# that TensorFlow Datasets publishes (url_checksums/wmt16_translate.txt, commit 333639b); stagedml
# fetched the first two by the same sha256. The machine this was written on could have none of
# them. Addresses, members and md5 of the test sets are sacreBLEU's.
_PARTS = (
    _Part(
        RemoteFile(
            "training-parallel-europarl-v7.tgz",
            657_632_379,
            "0224c7c710c8a063dfd893b0cc0830202d61f4c75c17eb8e31836103d27d96e7",
            _STATMT,
        ),
        "train",
        "europarl-v7.de-en.en",
        "europarl-v7.de-en.de",
    ),
    _Part(
        RemoteFile(
            "training-parallel-commoncrawl.tgz",
            918_311_367,
            "c7a74e2ea01ac6c920123108627e35278d4ccb5701e15428ffa34de86fa3a9e5",
            _STATMT,
        ),
        "train",
        "commoncrawl.de-en.en",
        "commoncrawl.de-en.de",
    ),
    _Part(
        RemoteFile(
            "training-parallel-nc-v11.tgz",
            75_178_032,
            "cfe8ab047e05043476e498ee765c98e939c7b7d6d294e856344c84476b619d6a",
            "https://data.statmt.org/wmt16/translation-task",
        ),
        "train",
        "news-commentary-v11.de-en.en",
        "news-commentary-v11.de-en.de",
    ),
    _Part(
        RemoteFile(
            "test.tgz",
            None,
            "48eca5d02f637af44e85186847141f67",
            "https://statmt.org/wmt13",
        ),
        "newstest2013",
        "newstest2013-src.en.sgm",
        "newstest2013-src.de.sgm",
    ),
    _Part(
        RemoteFile(
            "test-full.tgz",
            None,
            "a8cd784e006feb32ac6f3d9ec7eb389a",
            "https://statmt.org/wmt14",
        ),
        "newstest2014",
        "newstest2014-deen-src.en.sgm",
        "newstest2014-deen-ref.de.sgm",
    ),
)


_SPLITS = tuple(dict.fromkeys(part.split for part in _PARTS))


def there(folder: Path) -> list[Path]:
    """The files that `make` left in a folder, as long as all are as they were; else none."""
    try:
        seals.verify(folder / SOURCES, mend="")
    except seals.DamagedError:
        return []
    return _files(folder)


def make(archives: Sequence[Path], folder: Path) -> list[Path]:
    """Join the archives, in the order of `DATASET`, into ``SPLIT.{en,de}`` and `SOURCES`.

    Raises `InputError` for an archive that is damaged or lacks a member, `JobError` where the two
    sides of one differ in length; no file of that split is left then.
    """
    parts = list(zip(_PARTS, archives, strict=True))
    read: list[dict[str, Any]] = []
    for split in _SPLITS:
        with at_work(f"joining {split}"), ExitStack() as stack:
            sides = {}
            for language in _LANGUAGES:
                partial = stack.enter_context(files.appearing(folder / f"{split}.{language}"))
                sides[language] = stack.enter_context(partial.open("wb"))
            for part, archive in parts:
                if part.split == split:
                    read.append(_join(part, archive, sides))
    made = _files(folder)
    seals.write_sealed(folder / SOURCES, {"read": read}, made[:-1])
    return made


def _files(folder: Path) -> list[Path]:
    splits = [f"{split}.{language}" for split in _SPLITS for language in _LANGUAGES]
    return [folder / name for name in (*splits, SOURCES)]


def _join(part: _Part, archive: Path, sides: Mapping[str, IO[bytes]]) -> dict[str, Any]:
    """Append the lines of an archive to both sides; gives what `SOURCES` has of it."""
    members = _members(archive, part.members)
    lengths = {}
    for member, lines in archive_texts(archive, members):
        language = members[member]
        text = _segments(lines, archive, member) if member.endswith(_SGM) else lines
        lengths[language] = 0
        for line in text:
            sides[language].write(f"{line}\n".encode())
            lengths[language] += 1
    if len(set(lengths.values())) > 1:
        numbers = ", ".join(f"{number:,} lines in {name}" for name, number in lengths.items())
        raise JobError(
            f"{archive}: its two sides are not of one length ({numbers}); get another archive by "
            "--mirror"
        )
    return {
        "split": part.split,
        "archive": archive.name,
        "sha256": files.sha256(archive),
        "members": {language: member for member, language in members.items()},
        "num_lines": lengths[_LANGUAGES[0]],
    }


def _members(archive: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """The language of each member, by its name with folders, whichever these are."""
    found = {}
    names = archive_members(archive)
    for language, wanted_name in wanted.items():
        matching = [name for name in names if PurePosixPath(name).name == wanted_name]
        if len(matching) != 1:
            raise JobError(
                f"{archive}: {len(matching)} files in it are called {wanted_name}, where one is "
                "needed; get another archive by --mirror"
            )
        found[matching[0]] = language
    return found


def _segments(lines: Iterable[str], archive: Path, member: str) -> Iterator[str]:
    """The sentences of a test set, as sacreBLEU reads them: each in one line, white space as one
    space, and nothing else changed."""
    for number, line in enumerate(lines, start=1):
        if line.startswith("<seg "):
            segment = _SEGMENT.match(line)
            if not segment:
                raise JobError(
                    f"{archive}/{member}:{number}: a segment that does not end in its line; get "
                    "another archive by --mirror"
                )
            yield " ".join(segment[1].split())


DATASET = Dataset(
    base=_STATMT, files=tuple(part.archive for part in _PARTS), joined=Joined(there, make)
)
