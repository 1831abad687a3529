"""Files of gold annotation: what archives hold, which file needs which, and which split each is
in."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path, PurePosixPath

from ticketscope.annotation.examples import Split
from ticketscope.annotation.formats import Format, Known, Unit, format_named
from ticketscope.annotation.readers import conllu
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.annotation.splits import split_by_hash, split_named
from ticketscope.annotation.tasks import Task
from ticketscope.errors import InputError
from ticketscope.text.lines import (
    MAX_DOCUMENT,
    archive_members,
    archive_texts,
    is_archive,
    text_lines,
)
from ticketscope.text.unpacking import without_compression

_NO_DATA = ("readme", "license", "licence", "copying", "changelog", "authors")
_NO_DATA_SUFFIXES = (".md", ".html", ".pdf", ".py", ".sh", ".stats")
_FIRST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class GoldFile:
    """A plain or compressed file, or a member of an archive."""

    path: Path
    member: str = ""
    given: Split | None = None
    """The split that the user gave it."""

    @property
    def place(self) -> str:
        """What errors call it."""
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @property
    def split(self) -> Split | None:
        """The split that the user gave, else that of its name, else that of its archive."""
        by_name = split_named(PurePosixPath(self.member).name) or split_named(self.path.name)
        return self.given or by_name

    @property
    def is_conllu(self) -> bool:
        """Whether its name says that it is CoNLL-U."""
        return without_compression(self.place).lower().endswith(".conllu")


def gold_files(paths: Iterable[Path], given: Split | None = None) -> list[GoldFile]:
    """The files that these paths stand for, of a split that the user gives, or by their names.

    An archive stands for all its members, except hidden ones, READMEs and the like;
    ``archive.tar.gz/member`` for one. Raises `InputError` where there is none.
    """
    return [replace(file, given=given) for path in paths for file in _files(path)]


def _files(path: Path) -> list[GoldFile]:
    if is_archive(path):
        members = [member for member in archive_members(path) if _looks_like_data(member)]
        if not members:
            raise InputError(f"{path}: holds no data files; give another archive, or a member")
        return [GoldFile(path, member) for member in members]
    for archive in path.parents:
        if is_archive(archive) and archive.is_file():
            wanted = path.relative_to(archive).as_posix()
            for member in archive_members(archive):
                if str(PurePosixPath(member)) == wanted:
                    return [GoldFile(archive, member)]
            raise InputError(f"{archive}: no file {wanted!r} in it; name one that is")
    return [GoldFile(path)]


def _looks_like_data(member: str) -> bool:
    path = PurePosixPath(member)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    outside = path.is_absolute()  # as ".." it is left alone, though nothing is ever unpacked
    about = path.name.lower().startswith(_NO_DATA) or path.name.lower().endswith(_NO_DATA_SUFFIXES)
    return not (hidden or outside or about)


# ----------------------------------------------------------------------------- reading


def look_at(files: Iterable[GoldFile], form: Format, task: Task | None) -> None:
    """Open every file and read its first lines: of a format that leans on no other
    file its first sentence or document.

    Raises `InputError` for what is not there or cannot be read.
    """
    for file, lines in _texts(files):
        if form.leans_on_conllu:
            deque(islice(lines, _FIRST_LINES), maxlen=0)
        else:
            next(iter(form.read(lines, file.place, {}, task)), None)


def units_at(
    paths: Sequence[Path], format_name: str, task: Task | None
) -> Iterator[tuple[Split, Unit]]:
    """Stream what the files at these paths hold; the others may need the CoNLL-U files among them.

    Raises `InputError` for an unknown format, where there is no file of it, and with file and line
    for anything malformed.
    """
    format_named(format_name)
    if not paths:
        raise InputError(f"{format_name}: no file given; name one or more")
    return units_of(gold_files(paths), format_name, task)


def units_of(
    files: Sequence[GoldFile], format_name: str, task: Task | None
) -> Iterator[tuple[Split, Unit]]:
    """The same of files that are known already."""
    form, place = format_named(format_name), files[0].place
    leant_on: list[GoldFile] = []
    if form.leans_on_conllu:
        leant_on = [file for file in files if file.is_conllu]
        files = [file for file in files if not file.is_conllu]
    if not files:
        raise InputError(f"{place}: CoNLL-U alone; give the files of {format_name}, too")
    return units(files, form, known_sentences(leant_on), task)


def known_sentences(files: Sequence[GoldFile]) -> dict[str, AnnotatedSentence]:
    """The sentences of CoNLL-U files by their names.

    Raises `InputError` for anything malformed, and for two sentences of one name.
    """
    known: dict[str, AnnotatedSentence] = {}
    for file, lines in _texts(files):
        for sentence in conllu.read(lines, file.place):
            if known.setdefault(sentence.name, sentence) is not sentence and sentence.name:
                raise InputError(
                    f"{file.place}: the sentence {sentence.name!r} is there twice, so rows for it "
                    "could mean either; give each CoNLL-U file once"
                )
    return known


def units(
    files: Sequence[GoldFile], form: Format, known: Known, task: Task | None
) -> Iterator[tuple[Split, Unit]]:
    """Stream what files of one format hold, with the split that it belongs to.

    The split is what the name of the file says, and train where it says none; but formats that are
    hashed go 80/10/10 by sentence or document where no file is named as one for training.

    Args:
        files: to read, in this order (of one archive: in its own).
        form: their format.
        known: sentences by name, for formats that lean on CoNLL-U.
        task: that finished examples must fit; None for any.

    Raises `InputError` with file and line for anything malformed.
    """
    hashed = form.hashed if all(file.split != "train" for file in files) else None
    for file, lines in _texts(files):
        for unit in form.read(lines, file.place, known, task):
            if hashed:
                yield split_by_hash(*(unit.words if hashed == "sentence" else [unit.name])), unit
            else:
                yield file.split or "train", unit


def _texts(files: Iterable[GoldFile]) -> Iterator[tuple[GoldFile, Iterator[str]]]:
    """Each file with its lines, archives in one pass; read one before you ask for the next."""
    for path, group in groupby(files, key=lambda file: file.path):
        of_path = list(group)
        if is_archive(path):
            by_member = {file.member: file for file in of_path}
            for member, lines in archive_texts(path, list(by_member), MAX_DOCUMENT):
                yield by_member[member], lines
        else:
            for file in of_path:
                yield file, text_lines(path, longest=MAX_DOCUMENT)
