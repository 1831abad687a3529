"""Public data sets at fixed versions, fetched and checked by their checksums."""

import fcntl
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO

from ticketscope import files
from ticketscope.console.terminal import advancing
from ticketscope.corpus import wmt16
from ticketscope.corpus.download import download, without_secrets
from ticketscope.corpus.remote import Dataset, RemoteFile
from ticketscope.errors import InputError, JobError, did_you_mean

DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        # Multi30K task 1, raw text (Elliott et al., 2016); non-commercial research and education.
        "multi30k": Dataset(
            base="https://raw.githubusercontent.com/multi30k/dataset/"
            "a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw",
            files=(
                RemoteFile(
                    "train.en.gz",
                    568_929,
                    "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
                ),
                RemoteFile(
                    "train.de.gz",
                    637_044,
                    "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
                ),
                RemoteFile(
                    "val.en.gz",
                    21_650,
                    "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
                ),
                RemoteFile(
                    "val.de.gz",
                    24_681,
                    "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
                ),
                RemoteFile(
                    "test_2016_flickr.en.gz",
                    21_077,
                    "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
                ),
                RemoteFile(
                    "test_2016_flickr.de.gz",
                    22_890,
                    "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
                ),
                RemoteFile(
                    "test_2017_flickr.en.gz",
                    19_138,
                    "76a444ee25172e72695cddb13ae4a3bda59430617be88e0bb46b60504f054074",
                ),
                RemoteFile(
                    "test_2017_flickr.de.gz",
                    21_471,
                    "a2c89666db00c495cd8513b9d708d5a3acc205d7de312ef2bf5fb7ebc1540aee",
                ),
            ),
        ),
        # Universal Dependencies English Web Treebank 2.16 (Silveira et al., 2014); CC BY-SA 4.0.
        "ud-ewt": Dataset(
            base="https://raw.githubusercontent.com/UniversalDependencies/UD_English-EWT/"
            "15d613d8447b3478787d4c278730a1e48a945efb",
            files=(
                RemoteFile(
                    "en_ewt-ud-train.conllu",
                    14_203_025,
                    "3fb78e2b55482c8ee00caa653af436c88c9e5bc9a73ce26e4ae3ddc79d2b7e7b",
                ),
                RemoteFile(
                    "en_ewt-ud-dev.conllu",
                    1_805_545,
                    "531a54ff90d6ab12201c5a50c3e78e6ddac4de69abc4bce5d275d3cd29efe2b6",
                ),
                RemoteFile(
                    "en_ewt-ud-test.conllu",
                    1_804_515,
                    "e266e515a0a7547657ed3d90d9ba46487d6bd251f27ad4269d4e8a427c8555cd",
                ),
            ),
        ),
        "wmt16": wmt16.DATASET,
    }
)
_DIGITS = 64  # of a sha256 in hexadecimal
_PART = ".part"
"""Ends the name of a file that has not come to its end."""


def fetch(name: str, folder: Path, mirror: str | None, accepted: Collection[str]) -> list[Path]:
    """Fetch a data set into `folder`; `mirror` is an address that holds its files instead.

    Files that are there and right are not fetched again, and what came of one before the connection
    broke off is gone on from. A file whose sha256 is `accepted` is right, too. Returns all files of
    the data set. Raises `InputError` for an unknown name or a bad address, `JobError` when a file
    cannot be fetched or is not the one that was asked for; nothing is left under its name then.
    """
    if name not in DATASETS:
        meant = did_you_mean(name, DATASETS)
        raise InputError(f"fetch {name}: no such data set; {meant}valid: {', '.join(DATASETS)}")
    for checksum in accepted:
        if len(checksum) != _DIGITS or set(checksum) - set("0123456789abcdef"):
            raise InputError(
                f"--accept {checksum}: no sha256, which has {_DIGITS} digits of 0-9a-f"
            )
    return fetch_dataset(DATASETS[name], folder, mirror, accepted)


def fetch_dataset(
    dataset: Dataset, folder: Path, mirror: str | None, accepted: Collection[str] = ()
) -> list[Path]:
    """Fetch the files of `dataset` into `folder`; see `fetch`."""
    if mirror is not None and not mirror.startswith(("http://", "https://")):
        shown = without_secrets(mirror)
        raise InputError(f"--mirror {shown}: not an address that begins with http:// or https://")
    if dataset.joined and (made := dataset.joined.there(folder)):
        return made
    paths = [dataset.place(file, folder) for file in dataset.files]
    for file, path in zip(dataset.files, paths, strict=True):
        if not (path.is_file() and _is_right(path, file, accepted)):
            base = mirror or file.base or dataset.base
            _fetch_file(f"{base.rstrip('/')}/{file.name}", path, file, accepted)
    return dataset.joined.make(paths, folder) if dataset.joined else paths


def _is_right(path: Path, file: RemoteFile, accepted: Collection[str]) -> bool:
    return file.is_right(path) or (bool(accepted) and files.sha256(path) in accepted)


def _fetch_file(url: str, path: Path, file: RemoteFile, accepted: Collection[str]) -> None:
    files.make_folder(path.parent)
    part = path.with_name(path.name + _PART)
    with files.disk_errors_named(path), _alone(part) as out:
        if not file.size or out.tell() != file.size:
            with advancing(file.size, file.name) as tell:
                download(url, out, file.size, tell)
        out.flush()
        if not _is_right(part, file, accepted):
            received = files.sha256(part)
            part.unlink()
            raise JobError(
                f"{without_secrets(url)}: not the file that was asked for (its sha256 is "
                f"{received}; the {file.algorithm} that is known is {file.checksum}); it was "
                "thrown away, try again or another --mirror, or, if you know that it is right, "
                f"add --accept {received}"
            )
        with files.appearing(path) as partial:
            part.replace(partial)


@contextmanager
def _alone(part: Path) -> Iterator[IO[bytes]]:
    """What has come of a file, open for appending, and by nobody else meanwhile."""
    with part.open("ab") as out:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = part.exists() and os.path.samestat(os.fstat(out.fileno()), part.stat())
        except BlockingIOError:
            mine = False
        if not mine:  # or it has just become the file
            raise JobError(f"{part}: another process is fetching this file; wait until it ends")
        try:
            yield out
        finally:
            out.flush()
            if part.exists() and not part.stat().st_size:
                part.unlink()
