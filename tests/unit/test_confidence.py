"""Calibration: closed forms, and networks of which it is known how far they are off."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ticketscope.measures import confidence as measures
from ticketscope.measures.resampling import resample, resampled_sums

NUM = 10


def drawn(num_sentences: int, off: float, seed: int = 0) -> tuple[NDArray, NDArray, list[int]]:
    """Confidences, what is right, and predictions per sentence, of one that is overconfident by
    `off` at any confidence."""
    generator = np.random.default_rng(seed)
    num = generator.integers(5, 25, num_sentences).tolist()
    confidence = generator.uniform(0.2, 0.999, sum(num))
    return confidence, generator.random(len(confidence)) < confidence - off, num


def test_by_hand() -> None:
    """Two bins: in the lower one 0.3 and 0.5 of which none is right, in the upper one 0.6, 0.8 and
    1.0, of which two are."""
    confidence = np.array([0.3, 0.6, 1.0, 0.5, 0.8])
    is_right = np.array([False, False, True, False, True])
    sums = measures.binned(confidence, is_right, [3, 2], measures.equal_width(2))
    assert sums[:, : measures.RIGHT + 1].tolist() == [
        [[1, 2], [0.3, 1.6], [0, 1]],
        [[1, 1], [0.5, 0.8], [0, 1]],
    ]
    assert measures.expected_error(sums.sum(0)) == pytest.approx((0.8 + 0.4) / 5)


def test_adaptive_bins_have_as_many_predictions_each() -> None:
    confidence, is_right, num = drawn(50, 0.0)
    edges = measures.adaptive(confidence, NUM)
    sizes = measures.binned(confidence, is_right, num, edges).sum(0)[measures.NUM]
    assert np.ptp(sizes) <= 1
    assert len(measures.adaptive(np.full(9, 0.5), NUM)) == 1


def test_who_knows_no_doubt_and_is_always_right_is_calibrated() -> None:
    confidence = np.ones(30)
    edges = measures.equal_width(NUM)
    sums = measures.binned(confidence, confidence > 0, [10, 20], edges)
    assert measures.expected_error(sums.sum(0)) == 0.0
    assert measures.errors_by_chance(confidence, edges, 5, 1).tolist() == [0.0] * 5


def test_by_chance_one_confidence_errs_as_a_mean_of_coins_does() -> None:
    """Of one bin with n predictions of confidence p the gap is normal, and its mean size known."""
    confidence = np.full(2_000, 0.8)
    found = measures.errors_by_chance(confidence, measures.equal_width(NUM), 4_000, 1)
    assert found.mean() == pytest.approx(np.sqrt(2 / np.pi * 0.8 * 0.2 / 2_000), rel=0.05)


@pytest.mark.parametrize(
    "make", [lambda _: measures.equal_width(NUM), lambda c: measures.adaptive(c, NUM)]
)
def test_a_calibrated_network_errs_by_chance_and_no_more(make) -> None:  # type: ignore[no-untyped-def]
    errors, chances, squares = [], [], []
    for seed in range(60):
        confidence, is_right, num = drawn(60, 0.0, seed)
        edges = make(confidence)
        sums = measures.binned(confidence, is_right, num, edges).sum(0)
        errors.append(measures.expected_error(sums))
        chances.append(measures.errors_by_chance(confidence, edges, 40, seed).mean())
        squares.append(measures.squared_error(sums))
    spread = np.std(errors) / np.sqrt(len(errors))
    assert np.mean(errors) > 0.02  # which is chance alone:
    assert np.mean(errors) == pytest.approx(np.mean(chances), abs=4 * spread)
    assert np.mean(squares) == pytest.approx(0.0, abs=4 * np.std(squares) / np.sqrt(len(squares)))


def test_an_error_of_a_tenth_is_found_and_lies_in_the_interval() -> None:
    draws = resample(100, 200, 1)
    inside = 0
    for seed in range(60):
        confidence, is_right, num = drawn(100, 0.1, seed)
        edges = measures.equal_width(NUM)
        sums = measures.binned(confidence, is_right, num, edges)
        resampled = resampled_sums(sums.reshape(len(sums), -1), draws)
        found = measures.root_of_squared(sums.sum(0), resampled.reshape(-1, *sums.shape[1:]))
        assert found.lower is not None
        assert found.upper is not None
        assert found.value == pytest.approx(0.1, abs=0.05)
        inside += found.lower <= 0.1 <= found.upper
    assert inside >= 52
