"""Gold data of the user's own for the probes of a task: `[[probing.own]]`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ticketscope.annotation.examples import SPLITS
from ticketscope.annotation.formats import FORMATS, asked_tasks
from ticketscope.annotation.gold_files import GoldFile, gold_files
from ticketscope.config import OwnGold
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.probing.suites import Limits, TaskData, from_gold_files


def check(own: OwnGold, limits: Limits, seed: int) -> None:
    """Refuse malformed files, and data that lack a split, before any work.

    Raises `InputError` that names the task.
    """
    try:
        asked_tasks(own.format, own.task)
    except InputError as error:
        raise InputError(f"probing.own: {str(error).removeprefix('--')}") from None
    form, files = FORMATS[own.format], _files(own)
    beside = gold_files(map(Path, own.files)) if own.train else []
    if any(not (form.leans_on_conllu and file.is_conllu) for file in beside):
        raise InputError(
            f"probing.own: {own.task}: beside train, validation and test, files may only name "
            f"CoNLL-U that the format {own.format} needs; give those three, or all as files"
        )
    if form.leans_on_conllu:
        files = [file for file in files if not file.is_conllu]
    there = {file.split or "train" for file in files}
    if not (form.hashed and all(file.split != "train" for file in files)):
        for split in SPLITS:
            if split not in there:
                raise InputError(
                    f"probing.own: no file of {own.task} is for {split}; set train, validation and "
                    "test, or give files with train, dev and test in their names"
                )
    read(own, limits, seed)


def read(own: OwnGold, limits: Limits, seed: int) -> TaskData:
    """The examples of its task. Raises `InputError` for whatever is malformed."""
    return from_gold_files(_files(own), own.format, own.task, limits, seed)


def fingerprint(entries: Iterable[OwnGold]) -> Any:
    """Identity of the data: the content of the files, not their place."""
    return {own.task: [own.format, list(_fingerprints(own))] for own in entries}


def _fingerprints(own: OwnGold) -> Iterator[list[Any]]:
    leans = FORMATS[own.format].leans_on_conllu
    for file in _files(own):
        yield [file.split, leans and file.is_conllu, file.member, sha256(file.path)]


def _files(own: OwnGold) -> list[GoldFile]:
    files = gold_files(map(Path, own.files))
    for split in SPLITS:
        if path := getattr(own, split):
            files += gold_files([Path(path)], split)
    return files
