"""Training text in pieces: the same bytes on any number of threads, and wherever it was stopped."""

import contextvars
import json
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope import config, files
from ticketscope.corpus import encoding, prepare
from ticketscope.corpus.clean_text import kept_text
from ticketscope.corpus.cleaning import KEPT, REASONS
from ticketscope.corpus.encoded import Side
from ticketscope.corpus.encoding import Block, in_order, of_shards
from ticketscope.corpus.kept_stages import Stages
from ticketscope.errors import InputError

OVER_LONG = REASONS.index("over_long")
WORDS = ["the", "old", "man", "sees", "a", "dog", "and", "small", "cat", "in", "red", "house"]


def lines(num: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(2, 12))) + f" {n}" for n in range(num)]


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "SHARD_PAIRS", 40)
    monkeypatch.setattr(encoding, "_BLOCK", 7)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    # Four whole shards, and behind them a pair that is left out.
    kept, too_long = [*lines(150, 1), *lines(10, 4)], ["the old man " * 30, "a dog " * 60]
    train = [*kept[:150], too_long[0], *kept[:9], "", *kept[150:], too_long[1]]
    for name, texts in {"train": train, "val": lines(5, 2), "test": lines(5, 3)}.items():
        for language in ("en", "de"):
            (folder / f"{name}.{language}").write_text("".join(f"{text}\n" for text in texts))
    return folder


def experiment(data: Path, **vocabulary: Any) -> config.Experiment:
    corpus = {"kind": "files", "source": "en", "target": "de", "path": str(data)}
    corpus["cleaning"] = {"max_pieces": 50}
    raw = {"corpus": corpus, "vocabulary": {"size": 90} | vocabulary, "training": {"updates": 1}}
    return config.from_mapping(raw | {"name": "x"}, where="test")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def made(data: Path, folder: Path, threads: int = 1) -> dict[str, bytes]:
    prepare.prepare(experiment(data), folder, lambda _: None, threads=threads)
    return snapshot(folder)


class Stop:
    """Stops the work when it tells something for the so-manieth time, and notes what it told."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.told: list[str] = []

    def __call__(self, text: str) -> None:
        self.told.append(text)
        if len(self.told) == self.at:
            raise KeyboardInterrupt


# ----------------------------------------------------------------------------- blocks and shards


@st.composite
def blocks(draw: st.DrawFn) -> list[Block]:
    found = []
    for reasons in draw(st.lists(st.lists(st.sampled_from([KEPT, OVER_LONG]), max_size=6))):
        kept = [draw(st.lists(st.integers(0, 9), max_size=3)) for why in reasons if why == KEPT]
        side = Side.of(kept, 10)
        found.append(Block(np.array(reasons, dtype=np.int8), (side, side)))
    return found


@given(given=blocks(), pairs_per_shard=st.integers(1, 5))
def test_shards_hold_the_same_pairs_in_their_order(
    given: list[Block], pairs_per_shard: int
) -> None:
    def together(parts: list[Block]) -> tuple[list[int], list[int], list[int]]:
        return (
            [why for part in parts for why in part.reasons_N.tolist()],
            [number for part in parts for number in part.sides[0].ids.tolist()],
            [length for part in parts for length in part.sides[1].lengths.tolist()],
        )

    shards = list(of_shards(given, pairs_per_shard))
    assert together(shards) == together(given)
    assert all(shard.num_kept == pairs_per_shard for shard in shards[:-1])
    assert not shards or shards[-1].num_kept <= pairs_per_shard
    # A shard ends with a pair that it keeps; the next one begins with what comes behind that.
    assert all(shard.reasons_N[-1] == KEPT for shard in shards[:-1])
    num_left_out = sum(sum(shard.left_out.values()) for shard in shards)
    assert num_left_out == sum(len(block.reasons_N) - block.num_kept for block in given)


@pytest.mark.parametrize("threads", [1, 3])
def test_work_comes_back_in_order_and_little_is_ahead(threads: int) -> None:
    taken = 0
    first_may_end = threading.Event()

    def todo() -> Iterator[int]:
        nonlocal taken
        for taken in range(1, 51):
            if taken == threads:
                first_may_end.set()
            yield taken

    def slow_at_first(number: int) -> int:
        assert first_may_end.wait(60)
        return number

    for number, result in enumerate(in_order(slow_at_first, todo(), threads), start=1):
        assert result == number
        assert taken - number < 2 * threads


def test_an_error_in_a_thread_is_raised_in_its_turn() -> None:
    def work(number: int) -> int:
        if number == 5:
            raise InputError("the fifth")
        return number

    results = in_order(work, range(50), threads=3)
    assert [next(results) for _ in range(5)] == list(range(5))
    before = threading.active_count()
    with pytest.raises(InputError, match="the fifth"):
        next(results)
    assert threading.active_count() < before


# ----------------------------------------------------------------------------- the same bytes


def test_bytes_do_not_depend_on_threads(data: Path, tmp_path: Path) -> None:
    one = made(data, tmp_path / "one")
    assert len([name for name in one if name.startswith("train-")]) == 4 * 4
    for threads in (2, 5):
        assert made(data, tmp_path / str(threads), threads) == one


def test_wherever_it_is_stopped_the_next_try_goes_on(data: Path, tmp_path: Path) -> None:
    whole = made(data, tmp_path / "whole")
    folder = tmp_path / "run" / "corpus"
    everything = Stop(at=0)
    prepare.prepare(experiment(data), tmp_path / "again", everything)
    assert everything.told == [
        "reading validation",
        "reading test",
        "training the vocabulary",
        *(f"encoding train: {number} of 162 pairs" for number in (40, 80, 120, 161, 162)),
    ]
    for at in range(1, len(everything.told) + 1):
        stop = Stop(at)
        with pytest.raises(KeyboardInterrupt):
            prepare.prepare(experiment(data), folder, stop, threads=2)
        assert not folder.exists()
        growing = files.growing_name(folder)
        assert not [path for path in growing.rglob("*") if files.unfinished(path.name)]
        rest = Stop(at=0)
        prepare.prepare(experiment(data), folder, rest)
        assert snapshot(folder) == whole
        assert list((tmp_path / "run").iterdir()) == [folder]
        assert rest.told == told_after(everything.told, at)
        files.remove(folder)


def told_after(everything: list[str], at: int) -> list[str]:
    """What is told by a try that goes on where one was stopped when it told something."""
    held_out, vocabulary, shards = everything[:2], everything[2:3], everything[3:]
    if at <= len(held_out):  # no stage was whole
        return everything
    told = ["going on with 162 clean pairs of an earlier try", *held_out]
    num_shards = min(4, at - len([*held_out, *vocabulary]))
    if not num_shards:
        return [*told, *vocabulary, *shards]
    num_encoded = (40, 80, 120, 161)[num_shards - 1]
    return [*told, f"going on behind {num_encoded} encoded pairs", *shards[num_shards:]]


KILLED = """
import os, signal, sys
from pathlib import Path
from ticketscope import config
from ticketscope.corpus import encoding
from ticketscope.corpus.prepare import prepare

def tell(text):
    if text == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

encoding.SHARD_PAIRS = 40
prepare(config.Experiment.model_validate_json(sys.argv[1]), Path(sys.argv[2]), tell, threads=2)
"""


def test_a_kill_loses_one_shard_at_the_most(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run" / "corpus"
    for last in (40, 120):
        arguments = [
            experiment(data).model_dump_json(),
            folder,
            f"encoding train: {last} of 162 pairs",
        ]
        killed = subprocess.run([sys.executable, "-c", KILLED, *map(str, arguments)])
        assert killed.returncode == -signal.SIGKILL
    rest = Stop(at=0)
    prepare.prepare(experiment(data), folder, rest)
    assert rest.told[3:] == [
        "going on behind 120 encoded pairs",
        "encoding train: 161 of 162 pairs",
        "encoding train: 162 of 162 pairs",
    ]
    assert snapshot(folder) == made(data, tmp_path / "whole")


class LostError(Exception):
    """Another worker has the job now."""


@pytest.mark.parametrize("num_allowed", [0, 3, 11, 31])
def test_who_has_lost_the_job_changes_nothing_more(
    data: Path, tmp_path: Path, num_allowed: int
) -> None:
    folder = tmp_path / "run" / "corpus"
    allowed = iter(range(num_allowed))

    def guard() -> None:
        if next(allowed, None) is None:
            raise LostError

    def lose() -> None:
        files.guard.set(guard)
        with pytest.raises(LostError):
            prepare.prepare(experiment(data), folder, lambda _: None, threads=2)

    contextvars.copy_context().run(lose)
    assert not folder.exists()
    assert made(data, folder) == made(data, tmp_path / "whole")


def test_who_has_lost_the_job_takes_nothing_from_who_has_it(stopped: Path) -> None:
    left = snapshot(stopped)
    stages = Stages(stopped, json.loads(left["train.text.json"])["made_from"])
    text = kept_text(stages)
    assert text

    def lose() -> None:
        files.guard.set(raise_lost)
        for remove in (text.remove, stages.remove):
            with pytest.raises(LostError):
                remove()

    contextvars.copy_context().run(lose)
    assert snapshot(stopped) == left
    text.remove()
    stages.remove()
    assert left.keys() - snapshot(stopped).keys() == {
        *("train.source.txt", "train.target.txt", "train.text.json", "train.vocabulary.json"),
        *(f"train.shard-{number:05d}.json" for number in range(3)),
    }


def raise_lost() -> None:
    raise LostError


# ----------------------------------------------------------------------------- what is believed


@pytest.fixture
def stopped(data: Path, tmp_path: Path) -> Path:
    """A folder where three shards are finished."""
    folder = tmp_path / "run" / "corpus"
    with pytest.raises(KeyboardInterrupt):
        prepare.prepare(experiment(data), folder, Stop(at=6))
    return files.growing_name(folder)


@pytest.mark.parametrize(
    ("damaged", "told"),
    [
        ("train-00001.target.ends.npy", "going on behind 40 encoded pairs"),
        ("train.shard-00001.json", "going on behind 40 encoded pairs"),
        ("sentencepiece.model", "training the vocabulary"),
        ("train.source.txt", "training the vocabulary"),
        ("train.text.json", "training the vocabulary"),
    ],
)
def test_what_is_damaged_is_made_anew(
    stopped: Path, data: Path, tmp_path: Path, damaged: str, told: str
) -> None:
    good = (stopped / damaged).read_bytes()
    (stopped / damaged).write_bytes(bytes([good[0] ^ 1]) + good[1:])
    rest = Stop(at=0)
    prepare.prepare(experiment(data), tmp_path / "run" / "corpus", rest)
    assert told in rest.told
    assert ("going on with 162 clean pairs of an earlier try" in rest.told) == (
        damaged not in ("train.source.txt", "train.text.json")
    )
    assert snapshot(tmp_path / "run" / "corpus") == made(data, tmp_path / "whole")


def test_what_was_made_from_other_settings_or_text_is_not_believed(
    stopped: Path, data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run" / "corpus"
    left = {path.name: path.read_bytes() for path in stopped.iterdir()}
    prepare.prepare(experiment(data, size=80), folder, lambda _: None)
    assert not stopped.exists()
    prepare.prepare(experiment(data, size=80), tmp_path / "whole", lambda _: None)
    assert snapshot(folder) == snapshot(tmp_path / "whole")

    for name in ("train", "test"):
        files.remove(folder)
        stopped.mkdir()
        for file, content in left.items():
            (stopped / file).write_bytes(content)
        for language in ("en", "de"):
            with (data / f"{name}.{language}").open("a") as file_of_side:
                file_of_side.write("the old man\n")
        assert made(data, folder) == made(data, tmp_path / f"whole-{name}")


def test_bad_input_leaves_nothing_of_an_earlier_try(stopped: Path, data: Path) -> None:
    (data / "test.de").write_bytes(b"\xff\n" * 5)
    with pytest.raises(InputError, match=r"test\.de:1: not valid UTF-8"):
        made(data, stopped.parent / "corpus")
    assert list(stopped.parent.iterdir()) == []


def test_what_another_version_cut_is_not_believed(
    stopped: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: version(name) + "1" * (name == "sentencepiece")
    )
    rest = Stop(at=0)
    prepare.prepare(experiment(data), stopped.parent / "corpus", rest)
    assert rest.told[0] == "reading validation"


def test_text_that_changes_while_it_is_read_is_refused(data: Path, tmp_path: Path) -> None:
    def change(told: str) -> None:
        if told == "reading test":
            for language in ("en", "de"):
                with (data / f"train.{language}").open("a") as file:
                    file.write("the old man\n")

    folder = tmp_path / "run" / "corpus"
    with pytest.raises(InputError, match=r"train\.en .* changed while it was read; run again"):
        prepare.prepare(experiment(data), folder, change)
    assert list(folder.parent.iterdir()) == []
    made(data, folder)
