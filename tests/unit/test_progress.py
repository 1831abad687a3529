"""What is told of a sitting while it works: lines of what is done, and about how long is left."""

import errno
import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from ticketscope.config import Execution, Experiment, GrammarCorpus, Lottery, Training
from ticketscope.errors import JobError
from ticketscope.files import write_text
from ticketscope.runs.jobs import Failure, Job, Status
from ticketscope.runs.journal import note_cost
from ticketscope.runs.stages import TRAIN as TRAINING
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.study import progress
from ticketscope.study.overview import overview
from ticketscope.study.progress import Sitting, shown

DENSE, FIRST, SECOND = dense_of(0), LevelId(0, "lr_rewinding", 1), LevelId(0, "lr_rewinding", 2)
UPDATES = {DENSE: 100, FIRST: 50, SECOND: 80}


def job(stage: str, network: LevelId | None = None) -> Job:
    return Job(stage, network, print, ())


TRAIN = tuple(job(TRAINING, level) for level in UPDATES)
QUALITY = tuple(job("quality", level) for level in UPDATES)
SPEED, PAIRS = job("speed"), job("minimal pairs")
JOBS = (*TRAIN, *QUALITY, SPEED)


def sitting(folder: Path, workers: int = 1, replicates: int = 1) -> Sitting:
    experiment = Experiment(
        name="x",
        corpus=GrammarCorpus(),
        training=Training(updates=100),
        lottery=Lottery(levels=2, arms=("lr_rewinding",), replicates=replicates),
        execution=Execution(workers=workers),
    )
    return Sitting(Bench.of(folder, experiment), JOBS, UPDATES)


def log(run: Run, level: LevelId, update: int, seconds: float) -> None:
    """A training that has got so far."""
    entry = {"update": update, "of": UPDATES[level], "tokens_per_second": 850.0, "seconds": seconds}
    write_text(run.level(level).log, json.dumps(entry) + "\n")


def cost(run: Run, of: Job, seconds: float) -> None:
    """A job that has ended."""
    note_cost(run, of.stage, of.network, 0.0, seconds, None, None)


def left(of: Sitting, *finished: Job) -> str:
    status = Status((), finished, len(JOBS))
    return of.left(status, overview(of.bench, at_work=()))


# ----------------------------------------------------------------------------- what is left


def test_nothing_is_claimed_before_anything_is_timed(tmp_path: Path) -> None:
    assert left(sitting(tmp_path)) == "time left not known yet"
    assert left(sitting(tmp_path), *JOBS) == "nothing left"


def test_trainings_take_as_long_per_update_as_they_did(tmp_path: Path) -> None:
    at = sitting(tmp_path)
    log(at.bench.run, DENSE, 40, seconds=400)
    # 60 + 50 + 80 updates of 10 seconds.
    assert left(at) == "about 32 min left (quality, speed not counted)"
    log(at.bench.run, DENSE, 100, seconds=1_000)
    log(at.bench.run, FIRST, 20, seconds=100)
    # 30 of 5 seconds, and 80 of the mean.
    assert left(at, TRAIN[0]) == "about 12 min left (quality, speed not counted)"


def test_other_jobs_take_as_long_as_those_of_their_stage_did(tmp_path: Path) -> None:
    at = sitting(tmp_path)
    for of, seconds in ((QUALITY[0], 30.0), (QUALITY[1], 10.0), (QUALITY[0], 20.0)):
        cost(at.bench.run, of, seconds)  # the first in two sittings
    assert left(at, *TRAIN, *QUALITY[:2]) == "about 30 s left (speed not counted)"
    cost(at.bench.run, SPEED, 8.0)
    assert left(at, *TRAIN, *QUALITY[:2]) == "about 38 s left"


def test_workers_share_what_does_not_wait_for_each_other(tmp_path: Path) -> None:
    at = sitting(tmp_path, workers=4)
    log(at.bench.run, DENSE, 40, seconds=400)
    assert "about 32 min" in left(at)  # a single chain
    cost(at.bench.run, QUALITY[0], 400.0)
    assert left(at, *TRAIN, QUALITY[0], SPEED) == "about 3 min left"


def test_what_waits_in_a_queue_waits_for_what_is_at_work(tmp_path: Path) -> None:
    at = sitting(tmp_path, workers=4)
    cost(at.bench.run, QUALITY[0], 400.0)
    done = (*TRAIN, QUALITY[0], SPEED)
    status = Status(QUALITY[1:2], done, len(JOBS), num_queued=len(JOBS) - len(done) - 1)
    assert at.left(status, []) == f"about {(len(JOBS) - len(done)) * 400 // 60} min left"
    lines = Lines(at)
    lines.show(replace(status, running=(), finished=()))
    lines.now = 61.0
    lines.show(replace(status, running=(), finished=()))
    assert "at work: none; 1 in the queue, " in lines.new()[0]


# ----------------------------------------------------------------------------- plain lines


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "clock", lambda: "12:00")


class Lines:
    """A sitting that is watched from a file, at times that the test tells."""

    def __init__(self, of: Sitting) -> None:
        self.output = io.StringIO()
        self.now = 0.0
        console = Console(file=self.output, width=140)
        self.show = progress.PlainLines(of, console, now=lambda: self.now).show

    def new(self) -> list[str]:
        text = self.output.getvalue()
        self.output.seek(0)
        self.output.truncate()
        return text.splitlines()


def test_a_line_per_job_that_was_done_now(tmp_path: Path) -> None:
    at = sitting(tmp_path)
    lines = Lines(at)
    there = frozenset(TRAIN[:1])
    lines.show(Status(TRAIN[:1], (), 7))
    lines.show(Status(TRAIN[1:2], TRAIN[:1], 7, there))
    assert lines.new() == []
    log(at.bench.run, FIRST, 50, seconds=200.0)
    cost(at.bench.run, TRAIN[1], 200.0)
    cost(at.bench.run, QUALITY[0], 4.0)
    status = Status(TRAIN[2:], (*TRAIN[:2], QUALITY[0]), 7, there)
    lines.show(status)
    lines.show(status)
    rest = "about 5 min left (speed not counted)"  # 80 updates of 4 seconds, and twice 4
    assert lines.new() == [
        f"12:00 2/7 {TRAIN[1].name} (3 min); {rest}",
        f"12:00 3/7 {QUALITY[0].name} (4 s); {rest}",
    ]


def test_a_word_now_and_then_while_nothing_ends(tmp_path: Path) -> None:
    at = sitting(tmp_path)
    log(at.bench.run, DENSE, 40, seconds=400)
    lines = Lines(at)
    working = Status((TRAIN[0], PAIRS), (), 7)
    said = []
    for second in range(0, 200, 5):
        lines.now = float(second)
        lines.show(working)
        said += [(second, line) for line in lines.new()]
    assert [second for second, _ in said] == [60, 120, 180]
    assert said[0][1] == (
        f"12:00 0/7 done; at work: {TRAIN[0].name} (40 of 100 updates, 850 tokens/s, "
        "about 10 min left); minimal pairs; about 32 min left (quality, speed not counted)"
    )


# ----------------------------------------------------------------------------- a whole sitting


def statuses() -> Iterator[Status]:
    there = frozenset({*TRAIN, QUALITY[0]})
    yield Status(TRAIN[:1], (), 7)
    yield Status(QUALITY[1:2], (*TRAIN, QUALITY[0]), 7, there)
    yield Status((), JOBS, 7, there)


@pytest.mark.parametrize("is_terminal", [False, True])
def test_at_the_end_it_is_said_what_was_done_and_what_was_there(
    is_terminal: bool, tmp_path: Path
) -> None:
    output = io.StringIO()
    console = Console(file=output, width=80, height=24, force_terminal=is_terminal, highlight=False)
    with shown(sitting(tmp_path), console) as watch:
        for status in statuses():
            watch(status)
    text = output.getvalue()
    assert "12:00 jobs done in this sitting: 3, there already: 4 of 7" in text
    if is_terminal:
        assert "x: 4 of 7 jobs done, time left not known yet" in text
        assert "replicate/arm/level" in text
    else:
        assert "\r" not in text
        assert "\x1b" not in text
        assert [line.split()[1] for line in text.splitlines()] == ["7", "5/7", "6/7", "7/7", "jobs"]
        assert text.startswith("12:00 7 jobs, 1 at a time\n")


def test_a_failure_is_told_when_it_happens_and_counted_at_the_end(tmp_path: Path) -> None:
    output = io.StringIO()
    failed = (
        Failure(QUALITY[0], JobError, f"{QUALITY[0].name}: its process died"),
        Failure(PAIRS, RuntimeError, "in a worker process:\nTraceback\nKeyError: 'x'\n"),
    )

    def work() -> None:
        with shown(sitting(tmp_path), Console(file=output, width=80)) as watch:
            watch(Status(TRAIN[:1], (), 7, failed=failed[:1]))
            watch(Status((), TRAIN[:1], 7, failed=failed))
            raise JobError("2 jobs failed")

    with pytest.raises(JobError):
        work()
    lines = [line for line in output.getvalue().splitlines() if "failed" in line]
    assert lines == [
        f"12:00 failed: {QUALITY[0].name}: its process died",
        f"12:00 failed: {PAIRS.name}: KeyError: 'x'",
        "12:00 jobs done in this sitting: 1, failed: 2, left: 4",
    ]


def test_nothing_is_said_to_have_been_there_in_a_first_sitting(tmp_path: Path) -> None:
    output = io.StringIO()
    with shown(sitting(tmp_path), Console(file=output, width=80)) as watch:
        watch(Status((), JOBS, 7))
    assert output.getvalue().splitlines()[-1] == "12:00 jobs done in this sitting: 7"


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES])
def test_what_cannot_be_shown_for_a_moment_is_shown_later(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, "")

    output = io.StringIO()
    passes = code == errno.EIO
    with shown(sitting(tmp_path), Console(file=output, width=80)) as watch:
        with monkeypatch.context() as failing:
            failing.setattr(progress, "overview", fail)
            with nullcontext() if passes else pytest.raises(OSError):
                watch(Status((), TRAIN[:1], 7))
        watch(Status((), TRAIN[:1], 7))
    assert f"12:00 1/7 {TRAIN[0].name};" in output.getvalue()
