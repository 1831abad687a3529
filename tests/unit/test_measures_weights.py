"""Measures of weights against closed forms, simulation and bad input."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.measures import weights


def masks(seed, shape, *shares):
    rng = np.random.default_rng(seed)
    return [rng.random(shape) < share for share in shares]


def test_spectrum_and_effective_rank_of_a_projection():
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.standard_normal((d, 4)))[0] for d in (9, 6))
    sizes = np.array([3.0, 2.0, 1.0, 1.0])
    matrix = (left * sizes) @ right.T
    assert weights.singular_values(matrix) == pytest.approx([3, 2, 1, 1, 0, 0], abs=1e-12)
    found = weights.weight_complexity(matrix)
    shares = sizes**2 / 15
    assert found["effective_rank"] == pytest.approx(np.prod(shares**-shares))
    assert found["participation_ratio"] == pytest.approx(15**2 / (81 + 16 + 2))
    assert [found[f"pcs_{share}"] for share in (50, 80, 90, 99)] == [1, 2, 3, 4]
    assert weights.weight_complexity(matrix.T) == pytest.approx(found)
    assert weights.weight_complexity(-3 * matrix.astype(np.float32)) == pytest.approx(found, 1e-5)
    assert weights.weight_complexity(np.eye(7))["effective_rank"] == pytest.approx(7)


def test_a_matrix_of_zeros_has_rank_zero():
    assert set(weights.weight_complexity(np.zeros((3, 4))).values()) == {0.0}


def test_distances_are_over_all_tensors():
    ours = [np.array([[1.0, 2.0]]), np.array([0.0])]
    others = [np.array([[1.0, -1.0]], dtype=np.float32), np.array([4.0])]
    assert weights.distance(ours, others) == weights.Distance(l1=7.0, l2=5.0)
    assert weights.distance(ours, ours) == weights.Distance(l1=0.0, l2=0.0)


def test_distances_are_summed_in_float64():
    ours = [np.full(10**6, 1e-4, dtype=np.float32)]
    others = [np.zeros(10**6, dtype=np.float32)]
    exact = float(np.float32(1e-4))
    assert weights.distance(ours, others).l1 == pytest.approx(exact * 10**6, rel=1e-12)
    assert weights.distance(ours, others).l2 == pytest.approx(exact * 10**3, rel=1e-12)


def test_jaccard_of_masks():
    one = np.array([[True, True, False], [True, False, False]])
    other = np.array([[True, False, True], [True, False, False]])
    assert weights.overlap([one], [other]).jaccard == 2 / 4
    assert weights.overlap([one, one], [other, one]).jaccard == 5 / 7
    assert weights.overlap([one], [one]).jaccard == 1
    assert weights.overlap([one], [~one]).jaccard == 0


def exact_expectation(num_weights, num_one, num_other):
    """E |both| / |either| summed over the hypergeometric distribution, in whole numbers."""
    ways = {
        both: comb(num_one, both) * comb(num_weights - num_one, num_other - both)
        for both in range(max(0, num_one + num_other - num_weights), min(num_one, num_other) + 1)
    }
    total = sum(ways.values())
    return sum(count / total * both / (num_one + num_other - both) for both, count in ways.items())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 1), st.floats(0.05, 1))
def test_chance_is_the_hypergeometric_expectation(seed, share_one, share_other):
    one, other = masks(seed, (30, 40), share_one, share_other)
    exact = exact_expectation(1_200, int(one.sum()), int(other.sum()))
    assert weights.overlap([one], [other]).by_chance == pytest.approx(exact, abs=2e-5)


def test_the_variance_counts():
    one, other = np.arange(40) < 8, np.arange(40) % 5 == 0
    exact = exact_expectation(40, 8, 8)
    plain = (64 / 40) / (16 - 64 / 40)
    found = weights.overlap([one], [other]).by_chance
    assert abs(found - exact) < 0.1 * abs(plain - exact)


def test_chance_knows_how_much_each_tensor_keeps():
    rng = np.random.default_rng(1)
    pairs = [
        (np.arange(200) < 180, np.arange(200) < 170),
        (np.arange(300) < 20, np.arange(300) < 40),
    ]
    drawn = []
    for _ in range(2_000):
        ours, others = zip(
            *((rng.permutation(a), rng.permutation(b)) for a, b in pairs), strict=True
        )
        drawn.append(weights.overlap(ours, others).jaccard)
    ours, others = zip(*pairs, strict=True)
    found = weights.overlap(ours, others).by_chance
    assert found == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(2_000))
    flat = weights.overlap([np.concatenate(ours)], [np.concatenate(others)]).by_chance
    assert found > flat + 0.2


def test_masks_that_keep_all_or_nothing():
    full, empty = np.ones((2, 3), dtype=bool), np.zeros((2, 3), dtype=bool)
    assert weights.overlap([full], [full]) == weights.Overlap(jaccard=1.0, by_chance=1.0)
    assert weights.overlap([empty], [empty]) == weights.Overlap(jaccard=1.0, by_chance=1.0)
    assert weights.overlap([full], [empty]) == weights.Overlap(jaccard=0.0, by_chance=0.0)
    assert weights.overlap([full[:1, :1]], [full[:1, :1]]).by_chance == 1


def test_dead_rows_and_columns():
    kept = np.array([[True, False, False], [False, False, False], [True, False, True]])
    assert weights.dead(kept) == weights.Dead(num_rows=1, num_columns=1)
    assert weights.dead(kept[:2]) == weights.Dead(num_rows=1, num_columns=2)
    assert weights.dead(np.ones((2, 5), dtype=bool)) == weights.Dead(num_rows=0, num_columns=0)


def test_wrong_input_is_refused():
    ones = np.ones((2, 3), dtype=bool)
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(3, 2\)"):
        weights.overlap([ones], [ones.T])
    with pytest.raises(ValueError, match="cannot be compared"):
        weights.distance([np.ones(3)], [np.ones(1)])  # which would broadcast
    with pytest.raises(ValueError, match="shorter"):
        weights.overlap([ones], [])
    with pytest.raises(ValueError, match="rows and columns"):
        weights.dead(ones[0])
