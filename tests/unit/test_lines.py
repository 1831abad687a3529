"""Line reading: only line feeds end lines; every defect names its file and line."""

import gzip
import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.errors import InputError
from ticketscope.lines import (
    archive_members,
    archive_texts,
    is_archive,
    text_lines,
    zip_members,
)

LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])).filter(
    lambda line: not line.endswith("\r") and not line.startswith("\ufeff")
)


@given(lines=st.lists(LINE), end=st.sampled_from(["\n", "\r\n"]))
def test_any_lines_come_back(lines: list[str], end: str, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("lines")
    content = "".join(line + end for line in lines).encode()
    (folder / "plain.txt").write_bytes(content)
    (folder / "zipped.gz").write_bytes(gzip.compress(content))
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("inner/a.txt", content)

    assert list(text_lines(folder / "plain.txt")) == lines
    assert list(text_lines(folder / "zipped.gz")) == lines
    assert list(text_lines(folder / "archive.zip", "inner/a.txt")) == lines
    assert sorted(path.name for path in folder.iterdir()) == [
        "archive.zip",
        "plain.txt",
        "zipped.gz",
    ]


def test_unicode_line_ends_do_not_end_lines(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("a\u2028b\x0bc\x85d\x0ce\rf\x1cg\nsecond".encode())
    assert list(text_lines(path)) == ["a\u2028b\x0bc\x85d\x0ce\rf\x1cg", "second"]


def test_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("\ufefffirst\n\ufeffsecond\n".encode())
    assert list(text_lines(path)) == ["first", "\ufeffsecond"]


def test_invalid_utf8_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "train.de"
    path.write_bytes(b"gut\nsch\xf6n\n")
    with pytest.raises(InputError, match=r"train\.de:2: not valid UTF-8 \(byte 0xf6\)"):
        list(text_lines(path))


def _truncated_gzip() -> bytes:
    return gzip.compress(b"".join(b"%d\n" % number for number in range(5_000)))[:-20]


def _damaged_gzip() -> bytes:
    content = bytearray(gzip.compress(bytes(range(256)) * 100))
    content[40] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_truncated_gzip(), "truncated"),
        (b"", None),
        (b"\x1f\x8b", "truncated"),
        (b"plain text\n", "damaged or no archive"),
        (_damaged_gzip(), "damaged"),
    ],
)
def test_bad_gzip(tmp_path: Path, content: bytes, message: str | None) -> None:
    path = tmp_path / "train.en.gz"
    path.write_bytes(content)
    if message is None:  # nothing in, nothing out: the caller counts the lines
        assert list(text_lines(path)) == []
        return
    with pytest.raises(InputError, match=rf"train\.en\.gz: .*{message}") as caught:
        list(text_lines(path))
    assert "\n" not in str(caught.value)


def test_bad_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello\n" * 100)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF  # inside the stored text: only the checksum tells
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.zip/a\.txt: damaged"):
        list(text_lines(path, "a.txt"))
    path.write_bytes(content[:50])
    with pytest.raises(InputError, match=r"a\.zip: damaged or no archive"):
        zip_members(path)


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello\n")
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the local header …
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # … and in the directory
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read .*encrypted"):
        list(text_lines(path, "a.txt"))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(text_lines(tmp_path / "none"))


# ----------------------------------------------------------------------------- archives

TEXTS = {"b/two.txt": b"1\n2\n", "a.txt": b"\xef\xbb\xbffirst\r\n", "empty": b""}


def write_archive(path: Path, texts: dict[str, bytes] = TEXTS) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.mkdir("b")
            for name, content in texts.items():
                zipped.writestr(name, content)
        return path
    with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as archive:
        for name, kind in {"b": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "a.txt"
            archive.addfile(info)
        for name, content in texts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tgz"])
def test_members_of_archives(tmp_path: Path, name: str) -> None:
    path = write_archive(tmp_path / name)
    assert is_archive(path)
    assert archive_members(path) == list(TEXTS)
    assert list(text_lines(path, "a.txt")) == ["first"]
    assert {member: list(lines) for member, lines in archive_texts(path, TEXTS)} == {
        "b/two.txt": ["1", "2"],
        "a.txt": ["first"],
        "empty": [],
    }
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(InputError, match=f"{name}: no file 'link2' in it"):
        list(text_lines(path, "link2"))


def test_a_link_in_an_archive_is_no_file(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "x.tar.gz")
    with pytest.raises(InputError, match="no file 'link' in it"):
        list(text_lines(path, "link"))


def test_a_gzipped_member_is_read(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "x.tar.gz", {"a.gz": gzip.compress(b"1\n2\n")})
    assert list(text_lines(path, "a.gz")) == ["1", "2"]
    bad = write_archive(tmp_path / "y.zip", {"a.gz": b"plain\n"})
    with pytest.raises(InputError, match=r"y\.zip/a\.gz: damaged or no archive"):
        list(text_lines(bad, "a.gz"))


def test_a_name_that_an_archive_holds_twice(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "x.tar.gz")
    with tarfile.open(tmp_path / "y.tar", "w") as archive:
        for _ in range(2):
            archive.addfile(tarfile.TarInfo("a"))
    assert archive_members(path)
    with pytest.raises(InputError, match=r"y\.tar: holds 'a' 2 times"):
        archive_members(tmp_path / "y.tar")


def test_bad_utf8_in_an_archive_names_the_member(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "x.tgz", {"a.txt": b"ok\n\xff\n"})
    with pytest.raises(InputError, match=r"x\.tgz/a\.txt:2: not valid UTF-8"):
        list(text_lines(path, "a.txt"))


@settings(deadline=None)
@given(position=st.integers(10, 200), flips=st.integers(0, 255))
def test_a_damaged_archive_is_refused_or_read_whole(
    position: int, flips: int, tmp_path_factory
) -> None:
    """Any byte past gzip's header is changed, or all from there on are lost.

    gzip's checksum notices what tar itself takes for the end.
    """
    path = write_archive(tmp_path_factory.mktemp("archives") / "x.tar.gz")
    content = bytearray(path.read_bytes())
    position = min(position, len(content) - 1)
    if flips:
        content[position] ^= flips
    else:
        del content[position:]
    path.write_bytes(content)
    try:
        found = [list(lines) for _, lines in archive_texts(path, TEXTS)]
    except InputError as error:
        message = str(error)
        assert re.fullmatch(rf"{re.escape(str(path))}.*", message), message
    else:
        assert found == [["1", "2"], ["first"], []]
