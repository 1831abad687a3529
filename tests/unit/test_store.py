"""Paths of a run, completion markers and locks."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ticketscope.errors import InputError, JobError
from ticketscope.files import beside, read_json, write_json, write_text
from ticketscope.runs import locks
from ticketscope.runs.store import LevelFolder, LevelId, Run, dense_of

FACTS = {"num_updates": 20, "validation_loss": 4.5, "parent": ""}


@pytest.fixture
def level(tmp_path: Path) -> LevelFolder:
    """A finished level."""
    folder = Run(tmp_path / "run").level(LevelId(0, "lr_rewinding", 3))
    write_text(folder.ticket / "model.safetensors", "weights " * 100)
    write_text(folder.ticket / "deeper" / "vocab.json", "{}")
    write_text(folder.masks, "masks")
    write_text(folder.log, '{"update": 1, "of": 2}\n')
    write_text(folder.checkpoint, "gone when the level is complete")
    folder.mark_done(FACTS)
    return folder


# ----------------------------------------------------------------------------- paths


def test_paths_are_those_promised(tmp_path: Path) -> None:
    run = Run(tmp_path)
    folder = run.level(LevelId(1, "random_pruning", 12))
    assert folder.path == tmp_path / "replicate-1" / "random_pruning" / "level-12"
    assert run.level(dense_of(0)).ticket == tmp_path / "replicate-0/dense/level-00/ticket"
    inside = [p.name for p in (folder.masks, folder.log, folder.done)]
    assert inside == ["masks.safetensors", "training.jsonl", "DONE"]
    assert run.analysis("quality", LevelId(0, "dense", 0)) == (
        tmp_path / "analysis/quality/replicate-0/dense/level-00.json"
    )
    tops = [p.name for p in (run.config, run.corpus, run.tables, run.views, run.report)]
    assert tops == ["config.json", "corpus", "tables", "views", "report.html"]


# ----------------------------------------------------------------------------- DONE


def test_done_holds_facts_and_a_checksum_of_every_file_that_stays(level: LevelFolder) -> None:
    assert level.is_done()
    assert level.facts() == FACTS
    assert set(read_json(level.done)["files"]) == {
        "ticket/model.safetensors",
        "ticket/deeper/vocab.json",
        "masks.safetensors",
    }
    level.verify()
    level.checkpoint.unlink()
    write_text(level.log, "measured times may differ")
    level.verify()


def test_a_level_is_not_done_before_its_marker(tmp_path: Path) -> None:
    folder = LevelFolder(tmp_path)
    write_text(folder.ticket / "model.safetensors", "weights")
    write_text(folder.masks, "masks")
    assert not folder.is_done()


def test_moments_are_checked_when_there_are_any(tmp_path: Path) -> None:
    folder = LevelFolder(tmp_path)
    write_text(folder.moments, "moments")
    folder.mark_done({})
    write_text(folder.moments, "other")
    with pytest.raises(JobError, match=r"moments\.safetensors: truncated or altered"):
        folder.verify()


def test_digest_follows_the_content_and_not_the_place(tmp_path: Path) -> None:
    def digest(place: str, weights: str, facts: dict[str, int]) -> str:
        folder = LevelFolder(tmp_path / place)
        write_text(folder.ticket / "model.safetensors", weights)
        write_text(folder.masks, "masks")
        folder.mark_done(facts)
        return folder.digest()

    first = digest("a", "weights", {"updates": 3})
    assert digest("b", "weights", {"updates": 3}) == first
    assert digest("c", "Weights", {"updates": 3}) != first
    assert digest("d", "weights", {"updates": 4}) == first  # what is told of them is no content


def test_digest_follows_the_mask_and_the_moments_and_no_words(level: LevelFolder) -> None:
    def digest(name: str, text: str) -> str:
        write_text(level.path / name, text)
        level.mark_done(FACTS)
        return level.digest()

    first = level.digest()
    assert digest("ticket/README.md", "other words") == first
    assert digest("training.jsonl", "other times") == first
    found = {first, digest("masks.safetensors", "other")}
    found |= {digest("moments.safetensors", text) for text in ("some", "other")}
    assert len(found) == 4


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


HARM = {
    "truncated or altered": [_truncate, _flip_a_bit],
    "missing": [Path.unlink],
}


@pytest.mark.parametrize(
    ("words", "harm"), [(words, harm) for words, harms in HARM.items() for harm in harms]
)
@pytest.mark.parametrize(
    "name", ["masks.safetensors", "ticket/model.safetensors", "ticket/deeper/vocab.json"]
)
def test_a_damaged_file_is_named(level: LevelFolder, name: str, words: str, harm) -> None:
    file = level.path / name
    harm(file)
    with pytest.raises(JobError) as caught:
        level.verify()
    assert str(caught.value).startswith(f"{file}: {words}")
    assert f"delete {level.path} and run again" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b'{"files": {}}', b'{"files": 3, "facts": {}}', b"\xff\xfe"]
)
def test_a_damaged_marker_is_named(level: LevelFolder, content: bytes) -> None:
    level.done.write_bytes(content)
    for read in (level.verify, level.facts):
        with pytest.raises(JobError) as caught:
            read()
        assert str(caught.value).startswith(f"{level.done}: truncated or altered")


def test_altered_facts_are_named(level: LevelFolder) -> None:
    text = level.done.read_text()
    level.done.write_text(text.replace('"num_updates": 20', '"num_updates": 21'))
    with pytest.raises(JobError, match="DONE: truncated or altered"):
        level.facts()


def test_a_marker_of_an_older_version_is_read(level: LevelFolder) -> None:
    marker = read_json(level.done)
    del marker["checksum"]
    write_json(level.done, marker)
    level.verify()
    assert level.facts() == FACTS


def test_every_truncation_of_the_marker_is_found(level: LevelFolder) -> None:
    data = level.done.read_bytes()
    for length in range(0, len(data.rstrip()), 7):
        level.done.write_bytes(data[:length])
        with pytest.raises(JobError, match="DONE: truncated or altered"):
            level.verify()


# ----------------------------------------------------------------------------- locks


def test_one_process_at_a_time(tmp_path: Path) -> None:
    run = Run(tmp_path / "not" / "there" / "yet")
    assert not run.is_locked()
    with run.locked():
        assert run.is_locked()
        words = f"{run.root}: another ticketscope is working on this run"
        with pytest.raises(InputError, match=words) as caught, run.locked():
            raise AssertionError("not reached")
        assert "--out" in str(caught.value)
        assert run.is_locked()  # asking does not take it away
    assert not run.is_locked()
    with run.locked():
        pass


def test_an_error_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Run(tmp_path).locked():
        raise KeyError
    assert not Run(tmp_path).is_locked()


def test_a_place_where_no_directory_can_be(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "x")
    with pytest.raises(InputError, match=r"file/run: not a directory") as caught:
        Run(tmp_path / "file" / "run").locked().__enter__()
    assert "\n" not in str(caught.value)


HOLD = """
import sys
from pathlib import Path
from ticketscope.runs.store import Run
with Run(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_living_process_holds_and_that_of_a_dead_one_does_not(
    tmp_path: Path,
) -> None:
    run = Run(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        assert run.is_locked()
        with pytest.raises(InputError, match="another ticketscope"), run.locked():
            raise AssertionError("not reached")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / "lock").exists()
    assert not run.is_locked()
    with run.locked():
        assert run.is_locked()


def test_workers_of_a_killed_run_are_waited_for(tmp_path: Path) -> None:
    run = Run(tmp_path)
    alive, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def worker() -> None:
        with run.worker_present():
            alive.set()
            may_end.wait()
            ended.set()

    thread = threading.Thread(target=worker)
    thread.start()
    alive.wait()
    timer = threading.Timer(0.3, may_end.set)
    timer.start()
    with run.locked():
        assert ended.is_set()
    thread.join()
    timer.join()


def test_workers_that_never_end_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path)
    waited: list[float] = []
    monkeypatch.setattr(locks.time, "sleep", waited.append)
    with (
        run.worker_present(),
        pytest.raises(JobError, match="workers of a killed run are still alive"),
        run.locked(),
    ):
        raise AssertionError("not reached")
    assert sum(waited) == pytest.approx(20, abs=5)
    assert not run.is_locked()


def test_asking_never_keeps_a_run_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path)
    with run.locked():
        pass
    waited: list[float] = []

    def asked_no_more(seconds: float) -> None:
        waited.append(seconds)
        fcntl.flock(asking, fcntl.LOCK_UN)

    monkeypatch.setattr(locks.time, "sleep", asked_no_more)
    with (tmp_path / "lock-workers").open() as asking:
        fcntl.flock(asking, fcntl.LOCK_EX)  # `show`, at the moment at which it asks
        with run.locked():
            assert run.is_locked()
    assert len(waited) == 1


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_file_system_without_locks_is_told_in_one_line(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "run")
    run.root.mkdir()
    (run.root / "lock-workers").touch()

    def flock(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    assert run.is_locked() is None  # so `show` works there
    with pytest.raises(
        InputError, match=f"{run.root}: there are no locks on this f.* --out"
    ) as told:
        run.locked().__enter__()
    assert "\n" not in str(told.value)
    assert list(run.root.iterdir()) == []


# ----------------------------------------------------------------------------- failed starts


@pytest.mark.parametrize("error", [InputError, JobError, KeyboardInterrupt])
def test_a_first_start_that_fails_leaves_nothing_that_was_not_there(
    error: type[BaseException], tmp_path: Path
) -> None:
    run = Run(tmp_path / "runs" / "x")
    (tmp_path / "kept").mkdir()

    def fail() -> None:
        with run.locked():
            write_text(run.costs / "worker.jsonl", "{}")
            beside(run.corpus).mkdir()
            write_text(run.growing_corpus / "train.source.txt", "no stage of it is whole")
            raise error("wrong")

    with pytest.raises(error, match="wrong"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    run.root.mkdir(parents=True)
    with pytest.raises(error, match="wrong"):
        fail()
    assert list(run.root.iterdir()) == []  # the folder was there


@pytest.mark.parametrize(
    "finished",
    [
        "config.json",
        "corpus/corpus.json",
        "corpus.ticketscope-unfinished/train.text.json",
        "probing/index.json",
    ],
)
def test_finished_work_stays_when_a_start_fails(finished: str, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")

    def fail() -> None:
        with run.locked():
            write_text(run.root / finished, "{}")
            write_text(run.costs / "worker.jsonl", "{}")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (run.root / finished).exists()
    assert run.costs.exists()
    assert all(map(run.may_hold, run.root.iterdir())) == (finished != "config.json")


def test_a_place_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="file name too long"):
        Run(tmp_path / "a" / "b" / ("x" * 300)).locked().__enter__()
    assert list(tmp_path.iterdir()) == []


def test_many_workers_of_one_run_do_not_exclude_each_other(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with run.locked(), run.worker_present(), run.worker_present():
        pass
