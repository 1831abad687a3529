"""Seals: whatever happens to a file of a run is noticed, and its file named."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.errors import JobError
from ticketscope.files import read_json, write_json
from ticketscope.runs.seals import (
    DamagedError,
    opened_line,
    read_sealed,
    sealed_line,
    verify,
    verify_file,
    write_sealed,
)

MEND = "make it again"
CONTENT = {"value": 0.30000000000000004, "words": ["grün", None], "deep": {"b": 1, "a": True}}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A sealed folder."""
    folder = tmp_path / "folder"
    write_json(folder / "one.json", {"a": 1})
    write_json(folder / "deep" / "two.json", [2])
    write_sealed(folder / "index.json", CONTENT, [*folder.rglob("*.json")])
    return folder / "index.json"


def test_what_was_sealed_is_read(sealed: Path) -> None:
    found = verify(sealed, MEND)
    assert set(found.pop("files")) == {"one.json", "deep/two.json"}
    assert found == CONTENT
    assert list(read_json(sealed)) == [*CONTENT, "files", "checksum"]
    assert issubclass(DamagedError, JobError)


@given(bit=st.integers(min_value=0))
def test_any_bit_that_flips_is_noticed_or_changes_nothing(
    bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "flipped.json"
    write_sealed(path, CONTENT)
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)
    try:
        found = read_sealed(path, MEND)
    except DamagedError:
        return
    # White space, or the name of the seal itself.
    assert {key: found[key] for key in CONTENT} == CONTENT


@pytest.mark.parametrize("name", ["one.json", "deep/two.json"])
@pytest.mark.parametrize("harm", ["truncate", "flip", "delete", "folder", "loop"])
def test_a_damaged_file_of_a_sealed_folder_is_named(sealed: Path, name: str, harm: str) -> None:
    file = sealed.parent / name
    content = file.read_bytes()
    file.unlink()
    if harm == "truncate":
        file.write_bytes(content[:-1])
    elif harm == "flip":
        file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif harm == "folder":
        file.mkdir()
    elif harm == "loop":
        file.symlink_to(file)
    words = "missing" if harm in ("delete", "folder", "loop") else "truncated or altered"
    with pytest.raises(DamagedError, match=f"^{file}: {words}.*; {MEND}$"):
        verify(sealed, MEND)
    with pytest.raises(DamagedError, match=f"^{file}: {words}"):
        verify_file(sealed, read_sealed(sealed, MEND), name, MEND)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"3", b"null", b'{"files": 3}'])
def test_what_is_no_sealed_file_is_named(sealed: Path, content: bytes) -> None:
    sealed.write_bytes(content)
    with pytest.raises(DamagedError, match=f"^{sealed}: truncated or altered; {MEND}$"):
        verify(sealed, MEND)


def test_a_seal_that_is_not_there(sealed: Path) -> None:
    sealed.unlink()
    with pytest.raises(DamagedError, match=f"^{sealed}: missing; {MEND}$"):
        read_sealed(sealed, MEND)
    sealed.mkdir()
    with pytest.raises(DamagedError, match=f"^{sealed}: missing; {MEND}$"):
        read_sealed(sealed, MEND)


def test_a_pipe_in_its_place_is_not_waited_for(sealed: Path) -> None:
    sealed.unlink()
    os.mkfifo(sealed)
    with pytest.raises(DamagedError, match=f"^{sealed}: a pipe or a device; {MEND}$"):
        verify(sealed, MEND)


def test_what_older_versions_wrote_is_read_as_it_is(tmp_path: Path) -> None:
    write_json(tmp_path / "DONE", {"facts": {}})
    assert read_sealed(tmp_path / "DONE", MEND) == {"facts": {}}
    assert verify_file(tmp_path / "DONE", {"facts": {}}, "any", MEND) == tmp_path / "any"


@given(st.dictionaries(st.text().filter(lambda key: key != "checksum"), json_values, max_size=4))
def test_a_line_is_read_as_it_was_written(entry: dict[str, object]) -> None:
    line = sealed_line(entry)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert opened_line(line.encode()) == entry
    assert opened_line(json.dumps(entry).encode()) == entry  # of an older version


@given(bit=st.integers(min_value=0))
def test_a_damaged_line_is_none(bit: int) -> None:
    entry = {"job": "train", "seconds": 12.25}
    line = sealed_line(entry).encode()[:-1]
    assert opened_line(line[: bit % len(line)]) is None
    data = bytearray(line)
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    found = opened_line(bytes(data))
    assert found is None or {key: found[key] for key in entry} == entry
