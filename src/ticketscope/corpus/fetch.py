"""Public data sets at fixed versions, fetched and checked by their sha256."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ticketscope import files
from ticketscope.console.terminal import advancing
from ticketscope.corpus.download import download, without_secrets
from ticketscope.errors import InputError, JobError, did_you_mean


@dataclass(frozen=True)
class RemoteFile:
    """A file, how many bytes it has, and their checksum."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """Files below one address, as their authors serve them."""

    base: str
    files: tuple[RemoteFile, ...]


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
    }
)


def fetch(name: str, folder: Path, mirror: str | None) -> list[Path]:
    """Fetch a data set into `folder`; `mirror` is an address that holds its files instead.

    Files that are there and right are not fetched again. Returns all files of the data set.
    Raises `InputError` for an unknown name or a bad address, `JobError` when a file cannot be
    fetched or is not the one that was asked for; nothing is left under its name then.
    """
    if name not in DATASETS:
        meant = did_you_mean(name, DATASETS)
        raise InputError(f"fetch {name}: no such data set; {meant}valid: {', '.join(DATASETS)}")
    return fetch_dataset(DATASETS[name], folder, mirror)


def fetch_dataset(dataset: Dataset, folder: Path, mirror: str | None) -> list[Path]:
    """Fetch the files of `dataset` into `folder`; see `fetch`."""
    base = (dataset.base if mirror is None else mirror).rstrip("/")
    if not base.startswith(("http://", "https://")):
        shown = without_secrets(base)
        raise InputError(f"--mirror {shown}: not an address that begins with http:// or https://")
    paths = []
    for file in dataset.files:
        path = folder / file.name
        if not (path.is_file() and files.sha256(path) == file.sha256):
            _fetch_file(f"{base}/{file.name}", path, file)
        paths.append(path)
    return paths


def _fetch_file(url: str, path: Path, file: RemoteFile) -> None:
    with (
        files.appearing(path) as partial,
        partial.open("wb") as out,
        advancing(file.size, file.name) as tell,
    ):
        received = download(url, out, file.size, tell)
        if received != file.sha256:
            raise JobError(
                f"{without_secrets(url)}: not the file that was asked for (sha256 {received}, not "
                f"{file.sha256}); it was thrown away, try again or another --mirror"
            )
