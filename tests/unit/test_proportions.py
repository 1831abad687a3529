"""Intervals of shares and of paired differences: published values, symmetry, coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.proportions import fisher, newcombe, paired_difference, wilson

answers = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def table(both: int, only_ours: int, only_theirs: int, none: int) -> Estimate:
    """The difference of a fourfold table."""
    ours = [True] * (both + only_ours) + [False] * (only_theirs + none)
    theirs = [True] * both + [False] * only_ours + [True] * only_theirs + [False] * none
    return paired_difference(np.array(ours), np.array(theirs))


def test_wilson_as_published() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
    for num_right, num, lower, upper in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        interval = wilson(num_right, num)
        assert (interval.lower, interval.upper) == pytest.approx((lower, upper), abs=5e-5)
    assert wilson(0, 20).lower == 0.0
    assert wilson(20, 20).upper == 1.0
    with pytest.raises(ValueError, match="no share is 3 of 2"):
        wilson(3, 2)


def test_equal_answers_leave_a_doubt() -> None:
    answers = np.ones(20, dtype=bool)
    interval = paired_difference(answers, answers)
    # With φ = 0 both sides are as wide as Wilson's interval.
    half = 1 - wilson(20, 20).lower
    assert (interval.lower, interval.upper) == pytest.approx((-half, half))


def test_a_clear_loss_lies_below_zero() -> None:
    interval = table(both=60, only_ours=2, only_theirs=30, none=8)
    assert interval.lower < -0.28 < interval.upper < 0


@given(answers)
def test_turning_the_systems_round_turns_the_interval_round(
    answers: list[tuple[bool, bool]],
) -> None:
    ours, theirs = (np.array(side) for side in zip(*answers, strict=True))
    there, back = paired_difference(ours, theirs), paired_difference(theirs, ours)
    assert (there.lower, there.upper) == pytest.approx((-back.upper, -back.lower), abs=1e-12)
    difference = ours.mean() - theirs.mean()
    assert -1 <= there.lower <= difference + 1e-12
    assert difference - 1e-12 <= there.upper <= 1


@pytest.mark.parametrize("num", [20, 100])
def test_the_interval_covers_the_truth_as_often_as_it_says(num: int) -> None:
    generator = np.random.default_rng(1)
    cells = (0.85, 0.02, 0.08, 0.05)
    drawn = generator.multinomial(num, cells, size=2_000)
    covered = [(found := table(*counts)).lower <= -0.06 <= found.upper for counts in drawn.tolist()]
    assert np.mean(covered) > 0.94
    assert num < 100 or np.mean(covered) < 0.99


def test_unequal_answers_are_refused() -> None:
    for ours, theirs in ((np.ones(2, bool), np.ones(3, bool)), (np.ones(0, bool),) * 2):
        with pytest.raises(ValueError, match="paired_difference"):
            paired_difference(ours, theirs)


def test_shares_of_different_items_differ_as_newcombe_has_it() -> None:
    """His example: 56 of 70 and 48 of 80 differ by .2, from .0524 to .3339 (1998, table II)."""
    found = newcombe((0.8, 70), (0.6, 80), 0.0)
    ends = (found.value, found.lower, found.upper)
    assert ends == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    nothing = newcombe((0.0, 20), (0.0, 30), 0.0)
    assert nothing.lower is not None
    assert nothing.upper is not None
    assert nothing.lower < -0.1 < 0.1 < nothing.upper, "0 of 20 is not known to be 0"
    assert fisher(1, 10, 11, 14) == pytest.approx(0.00276, abs=5e-6), "Fisher's, of R's manual"
