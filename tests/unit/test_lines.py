"""Line reading: only line feeds end lines; every defect names its file and line."""

import bz2
import gzip
import io
import lzma
import os
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.errors import InputError
from ticketscope.text import unpacking
from ticketscope.text.lines import (
    archive_members,
    archive_texts,
    is_archive,
    text_lines,
    zip_members,
)

LINE = st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"])).filter(
    lambda line: not line.endswith("\r") and not line.startswith("\ufeff")
)
PACKED = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
if sys.version_info >= (3, 14):
    from compression import zstd

    PACKED[".zst"] = zstd.compress


@given(lines=st.lists(LINE), end=st.sampled_from(["\n", "\r\n"]))
def test_any_lines_come_back(lines: list[str], end: str, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("lines")
    content = "".join(line + end for line in lines).encode()
    (folder / "plain.txt").write_bytes(content)
    for suffix, pack in PACKED.items():
        (folder / f"packed{suffix}").write_bytes(pack(content))
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("inner/a.txt", content)

    assert list(text_lines(folder / "plain.txt")) == lines
    for suffix in PACKED:
        assert list(text_lines(folder / f"packed{suffix}")) == lines
    assert list(text_lines(folder / "archive.zip", "inner/a.txt")) == lines
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["archive.zip", "plain.txt", *(f"packed{suffix}" for suffix in PACKED)]
    )


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


# ----------------------------------------------------------------------------- first bytes


@pytest.mark.parametrize("name", ["a", "a.GZ", "a.txt", "train.en"])
@pytest.mark.parametrize("suffix", PACKED)
def test_how_a_file_is_compressed_its_first_bytes_say(
    tmp_path: Path, name: str, suffix: str
) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[suffix](b"1\n2\n"))
    assert list(text_lines(path)) == ["1", "2"]


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("cut", [slice(-9), slice(20)])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str, cut: slice) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(PACKED[suffix](bytes(range(32, 127)) * 20)[cut])
    with pytest.raises(InputError, match=rf"a\{suffix}: .*(truncated|damaged)"):
        list(text_lines(path))


@settings(deadline=None)
@given(
    suffix=st.sampled_from(sorted(PACKED)), position=st.integers(0, 60), flips=st.integers(1, 255)
)
def test_a_damaged_file_is_refused_or_read_whole(
    suffix: str, position: int, flips: int, tmp_path_factory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / f"a{suffix}"
    content = bytearray(PACKED[suffix](b"first\nsecond\n"))
    content[position % len(content)] ^= flips
    path.write_bytes(content)
    try:
        found = list(text_lines(path))
    except InputError as error:
        message = str(error)
        assert re.fullmatch(rf"{re.escape(str(path))}.*", message), message
    else:
        assert found == ["first", "second"]


def test_a_compression_that_this_python_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.en").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(20))
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    with pytest.raises(InputError, match=r"a\.en: compressed by zstd, .*; unpack it by unzstd"):
        list(text_lines(tmp_path / "a.en"))


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), "hello")
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # or the names of tests would differ between workers


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (_zip(), "a ZIP archive, not UTF-8 text; unpack it by unzip"),
        (_tar(), "a tar archive, not UTF-8 text; unpack it by tar -xf"),
        (_gzipped(_tar()), "a tar archive"),
        (_gzipped(_gzipped(b"a")), "compressed twice, inside by gzip; unpack it by gunz"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive, not UTF-8 text; unpack it by 7z x"),
        (b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
        ("häuser\n".encode("utf-16"), "UTF-16 text, not UTF-8 text; convert it by iconv -f UTF-16"),
        ("houses\n".encode("utf-16-le"), "UTF-16 text"),
        ("houses\n".encode("utf-16-be"), "UTF-16 text"),
        ("houses\n".encode("utf-32"), "UTF-32 text"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "train.en").write_bytes(content)
    with pytest.raises(InputError, match=rf"train\.en: {re.escape(what)}"):
        list(text_lines(tmp_path / "train.en"))


# ----------------------------------------------------------------------------- bounds


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_has_a_greatest_length(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"short\n" + b"x" * (100 - len(end)) + end)
    assert [len(line) for line in text_lines(path, longest=100)] == [5, 100 - len(end)]
    path.write_bytes(b"short\n" + b"x" * (101 - len(end)) + end)
    with pytest.raises(InputError, match=r"a:2: the line is longer than 0\.0001 MB"):
        list(text_lines(path, longest=100))


@pytest.mark.parametrize("suffix", PACKED)
def test_zeros_in_few_bytes_do_not_fill_the_memory(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(PACKED[suffix](bytes(3_000_000)))
    with pytest.raises(InputError, match=rf"a\{suffix}:1: the line is longer than 1 MB"):
        list(text_lines(path))


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "UNPACKED_UNASKED", 100_000)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("suffix", PACKED)
def test_what_unpacks_to_an_absurd_size_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(PACKED[suffix](b"0\n" * 500_000))
    with pytest.raises(InputError, match=rf"a\{suffix}: unpacks to more than 0 MB, over 100 times"):
        list(text_lines(path))
    path.write_bytes(PACKED[suffix](b"0\n" * 50_000))
    assert len(list(text_lines(path))) == 50_000


def sparse_tar(size: int) -> bytes:
    """A tar archive of one file that is a hole, as GNU tar writes it."""
    info = tarfile.TarInfo("zeros.txt")
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:410] = b"%011o\0%011o\0" % (size, 0)  # the map: no bytes, at the end
    header[483:495] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(tarfile.BLOCKSIZE * 2)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_the_holes_of_a_sparse_file_are_bounded(tmp_path: Path, pack) -> None:
    path = tmp_path / "x.tar.gz" if pack is gzip.compress else tmp_path / "x.tar"
    path.write_bytes(pack(sparse_tar(8_000_000_000)))
    assert archive_members(path) == ["zeros.txt"]
    with pytest.raises(
        InputError, match=r"zeros\.txt:1: the line is longer|zeros\.txt: unpacks to"
    ):
        list(text_lines(path, "zeros.txt"))


@pytest.mark.usefixtures("strict")
def test_a_member_that_unpacks_to_an_absurd_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"0\n" * 500_000)
    with pytest.raises(InputError, match=r"x\.zip/a\.txt: unpacks to more than"):
        list(text_lines(path, "a.txt"))
    path = write_archive(tmp_path / "x.tgz", {"a.txt": b"0\n" * 500_000, "b.txt": b"1\n"})
    with pytest.raises(InputError, match=r"x\.tgz: unpacks to more than"):
        archive_members(path)


# ----------------------------------------------------------------------------- archives

TEXTS = {"b/two.txt": b"1\n2\n", "a.txt": b"\xef\xbb\xbffirst\r\n", "empty": b""}


def write_archive(path: Path, texts: dict[str, bytes] = TEXTS) -> Path:
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.mkdir("b")
            for name, content in texts.items():
                zipped.writestr(name, content)
        return path
    mode = {".tar": "w", ".xz": "w:xz", ".tbz2": "w:bz2"}.get(path.suffix, "w:gz")
    with tarfile.open(path, mode) as archive:
        for name, kind in {"b": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "a.txt"
            archive.addfile(info)
        for name, content in texts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    "name", ["x.zip", "x.ZIP", "x.tar", "x.tar.gz", "x.TGZ", "x.tar.xz", "x.tbz2"]
)
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


def test_who_stops_at_a_line_leaves_no_file_open(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("one\ntwo\n")
    lines = text_lines(tmp_path / "text")
    assert next(lines) == "one"
    files = {os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
    assert str((tmp_path / "text").resolve()) not in files
    assert [*lines] == ["two"]
