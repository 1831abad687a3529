"""Rounds, ratios and latencies of speed, with a clock that a test holds in its hand."""

from collections.abc import Sequence
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.config import Experiment, Speed
from ticketscope.measures.rounds import FEWEST_ROUNDS, median_of_rounds, median_ratio
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.speed.measure import rounds_of
from ticketscope.steps.speed.step import Speed as SpeedStep
from ticketscope.steps.speed.table import row
from ticketscope.steps.speed.timed import TORCH, Opened, Timed
from toy import toy_experiment

# ----------------------------------------------------------------------------- rounds


@pytest.mark.parametrize(("num", "beyond"), [(6, 0), (8, 0), (9, 1), (12, 2), (17, 4), (25, 7)])
def test_the_interval_of_a_median_holds_it_with_95_per_cent(num: int, beyond: int) -> None:
    """The numbers are those of the tables of the sign test."""
    values = [float(value) for value in range(num)]
    found = median_of_rounds(values[::-1])
    assert (found.lower, found.upper) == (values[beyond], values[-1 - beyond])
    missed = 2 * sum(comb(num, fewer) for fewer in range(beyond + 1)) / 2**num
    assert missed <= 0.05 < missed + 2 * comb(num, beyond + 1) / 2**num


def test_few_rounds_have_a_median_and_no_interval() -> None:
    found = median_of_rounds([3.0, 1.0, 2.0])
    assert (found.value, found.lower, found.upper) == (2.0, None, None)


@given(st.lists(st.floats(0.1, 10), min_size=FEWEST_ROUNDS, max_size=12), st.floats(0.1, 10))
def test_what_slows_a_whole_round_falls_out_of_the_ratio(rates: list[float], gain: float) -> None:
    found = median_ratio([gain * rate for rate in rates], rates)
    assert found.value == pytest.approx(gain)
    assert found.lower == pytest.approx(gain)
    assert found.upper == pytest.approx(gain)


def test_the_interval_misses_the_median_as_often_as_it_says() -> None:
    generator = np.random.default_rng(5)
    drawn = generator.lognormal(size=(2_000, 9))  # skewed, as times are
    missed = sum(
        not found.lower <= 1.0 <= found.upper  # type: ignore[operator]
        for found in map(median_of_rounds, drawn.tolist())
    )
    assert missed / len(drawn) == pytest.approx(10 / 256, abs=0.015)


# ----------------------------------------------------------------------------- turns


class Hand:
    """A clock, and decoders by which it moves on; it keeps who decoded what."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns: list[tuple[str, str, int, int, int]] = []

    def __call__(self) -> float:
        return self.now

    def timed(self, label: LevelId, engine: str, seconds: float) -> Timed:
        """A network that takes so long for each sentence, and half as long with two threads."""

        def opened(threads: int) -> Opened:
            def decode(read: Sequence[Sequence[int]], *, beam: int, batch: int) -> list[list[int]]:
                assert beam == 5
                self.turns.append((label.arm, engine, threads, batch, len(read)))
                self.now += len(read) * seconds / threads
                return [[*pieces, 9] for pieces in read]

            return Opened(decode, num_bytes=40)

        return Timed(label, engine, [[1], [2, 2], [3], [4]], 50, opened)


@pytest.fixture
def hand() -> Hand:
    return Hand()


def study(**speed: object) -> Experiment:
    settings = Speed(**{"beam": 5, "sentences": 4, "batch": 2, **speed})  # type: ignore[arg-type]
    return toy_experiment(Path(), speed=settings)


DENSE, TICKET = dense_of(0), LevelId(0, "lr_rewinding", 1)


def test_each_round_goes_through_all_and_the_next_one_back(hand: Hand) -> None:
    subjects = [hand.timed(DENSE, "float", 1.0), hand.timed(TICKET, "float", 0.5)]
    rounds_of(subjects, study(rounds=3, singles=0), hand)
    turns = [(arm, num) for arm, *_, num in hand.turns]
    warm_up, all_four = 2, 4
    forth = [(arm, num) for arm in ("dense", "lr_rewinding") for num in (warm_up, all_four)]
    back = [(arm, num) for arm in ("lr_rewinding", "dense") for num in (warm_up, all_four)]
    assert turns == [*forth, *back, *forth]


def test_every_batch_and_number_of_threads_has_its_times(hand: Hand) -> None:
    subjects = [hand.timed(DENSE, "int8", 1.0), hand.timed(DENSE, TORCH, 3.0)]
    found = rounds_of(subjects, study(rounds=2, singles=3, threads=(1, 2)), hand)
    times = {
        (each.subject.engine, each.threads, each.batch): [turn.seconds for turn in each.turns]
        for each in found
    }
    assert times == {
        ("int8", 1, 2): [[4.0]] * 2,
        ("int8", 1, 1): [[1.0] * 3] * 2,
        ("int8", 2, 2): [[2.0]] * 2,
        ("int8", 2, 1): [[0.5] * 3] * 2,
        (TORCH, 1, 2): [[12.0]] * 2,
        (TORCH, 2, 2): [[6.0]] * 2,
    }
    assert found[0].said == [[1, 9], [2, 2, 9], [3, 9], [4, 9]]
    assert {each.num_bytes for each in found} == {40}
    alone = rounds_of(subjects[:1], study(rounds=1, batch=1, singles=2), hand)
    assert [turn.seconds for turn in alone[0].turns] == [[1.0] * 4], "batch = 1 takes all of them"


# ----------------------------------------------------------------------------- rows


def stored(engine: str, *rounds: list[float], batch: int = 32, num_pieces: int = 60) -> dict:
    sizes = {"bytes": 50, "bytes_in_memory": 40, "num_sentences": 10, "num_words": 30}
    how = {"engine": engine, "threads": 1, "batch": batch, "unchanged": None}
    return {**how, **sizes, "num_pieces": num_pieces, "seconds": list(rounds)}


def test_rates_are_medians_and_ratios_are_taken_round_by_round() -> None:
    drift = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]  # a machine that others take over
    dense = [
        stored("float32", *([10 * each] for each in drift)),
        stored("int8", *([6 * each] for each in drift)),
        stored("float32", *([1.0] for _ in drift), batch=1),
    ]
    ticket = stored("int8", *([5 * each] for each in drift), num_pieces=90)
    found = row(ticket, dense, by_pieces=True)
    assert found["tokens_per_second"] == round(90 / 40, 1)
    assert found["tokens_per_second_lower"] == round(90 / 320, 1)
    assert found["tokens_per_second_upper"] == 90 / 5
    assert found["sentences_per_second"] == 10 / 40
    assert found["words_per_second"] == round(30 / 40, 1)
    ends = ("", "_lower", "_upper")
    assert [found[f"against_dense{end}"] for end in ends] == [3.0] * 3
    assert [found[f"same_engine{end}"] for end in ends] == [1.8] * 3
    by_words = row(ticket, dense, by_pieces=False)
    assert (by_words["against_dense"], by_words["same_engine"]) == (2.0, 1.2)
    assert "latency_p50" not in found
    assert "same_engine" not in row(
        stored("int16", [1.0]), [stored("float32", [2.0])], by_pieces=True
    )


def test_the_latency_of_a_sentence_is_its_median_round() -> None:
    times = stored("int8", [0.010, 0.020, 0.9], [0.012, 0.9, 0.040], [0.9, 0.022, 0.030], batch=1)
    found = row(times, [], by_pieces=True)
    assert found["latency_mean"] == pytest.approx(np.mean([12, 22, 40]), abs=1e-3)
    assert found["latency_p50"] == 22.0
    assert found["latency_p95"] == pytest.approx(22 + 0.9 * 18)


def test_a_dry_run_says_how_much_is_decoded() -> None:
    [line] = SpeedStep().outlook(study(rounds=3, singles=5, threads=(1, 2)), 7)
    assert line.startswith(f"speed: about {7 * 2 * 3 * 2 * (2 + 4 + 5):,} sentences are decoded")
