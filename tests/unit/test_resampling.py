"""Intervals from blocks, against closed forms; p-values against intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.measures import similarity
from ticketscope.measures.bounds import BOUNDS, CORRELATION, SHARE, Bounds
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import (
    NUM_BLOCKS,
    bootstrap,
    jackknife,
    p_below_zero,
    p_two_sided,
    with_percentiles,
)


def test_the_jackknife_of_a_mean_is_students_interval():
    values = np.random.default_rng(1).normal(size=NUM_BLOCKS)
    left_out = [(values.sum() - value) / (NUM_BLOCKS - 1) for value in values]
    interval = jackknife(float(values.mean()), left_out)
    half = 2.093024 * values.std(ddof=1) / np.sqrt(NUM_BLOCKS)
    assert interval.lower == pytest.approx(values.mean() - half)
    assert interval.upper == pytest.approx(values.mean() + half)


finite = st.floats(-2, 2)


@given(
    value=st.floats(0, 1),
    left_out=st.lists(finite, min_size=NUM_BLOCKS, max_size=NUM_BLOCKS),
    bounds=st.sampled_from([SHARE, CORRELATION]),
)
def test_an_interval_stays_within_what_its_measure_can_be(value, left_out, bounds):
    plain, cut = jackknife(value, left_out), jackknife(value, left_out, bounds)
    assert bounds.lowest <= cut.lower <= value <= cut.upper <= bounds.highest
    assert cut.lower == max(plain.lower, bounds.lowest)
    assert cut.upper == min(plain.upper, bounds.highest)
    # What could lie on the bound still does: claims ask whether an interval reaches 1.
    assert (cut.upper == bounds.highest) == (plain.upper >= bounds.highest)


def test_differences_reach_as_far_as_two_figures_can_differ():
    assert CORRELATION.of_differences == Bounds(-2.0, 2.0)
    rounded = np.nextafter(1.0, 2.0)
    assert SHARE.cut(0.9, rounded, 1.1) == (0.9, rounded)


def test_every_measure_of_similarity_has_bounds():
    assert set(BOUNDS).issuperset(similarity.MEASURES)


def test_figures_that_agree_have_no_width():
    interval = jackknife(2.0, [2.0] * NUM_BLOCKS)
    assert (interval.lower, interval.upper) == (2.0, 2.0)


def test_the_bootstrap_draws_as_many_blocks_as_there_are_and_repeats_itself():
    values = np.random.default_rng(2).normal(size=NUM_BLOCKS)
    drawn = []

    def figures(counts_RB):
        drawn.extend(counts_RB.sum(axis=1).tolist())
        return [{"mean": mean, "one": 1.0} for mean in counts_RB @ values / NUM_BLOCKS]

    values_by_name = {"mean": float(values.mean()), "one": 1.0}
    found = bootstrap(values_by_name, figures, 2_000, seed=3)
    assert set(drawn) == {NUM_BLOCKS}
    assert found["one"] == Estimate(1.0, 1.0, 1.0)
    half = 1.96 * values.std() / np.sqrt(NUM_BLOCKS)
    assert found["mean"].upper - found["mean"].lower == pytest.approx(2 * half, rel=0.08)
    assert bootstrap(values_by_name, figures, 2_000, seed=3) == found


# ------------------------------------------------------------------------------ p and interval


@given(st.lists(st.integers(-9, 60), min_size=40, max_size=300), st.booleans())
def test_p_is_below_a_twentieth_exactly_where_the_interval_leaves_zero_out(resampled, mirrored):
    draws = np.array(resampled) * (-1.0 if mirrored else 1.0)
    found = with_percentiles(0.0, draws)
    assert (p_two_sided(draws) < 0.05) == (found.lies_above(0.0) or found.lies_below(0.0))


def test_a_tie_with_zero_counts_against_a_difference():
    # 25 of 1,000 at or below zero: one too many to leave it out.
    for num_against, out in ((24, True), (25, False)):
        draws = np.concatenate([np.zeros(num_against), np.ones(1_000 - num_against)])
        assert (p_two_sided(draws) < 0.05) == out
        assert with_percentiles(1.0, draws).lower == float(out)
        assert p_two_sided(draws) == p_two_sided(-draws) == 2 * (num_against + 1) / 1_001


def test_p_values_of_several_differences_at_once():
    draws = np.array([[-3.0, 1.0, 0.0], [-2.0, 2.0, 0.0], [-1.0, -1.0, 0.0]])
    assert p_below_zero(draws).tolist() == [1 / 4, 3 / 4, 1.0]
    assert p_two_sided(draws).tolist() == [2 / 4, 1.0, 1.0]


def test_the_interval_is_that_of_numpys_percentiles_but_for_one_resample():
    draws = np.random.default_rng(4).normal(size=1_000)
    found = with_percentiles(0.0, draws)
    in_order = np.sort(draws)
    assert (found.lower, found.upper) == (in_order[24], in_order[-25])
    lower, upper = np.quantile(draws, (0.025, 0.975))
    assert in_order[24] <= lower <= in_order[25]
    assert in_order[-26] <= upper <= in_order[-25]
    assert with_percentiles(0.0, draws[:30]) == Estimate(0.0, draws[:30].min(), draws[:30].max())
