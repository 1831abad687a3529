"""Differences and ratios of two figures: closed forms, coverage, and what has no ends."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.proportions import wilson
from ticketscope.measures.two_estimates import difference_of, ratio_of

Z = 1.959964
POSITIVE = st.floats(0.1, 100.0)
REACHES = st.floats(0.001, 0.09)


def around(value: float, error: float) -> Estimate:
    return Estimate(value, value - Z * error, value + Z * error)


def test_a_difference_has_the_errors_of_both_squared() -> None:
    found = difference_of(around(5.0, 0.3), around(3.0, 0.4))
    assert found.value == 2.0
    assert (found.lower, found.upper) == pytest.approx((2 - Z * 0.5, 2 + Z * 0.5))


def test_each_end_of_a_difference_is_of_the_near_halves() -> None:
    """Shares of 56 of 70 and of 48 of 80, of which Newcombe (1998) has it: .0524 to .3339."""
    found = difference_of(wilson(56, 70), wilson(48, 80))
    assert (found.lower, found.upper) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(POSITIVE, POSITIVE)
def test_figures_without_intervals_stay_without(first: float, second: float) -> None:
    assert difference_of(Estimate(first), Estimate(second)) == Estimate(first - second)
    assert ratio_of(Estimate(first), Estimate(second)) == Estimate(first / second)


@given(POSITIVE, REACHES, POSITIVE)
def test_over_what_is_known_a_ratio_only_changes_the_unit(
    value: float, error: float, unit: float
) -> None:
    figure = around(value, error)
    found = ratio_of(figure, Estimate(unit))
    assert figure.lower is not None
    assert figure.upper is not None
    assert (found.lower, found.upper) == pytest.approx((figure.lower / unit, figure.upper / unit))


@given(POSITIVE, REACHES, POSITIVE, REACHES)
def test_a_ratio_lies_in_its_interval(a: float, a_error: float, b: float, b_error: float) -> None:
    found = ratio_of(around(a, a_error * a), around(b, b_error * b))
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower <= found.value <= found.upper


def test_figures_that_go_together_have_a_narrower_ratio() -> None:
    first, second = around(38.0, 1.0), around(40.0, 1.0)
    apart, paired = ratio_of(first, second), ratio_of(first, second, around(-2.0, 0.2))
    assert apart.lower is not None
    assert paired.lower is not None
    assert paired.value == apart.value
    assert paired.lower > apart.lower


def test_the_interval_of_a_ratio_has_its_share_of_the_truth() -> None:
    rng = np.random.default_rng(5)
    truth, together, hits = 0.8, 0.9, 0
    for _ in range(1_000):
        common = rng.standard_normal(2)
        b = 10 + common[0]
        a = 8 + together * common[0] + sqrt(1 - together**2) * common[1]
        spread = sqrt(2 - 2 * together)
        found = ratio_of(around(a, 1.0), around(b, 1.0), around(a - b, spread))
        assert found.lower is not None
        assert found.upper is not None
        hits += found.lower <= truth <= found.upper
    assert 0.935 < hits / 1_000 < 0.965


def test_over_what_may_be_nothing_a_ratio_may_be_anything() -> None:
    assert ratio_of(around(1.0, 0.1), around(1.0, 1.0)) == Estimate(1.0, -inf, inf)
    with pytest.raises(ValueError, match=r"0\.0 is not above 0"):
        ratio_of(Estimate(1.0), Estimate(0.0))
