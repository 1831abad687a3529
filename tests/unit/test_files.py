"""Files appear complete or not at all, and a full disk is told in one line."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ticketscope import files
from ticketscope.errors import InputError, JobError

Write = Callable[[Path], None]
OF_NODE = f"{files.PARTIAL}node7-0123abcd-7-1f-4567cdef"
"""How what a process of another machine writes is called at its end."""


def fail_in_file(path: Path, error: BaseException) -> None:
    with files.appearing(path) as partial:
        partial.write_text("half")
        raise error


def fail_in_folder(path: Path, error: BaseException) -> None:
    with files.folder_appearing(path) as partial:
        (partial / "half").write_text("half")
        raise error


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# ----------------------------------------------------------------------------- atomic


def test_a_file_appears_complete_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    with files.appearing(path) as partial:
        partial.write_text("half")
        assert names(path.parent) == [partial.name]  # not under its name yet
        partial.write_text("whole")
    assert path.read_text() == "whole"
    assert names(path.parent) == ["b.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_else(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    with pytest.raises(error):
        fail_in_file(path, error())
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_replaces_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "corpus"
    for content in ("old", "new"):
        with files.folder_appearing(path) as partial:
            (partial / content).write_text(content)
            assert not (path / "new").exists()
    assert names(tmp_path) == ["corpus", "corpus/new"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_folder_and_nothing_else(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "corpus"
    with files.folder_appearing(path) as partial:
        (partial / "old").write_text("old")
    with pytest.raises(error):
        fail_in_folder(path, error())
    assert names(path.parent) == ["corpus", "corpus/old"]


def test_a_folder_that_grows_stays_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "corpus"

    def grow(name: str, error: BaseException | None) -> None:
        with files.folder_growing(path) as growing:
            assert files.final_name(str(growing / "half")) == str(path / "half")
            (growing / name).write_text(name)
            if error:
                raise error

    for name, error in (("one", KeyboardInterrupt()), ("two", ValueError())):
        with pytest.raises(type(error)):
            grow(name, error)
        assert not path.exists()
    grow("three", None)
    assert names(tmp_path) == ["corpus", "corpus/one", "corpus/three", "corpus/two"]
    with pytest.raises(InputError):
        grow("four", InputError("the input is wrong"))
    assert names(tmp_path) == ["corpus", "corpus/one", "corpus/three", "corpus/two"]


def test_content_is_on_disk_before_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        done.append("sync " + os.readlink(f"/proc/self/fd/{descriptor}").rpartition("/")[2])
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(files, "beside", lambda path: path.with_name(f"{path.name}{OF_NODE}"))
    files.write_text(tmp_path / "a", "x")
    assert done == [f"sync a{OF_NODE}", "rename", f"sync {tmp_path.name}"]
    done.clear()
    with files.folder_appearing(tmp_path / "f") as partial:
        (partial / "one").write_text("1")
        (partial / "two").write_text("2")
    assert done == [
        "sync one",
        "sync two",
        f"sync f{OF_NODE}",
        "rename",
        "rename",
        f"sync {tmp_path.name}",
    ]


def test_a_scratch_folder_is_gone_afterwards_and_swept_after_a_kill(tmp_path: Path) -> None:
    with files.scratch_folder(tmp_path / "run") as first:
        with files.scratch_folder(tmp_path / "run") as second:
            (second / "deep").mkdir()
            (second / "deep" / "large").write_text("large")
        assert names(tmp_path / "run") == [first.name]
        assert files.sweep(tmp_path) == 1
        assert names(tmp_path / "run") == []
        first.mkdir()
    with pytest.raises(KeyError), files.scratch_folder(tmp_path / "run"):
        raise KeyError
    assert names(tmp_path / "run") == []


def test_what_safetensors_leaves_is_swept_and_nothing_like_it(tmp_path: Path) -> None:
    level = tmp_path / "level-00"
    level.mkdir()
    for name in (".tmpcq6nG1", ".tmp", ".tmp-notes", "x.tmpcq6nG1"):
        (level / name).touch()
    assert files.sweep(tmp_path) == 1
    assert names(level) == [".tmp", ".tmp-notes", "x.tmpcq6nG1"]


@pytest.mark.parametrize(
    "name",
    [
        "wmt.partial-a.source.txt",
        "wmt.partial-7",
        f"wmt{files.PARTIAL}a",
        f"wmt{OF_NODE}.source.txt",
        f"wmt{OF_NODE}-00000.source.ids.npy",
        f"wmt{files.PARTIAL}7",
        ".tmpcq6nG1.source.txt",
    ],
)
def test_what_only_contains_the_mark_is_kept(name: str, tmp_path: Path) -> None:
    """Test sets, and thereby files of the encoded corpus, are called as the user likes."""
    (tmp_path / name).touch()
    files.write_text(tmp_path / "folder" / name, "x")
    assert files.sweep(tmp_path) == 0
    assert names(tmp_path) == sorted(["folder", f"folder/{name}", name])


# A writer that is killed in mid-write, once for a file and once for a folder.
KILLED = """
import sys
from pathlib import Path
from ticketscope import files
root = Path(sys.argv[1])
with files.folder_appearing(root / "folder") as folder, files.appearing(root / "file") as file:
    (folder / "inner").write_text("half")
    with files.appearing(folder / "nested") as nested:
        nested.write_text("half")
        file.write_text("half")
        print("writing", flush=True)
        sys.stdin.read()
"""


def test_a_killed_writer_leaves_only_what_is_swept(tmp_path: Path) -> None:
    files.write_text(tmp_path / "file", "old")
    files.write_text(tmp_path / "deep" / "kept.txt", "kept")
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL
    left = [name for name in names(tmp_path) if files.PARTIAL in name]
    assert len(left) == 4
    assert (tmp_path / "file").read_text() == "old"
    assert not (tmp_path / "folder").exists()
    assert files.sweep(tmp_path) == 3  # the folder, the file, and one in the folder
    assert names(tmp_path) == ["deep", "deep/kept.txt", "file"]
    assert files.sweep(tmp_path) == 0


# ----------------------------------------------------------------------------- text, JSON


def test_text_is_utf8_with_line_feeds(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a", "grün\r\n\n")
    assert (tmp_path / "a").read_bytes() == b"gr\xc3\xbcn\r\n\n"


def test_json_round_trip_keeps_order_and_bytes(tmp_path: Path) -> None:
    value = {"z": [1, 0.1, None], "a": {"ü": True}}
    path = tmp_path / "a.json"
    files.write_json(path, value)
    assert files.read_json(path) == value
    assert list(files.read_json(path)) == ["z", "a"]
    first = path.read_bytes()
    assert "ü".encode() in first
    assert first.endswith(b"}\n")
    files.write_json(path, files.read_json(path))
    assert path.read_bytes() == first


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, example B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files.sha256(tmp_path / "abc") == expected


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    files.require_utf8(tmp_path / "grün")
    with pytest.raises(InputError, match="not valid UTF-8, and weights cannot be kept under it"):
        files.require_utf8(tmp_path / os.fsdecode(b"x\xff") / "run")


# ----------------------------------------------------------------------------- full disk


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        RuntimeError("Error while serializing: No space left on device (os error 28)"),
        OSError("1000000 requested and 131056 written"),
    ],
)
def test_a_full_disk_names_the_file_and_leaves_nothing(error: Exception, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    for fail in (fail_in_file, fail_in_folder):
        with pytest.raises(JobError) as caught:
            fail(path, error)
        told = str(caught.value)
        assert told.startswith((f"{path}: the disk is full; ", f"{path}: the disk quota is used "))
        assert "free some space" in told
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is error
        assert names(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_is_full_at_the_last_step(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_text(tmp_path / "a", "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), full)
    with pytest.raises(JobError, match="a: the disk is full"):
        files.write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_a_disk_with_no_room_for_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(JobError, match="b: the disk is full"):
        files.write_text(tmp_path / "a" / "b", "x")
    with pytest.raises(JobError, match="b: the disk is full"):
        fail_in_folder(tmp_path / "b", AssertionError("not reached"))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EACCES, InputError),
        (errno.EROFS, InputError),
        (errno.ENOTDIR, InputError),
        (errno.ELOOP, InputError),
        (errno.EIO, JobError),
        (errno.EFBIG, JobError),
        (errno.EMFILE, JobError),
    ],
)
def test_what_cannot_be_used_is_wrong_input_and_a_failing_disk_a_failed_job(
    code: int, kind: type[Exception], tmp_path: Path
) -> None:
    error = OSError(code, os.strerror(code))
    with pytest.raises(kind, match=r"a: [a-z/ -]+( \(ulimit -f\))?; [a-z]") as caught:
        fail_in_file(tmp_path / "a", error)
    assert caught.value.__cause__ is error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (f"run/report.html{OF_NODE}", "run/report.html"),
        (f"run/corpus{OF_NODE}/train.npy{OF_NODE}".encode(), "run/corpus/train.npy"),
        (f"run/scratch{OF_NODE}/model/config.json", "run"),
        (f"run/x{OF_NODE}/y", "run/x/y"),
        ("my.partial-7/wmt.partial-a.source.txt", "my.partial-7/wmt.partial-a.source.txt"),
        (f"run/x{OF_NODE}.source.txt", f"run/x{OF_NODE}.source.txt"),
        ("run/\udcff.json", "run/\udcff.json"),
    ],
)
def test_the_final_name_is_shown(named: str | bytes, shown: str) -> None:
    told = files.explained(OSError(errno.EISDIR, "Is a directory", named), "elsewhere")
    assert str(told) == f"{shown}: is a directory; a file is needed in its place"
    place = os.fsdecode(named)
    assert str(files.explained(OSError(errno.EISDIR, ""), place)) == str(told)


def test_an_error_without_a_number_or_a_place_is_one_line_too() -> None:
    full = OSError(errno.ENOSPC, "", "the original", None, "the copy")
    assert str(files.explained(full)).startswith("the copy: the disk is full")
    assert str(files.explained(OSError("no tokenizer there\nsee also"))) == "no tokenizer there"
    told = files.explained(FileNotFoundError("No such file or directory: x"), "x")  # safetensors'
    assert isinstance(told, InputError)
    assert str(told).startswith("x: no such file or directory; ")


@pytest.mark.parametrize("error", [BrokenPipeError(), ValueError("x"), JobError("y")])
def test_other_errors_are_left_as_they_are(error: Exception, tmp_path: Path) -> None:
    with pytest.raises(type(error)) as caught:
        fail_in_file(tmp_path / "a", error)
    assert caught.value is error


def test_whatever_lies_in_the_place_of_a_folder_gives_way(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    place = tmp_path / "place"
    for make in (
        lambda: place.write_text("a file"),
        lambda: place.symlink_to(tmp_path / "nowhere"),
        lambda: place.symlink_to(elsewhere),
        lambda: place.symlink_to(place),
        lambda: place.mkdir(),
    ):
        make()
        with files.folder_appearing(place) as partial:
            (partial / "new").touch()
        assert names(tmp_path) == ["elsewhere", "elsewhere/kept", "place", "place/new"]
        shutil.rmtree(place)


def test_what_lies_in_the_place_of_a_file(tmp_path: Path) -> None:
    place = tmp_path / "a.json"
    place.symlink_to(tmp_path / "nowhere")
    files.write_text(place, "x")
    assert names(tmp_path) == ["a.json"]
    place.unlink()
    place.mkdir()
    with pytest.raises(InputError, match=r"a\.json: is a directory; a file is needed in its place"):
        files.write_text(place, "x")
    assert names(tmp_path) == ["a.json"]


def test_no_device_or_pipe_is_replaced_by_a_file(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "null"
    os.mkfifo(pipe)
    link.symlink_to(os.devnull)
    for place in (pipe, link):
        with pytest.raises(InputError, match=f"^{place}: a pipe or a device, in whose place no"):
            files.write_text(place, "x")
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert names(tmp_path) == ["null", "pipe"]


def test_only_files_and_folders_are_plain(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to("folder/file")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    files.require_plain(tmp_path)
    (tmp_path / "folder" / "device").symlink_to(os.devnull)
    with pytest.raises(InputError, match=r"folder/device: a pipe or a device, where a plain file"):
        files.require_plain(tmp_path)


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path_factory.mktemp("disk")
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _write_array(path: Path) -> None:
    np.save(path.with_suffix(".npy"), np.zeros(10**6))


def _write_tensors(path: Path) -> None:
    save_file({"weight": torch.zeros(10**6)}, path)


def _write_bytes(path: Path) -> None:
    path.write_bytes(bytes(10**7))


def _write_lines(path: Path) -> None:
    with path.open("w") as file:
        file.writelines("a sentence\n" for _ in range(10**6))


@pytest.mark.parametrize("write", [_write_array, _write_tensors, _write_bytes, _write_lines])
def test_a_disk_that_is_really_full(write: Write, small_disk: Path) -> None:
    """In the words of every library that writes large files for us."""
    files.write_text(small_disk / "ticket" / "old", "old")
    with (
        pytest.raises(JobError, match=r"ticket: the disk is full"),
        files.folder_appearing(small_disk / "ticket") as partial,
    ):
        write(partial / "large")
    assert names(small_disk) == ["ticket", "ticket/old"]
    files.write_text(small_disk / "ticket" / "old", "there is room again")


# Files of this process may not grow beyond 20 kB.
LIMITED = """
import resource, sys
from pathlib import Path
import test_files
from ticketscope import files
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for write in (test_files._write_array, test_files._write_tensors, test_files._write_bytes):
    try:
        with files.folder_appearing(Path(sys.argv[1]) / "ticket") as partial:
            write(partial / "large")
    except files.JobError as error:
        print(error)
"""


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """EFBIG, in the words of every library."""
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = ended.stdout.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{tmp_path}/ticket: ") for line in lines)
    assert "files may not grow as large here (ulimit -f)" in lines[1]
    assert "files may not grow as large here (ulimit -f)" in lines[2]
    assert names(tmp_path) == []
