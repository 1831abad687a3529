"""WMT 2016 from a local server, whose tiny archives are laid out as those of the task."""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sacrebleu.dataset import DATASETS as OF_SACREBLEU
from server_fixture import Server, server

from ticketscope.cli import app
from ticketscope.config import FilesCorpus
from ticketscope.corpus import wmt16
from ticketscope.corpus.fetch import DATASETS, fetch_dataset
from ticketscope.corpus.parallel import input_places
from ticketscope.corpus.remote import RemoteFile
from ticketscope.corpus.wmt16 import SOURCES
from ticketscope.errors import InputError, JobError
from ticketscope.files import sha256
from ticketscope.study.recipes import recipe

__all__ = ["server"]

EUROPARL, CRAWL, NEWS = (
    f"training-parallel-{name}.tgz" for name in ("europarl-v7", "commoncrawl", "nc-v11")
)
SOURCE_SGM = (
    '<srcset setid="newstest2013" srclang="any">\n<doc sysid="ref" docid="a" genre="news">\n'
    '<p>\n<seg id="1">A  first\u00a0&quot;test&quot; . </seg>\n<seg id="2"></seg>\n</p>\n'
)
TARGET_SGM = SOURCE_SGM.replace("A  first", "Ein erster")
ARCHIVES: dict[str, dict[str, str]] = {
    EUROPARL: {
        "training/europarl-v7.cs-en.cs": "Nic.\n",
        "training/europarl-v7.de-en.de": "Eins.\r\nZwei\u2028zwei.\n",
        "training/europarl-v7.de-en.en": "One.\r\nTwo\u2028two.\n",
    },
    CRAWL: {"commoncrawl.de-en.en": "Three.", "commoncrawl.de-en.de": "Drei."},
    NEWS: {
        "training-parallel-nc-v11/news-commentary-v11.de-en.de": "\nVier.\n",
        "training-parallel-nc-v11/news-commentary-v11.de-en.en": "\nFour.\n",
    },
    "test.tgz": {
        "test/newstest2013-src.en.sgm": SOURCE_SGM,
        "test/newstest2013-src.de.sgm": TARGET_SGM,
    },
    "test-full.tgz": {
        "test-full/newstest2014-deen-src.en.sgm": SOURCE_SGM,
        "test-full/newstest2014-deen-ref.de.sgm": TARGET_SGM,
    },
}


def packed(members: Mapping[str, str]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return file.getvalue()


def fetched(
    server: Server,
    folder: Path,
    changed: Mapping[str, Mapping[str, str]] | None = None,
    archives: Mapping[str, bytes] | None = None,
) -> list[Path]:
    """What comes of archives of which some are `changed`, and known by their checksums."""
    contents = {name: packed(members) for name, members in (ARCHIVES | (changed or {})).items()}
    server.served = {**contents, **(archives or {})}
    file = folder.parent / "known"
    known = []
    for each in DATASETS["wmt16"].files:
        file.write_bytes(server.served[each.name])
        known.append(RemoteFile(each.name, each.size and file.stat().st_size, sha256(file)))
    dataset = replace(DATASETS["wmt16"], files=tuple(known))
    return fetch_dataset(dataset, folder, f"{server.address}/data")


def test_three_corpora_and_two_test_sets_become_one_folder(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "wmt16"
    paths = fetched(server, folder)
    assert {path.name for path in folder.iterdir()} == {*(path.name for path in paths), "archives"}
    texts = {path.name: path.read_bytes().decode() for path in paths}
    assert texts["train.en"] == "One.\nTwo\u2028two.\nThree.\n\nFour.\n"
    assert texts["train.de"] == "Eins.\nZwei\u2028zwei.\nDrei.\n\nVier.\n"
    assert texts["newstest2013.en"] == "A first &quot;test&quot; .\n\n"
    assert texts["newstest2014.de"] == "Ein erster &quot;test&quot; .\n\n"
    read = json.loads(texts[SOURCES])["read"]
    assert [(part["split"], part["archive"], part["num_lines"]) for part in read] == [
        ("train", EUROPARL, 2),
        ("train", CRAWL, 1),
        ("train", NEWS, 2),
        ("newstest2013", "test.tgz", 2),
        ("newstest2014", "test-full.tgz", 2),
    ]
    assert read[0]["members"]["en"] == "training/europarl-v7.de-en.en"
    assert [part["sha256"] for part in read] == [
        sha256(folder / "archives" / part["archive"]) for part in read
    ]


def test_a_folder_that_is_whole_is_fetched_no_more_even_without_archives(
    server: Server, tmp_path: Path
) -> None:
    paths = fetched(server, tmp_path / "wmt16")
    for archive in (tmp_path / "wmt16" / "archives").iterdir():
        archive.unlink()
    server.requests.clear()
    assert fetched(server, tmp_path / "wmt16") == paths
    assert server.requests == []
    paths[0].write_bytes(paths[0].read_bytes()[:-4])  # what is damaged is made anew
    assert fetched(server, tmp_path / "wmt16") == paths
    assert paths[0].read_bytes().endswith(b"\n\nFour.\n")


@pytest.mark.parametrize(
    ("archive", "members", "message"),
    [
        (
            CRAWL,
            {"commoncrawl.de-en.en": "Three."},
            "0 files in it are called commoncrawl.de-en.de",
        ),
        (
            NEWS,
            ARCHIVES[NEWS] | {"old/news-commentary-v11.de-en.de": "Vier.\n"},
            "2 files in it are called news-commentary-v11.de-en.de",
        ),
        (
            CRAWL,
            {"commoncrawl.de-en.en": "A.\nB.\n", "commoncrawl.de-en.de": "A.\n"},
            r"not of one length \(2 lines in en, 1 lines in de\)",
        ),
        (
            "test.tgz",
            {"newstest2013-src.en.sgm": SOURCE_SGM, "newstest2013-src.de.sgm": '<seg id="1">A\n'},
            r"newstest2013-src\.de\.sgm:1: a segment that does not end in its line",
        ),
    ],
)
def test_an_archive_of_another_layout_is_refused(
    server: Server, tmp_path: Path, archive: str, members: dict[str, str], message: str
) -> None:
    with pytest.raises(JobError, match=message) as caught:
        fetched(server, tmp_path / "wmt16", {archive: members})
    assert str(tmp_path / "wmt16" / "archives" / archive) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "wmt16" / SOURCES).exists()
    split = "train" if archive in (CRAWL, NEWS) else "newstest2013"
    assert not list((tmp_path / "wmt16").glob(f"{split}*"))


@pytest.mark.parametrize("damaged", [packed(ARCHIVES[CRAWL])[:-30], b"<html>not found</html>"])
def test_a_damaged_archive_is_refused(server: Server, tmp_path: Path, damaged: bytes) -> None:
    with pytest.raises(InputError, match=r"commoncrawl\.tgz: .*get the file again"):
        fetched(server, tmp_path / "wmt16", archives={CRAWL: damaged})
    assert not list((tmp_path / "wmt16").glob("train*"))


def test_a_server_that_breaks_off_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    server.truncated.add(CRAWL)
    with pytest.raises(JobError, match="the connection broke off"):
        fetched(server, tmp_path / "wmt16")
    server.truncated.clear()
    server.requests.clear()
    fetched(server, tmp_path / "wmt16")
    assert EUROPARL not in "".join(server.requests)
    assert server.requests[0].startswith(f"/data/{CRAWL} from ")


def test_nothing_is_written_where_an_archive_says(server: Server, tmp_path: Path) -> None:
    outside = {f"../../{name}": text for name, text in ARCHIVES[CRAWL].items()}
    outside |= {"../../evil": "x", str(tmp_path / "evil"): "x"}
    fetched(server, tmp_path / "wmt16", {CRAWL: outside})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["known", "wmt16"]


def test_archives_that_are_not_the_known_ones_are_refused_with_the_way_to_accept_them(
    server: Server, tmp_path: Path
) -> None:
    server.served = {name: packed(members) for name, members in ARCHIVES.items()}
    mirror = ["--mirror", f"{server.address}/data"]
    with pytest.raises(JobError, match="bytes there, not 657,632,379"):
        app(["fetch", "wmt16", "--out", str(tmp_path), *mirror])
    accept = []
    for name, content in server.served.items():  # whoever has them puts them there
        path = tmp_path / "archives" / name
        path.write_bytes(content)
        accept += ["--accept", sha256(path)]
    app(["fetch", "wmt16", "--out", str(tmp_path), *mirror, *accept], result_action="return_value")
    assert len((tmp_path / "train.en").read_text(encoding="utf-8").split("\n")) == 6


def test_what_the_recipe_names_is_what_is_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    paths = fetched(server, tmp_path / "data" / "wmt16")
    corpus = recipe("wmt16-big").corpus
    assert isinstance(corpus, FilesCorpus)
    named = {places[0] for places in input_places(corpus).values()}
    assert {tmp_path / path for path in named} == set(paths[:-1])


@pytest.mark.parametrize(
    ("split", "name"), [("newstest2013", "wmt13"), ("newstest2014", "wmt14/full")]
)
def test_the_test_sets_are_those_of_sacrebleu(split: str, name: str, tmp_path: Path) -> None:
    theirs = OF_SACREBLEU[name]
    [part] = [part for part in wmt16._PARTS if part.split == split]
    assert [f"{part.archive.base}/{part.archive.name}"] == theirs.data
    assert [part.archive.checksum] == theirs.md5
    members: Sequence[str] = theirs.langpairs["en-de"]
    assert [member.rpartition("/")[2] for member in members] == [part.en, part.de]
    raw, text = tmp_path / "raw.sgm", tmp_path / "text"
    raw.write_text(SOURCE_SGM, encoding="utf-8")
    theirs._convert_format(str(raw), str(text))
    ours = wmt16._segments(SOURCE_SGM.split("\n"), raw, part.en)
    assert list(ours) == text.read_text(encoding="utf-8").splitlines()
