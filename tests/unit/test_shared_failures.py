"""Whether networks fail together more often than chance has it."""

from itertools import combinations, product
from math import comb

import numpy as np
import pytest

from ticketscope.measures.shared_failures import by_chance, overlap


def test_the_overlap_of_random_subsets_is_counted_out() -> None:
    num, sizes = 6, (3, 4, 2)
    expected = np.zeros(3)
    for subsets in product(*(combinations(range(num), size) for size in sizes)):
        expected[len(set.intersection(*map(set, subsets)))] += 1
    expected /= np.prod([comb(num, size) for size in sizes])
    assert overlap(num, sizes) == pytest.approx(expected)
    assert overlap(num, sizes[::-1]) == pytest.approx(expected), "in any order"


def test_chance_is_what_shuffling_each_networks_failures_gives() -> None:
    generator = np.random.default_rng(3)
    failed = np.zeros((3, 200), dtype=np.bool_)
    for row, num in zip(failed, (60, 80, 50), strict=True):
        row[generator.choice(200, num, replace=False)] = True
    found = by_chance(failed)
    shuffled = [
        int(np.all([generator.permutation(row) for row in failed], axis=0).sum())
        for _ in range(3_000)
    ]
    assert found.value == pytest.approx(0.3 * 0.4 * 0.25)
    assert np.mean(shuffled) / 200 == pytest.approx(found.value, rel=0.05)
    assert found.lower is not None
    assert found.upper is not None
    inside = [found.lower <= num / 200 <= found.upper for num in shuffled]
    assert 0.95 <= np.mean(inside) <= 0.99
    observed = int(failed.all(axis=0).sum())
    assert found.p == pytest.approx(np.mean(np.array(shuffled) >= observed), abs=0.03)


def test_among_like_sentences_networks_that_fail_on_the_long_ones_alone_do_so_by_chance() -> None:
    length = np.repeat([0, 1], 50)
    failed = np.array([length == 1, length == 1])
    assert by_chance(failed).value == 0.25
    assert by_chance(failed).p < 1e-6
    alike = by_chance(failed, length)
    assert (alike.value, alike.lower, alike.upper, alike.p) == (0.5, 0.5, 0.5, 1.0)


def test_one_network_alone_has_no_chance() -> None:
    with pytest.raises(ValueError, match="two networks"):
        by_chance(np.ones((1, 5), dtype=np.bool_))
