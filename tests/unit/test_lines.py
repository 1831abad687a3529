"""Line reading: only line feeds end lines; every defect names its file and line."""

import gzip
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.errors import InputError
from ticketscope.lines import text_lines, zip_members

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
    with pytest.raises(InputError, match="No such file"):
        list(text_lines(tmp_path / "none"))
