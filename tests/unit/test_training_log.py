"""The log of a training: what is written, kept and read."""

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from ticketscope.errors import JobError
from ticketscope.files import write_text
from ticketscope.lottery import training_log
from ticketscope.lottery.training_log import (
    TrainingLog,
    Unlogged,
    read_log,
    read_log_end,
    read_whole_log,
)
from ticketscope.runs.seals import DamagedError, sealed_line


def log_of(
    path: Path,
    update: int = 0,
    num_updates: int = 5,
    every: int = 2,
    unlogged: Unlogged | None = None,
) -> TrainingLog:
    unlogged = unlogged or Unlogged()
    return TrainingLog(path, update, num_updates, every, unlogged=unlogged)


def test_a_line_every_so_many_updates_and_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "training.jsonl"
    with log_of(path) as log:
        for update in range(1, 6):
            log.update(
                update,
                losses=torch.tensor([float(update)]),
                num_tokens=update,
                rate=1e-3,
                seconds=update / 2,
            )
            if update == 3:
                log.validation(update, 4.5)
    lines = read_log(path)
    assert [line["update"] for line in lines] == [2, 3, 4, 5]
    assert lines[1] == {"update": 3, "validation_loss": 4.5}
    # Nats a target token since the line before: tokens weigh, not batches.
    assert [line["loss"] for line in lines if "loss" in line] == [
        pytest.approx((1 * 1 + 2 * 2) / 3, abs=1e-5),
        pytest.approx((3 * 3 + 4 * 4) / 7, abs=1e-5),
        5.0,
    ]
    assert set(lines[0]) == {"update", "of", "loss", "rate", "tokens_per_second", "seconds"}
    assert (lines[0]["of"], lines[0]["rate"], lines[0]["seconds"]) == (5, 1e-3, 1.0)
    assert lines[0]["tokens_per_second"] > 0


def test_a_finished_log_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with log_of(path) as log:
        for update in range(1, 6):
            log.update(update, losses=torch.tensor([1.0]), num_tokens=1, rate=1e-3, seconds=1.0)
        log.validation(5, 4.5)
    whole = path.read_bytes()
    assert read_whole_log(path, 5, "mend") == read_log(path)
    lines = whole.splitlines(keepends=True)
    unsealed = b"".join(
        json.dumps({k: v for k, v in json.loads(line).items() if k != "checksum"}).encode() + b"\n"
        for line in lines
    )
    path.write_bytes(unsealed)  # of an older version
    assert len(read_whole_log(path, 5, "mend")) == len(lines)
    for damaged in (
        b"",
        whole[:-2],
        b"".join(lines[:-1]),
        whole.replace(b"4.5", b"4.6"),
        whole.replace(b'"loss": 1', b'"loss": 2', 1),
    ):
        path.write_bytes(damaged)
        with pytest.raises(DamagedError, match=f"^{path}: truncated or altered; mend$"):
            read_whole_log(path, 5, "mend")


def test_a_log_goes_on_after_the_state_that_patience_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with log_of(path, num_updates=400) as log:
        for update, loss in ((2, 4.0), (4, 3.5), (6, 3.7)):
            log.update(update, losses=torch.tensor([1.0]), num_tokens=1, rate=1e-3, seconds=1.0)
            log.validation(update, loss)
    assert read_whole_log(path, 4, "mend") == read_log(path)
    for end, kept in ((-1, 4), (-3, 4), (6, 5)):  # a line, or the kept one, is missing
        lines = read_log(path)[:end]
        write_text(tmp_path / "cut", "".join(map(sealed_line, lines)))
        with pytest.raises(DamagedError, match="truncated or altered; mend"):
            read_whole_log(tmp_path / "cut", kept, "mend")


def test_going_on_drops_what_the_checkpoint_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "training.jsonl"
    entries = [{"update": update, "of": 5} for update in range(1, 5)]
    write_text(path, "".join(json.dumps(entry) + "\n" for entry in entries) + '{"update": 5, "o')
    with log_of(path, update=2, every=1) as log:
        log.update(3, losses=torch.tensor([1.0]), num_tokens=1, rate=1e-3, seconds=1.0)
    assert [line["update"] for line in read_log(path)] == [1, 2, 3]


def test_what_was_not_yet_logged_goes_into_the_next_line(tmp_path: Path) -> None:
    unlogged = Unlogged()
    with log_of(tmp_path / "log", unlogged=unlogged) as log:
        log.update(1, losses=torch.tensor([5.0]), num_tokens=3, rate=1e-3, seconds=1.0)
        log.settle()
    assert unlogged == Unlogged(loss=15.0, tokens=3)  # as a checkpoint keeps it
    with log_of(tmp_path / "log", update=1, unlogged=unlogged) as log:
        log.update(2, losses=torch.tensor([1.0]), num_tokens=1, rate=1e-3, seconds=2.0)
    assert [line["loss"] for line in read_log(tmp_path / "log")] == [4.0]
    assert unlogged == Unlogged()


def test_the_rate_is_that_of_updates_of_this_sitting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(training_log, "time", SimpleNamespace(monotonic=lambda: now))
    with log_of(tmp_path / "log", every=4, unlogged=Unlogged(loss=9.0, tokens=9)) as log:
        for update in range(1, 5):
            now += 2.0
            log.update(update, losses=torch.tensor([1.0]), num_tokens=10, rate=1e-3, seconds=now)
            if update == 2:
                now += 100.0  # of validation
                log.validation(update, 2.0)
    [line] = [line for line in read_log(tmp_path / "log") if "loss" in line]
    assert line["tokens_per_second"] == 5.0


def test_reading(tmp_path: Path) -> None:
    assert read_log(tmp_path / "none") == []
    write_text(tmp_path / "half", '{"update": 1}\n{"upda')
    assert read_log(tmp_path / "half") == [{"update": 1}]
    write_text(tmp_path / "empty", "")
    assert read_log(tmp_path / "empty") == []


def test_a_full_disk_names_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "training.jsonl"

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with log_of(path) as log:
        monkeypatch.setattr(training_log, "sealed_line", full)
        with pytest.raises(JobError, match=r"training\.jsonl: the disk is full"):
            log.validation(1, 2.0)


def test_the_end_of_a_long_log(tmp_path: Path) -> None:
    path = tmp_path / "training.jsonl"
    write_text(path, "".join(f'{{"update": {n}}}\n' for n in range(1_000)) + '{"upd')
    updates = [entry["update"] for entry in read_log_end(path, num_bytes=100)]
    assert updates == list(range(updates[0], 1_000))
    assert 3 < len(updates) < 10
    assert read_log_end(path, num_bytes=10**6) == read_log(path)
    assert read_log_end(tmp_path / "none") == []


def test_a_log_is_read_up_to_what_a_crash_damaged(tmp_path: Path) -> None:
    path = tmp_path / "training.jsonl"
    path.write_bytes(b'{"update": 1}\n{"upd\xff\x00\n{"update": 3}\n')
    assert read_log(path) == [{"update": 1}]
